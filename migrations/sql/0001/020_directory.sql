-- Global tables: the directory, and reference data. They hold what rarely changes: no counters, no last activity.
CREATE TABLE app.currencies (
    code text NOT NULL,
    minor_unit smallint NOT NULL,
    CONSTRAINT currencies_pkey PRIMARY KEY (code),
    CONSTRAINT currencies_code_form CHECK (code ~ '^[A-Z]{3}$'),
    CONSTRAINT currencies_minor_unit_range CHECK (minor_unit BETWEEN 0 AND 4)
);

CREATE TABLE app.tenants (
    id uuid NOT NULL,
    kind text NOT NULL,
    visibility text NOT NULL DEFAULT 'TOTALS_ONLY',
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    CONSTRAINT tenants_pkey PRIMARY KEY (id),
    CONSTRAINT tenants_kind_known CHECK (kind IN ('GROUP', 'PARTNER')),
    CONSTRAINT tenants_visibility_known CHECK (visibility IN ('ALL', 'TOTALS_ONLY', 'OWN_ONLY'))
);

CREATE TABLE app.users (
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE',
    platform_role text NOT NULL DEFAULT 'USER',
    locale text NOT NULL DEFAULT 'en',
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_status_known CHECK (status IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'INACTIVE')),
    CONSTRAINT users_platform_role_known CHECK (platform_role IN ('USER', 'ADMIN')),
    CONSTRAINT users_locale_form CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$')
);

CREATE TABLE app.memberships (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    member_id uuid,
    role text NOT NULL,
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz,
    created_by uuid,
    CONSTRAINT memberships_pkey PRIMARY KEY (id),
    CONSTRAINT memberships_user_fkey FOREIGN KEY (user_id) REFERENCES app.users (id),
    CONSTRAINT memberships_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id),
    CONSTRAINT memberships_role_known CHECK (role IN (
        'MEMBER', 'CHAIR', 'SECRETARY', 'TREASURER', 'AUDITOR', 'PARTNER_VIEWER', 'FIELD_OFFICER', 'PARTNER_MANAGER',
        'LOAN_OFFICER', 'TELLER', 'MANAGER'
    )),
    CONSTRAINT memberships_dates_order CHECK (ends_at IS NULL OR ends_at >= starts_at)
);

CREATE INDEX memberships_user_idx ON app.memberships (user_id);

CREATE INDEX memberships_tenant_idx ON app.memberships (tenant_id, member_id);

CREATE UNIQUE INDEX memberships_held_once ON app.memberships (tenant_id, user_id, role) WHERE ends_at IS NULL;

-- What the officers let a member do beside her roles, or keep an officer from, from a moment to a moment. It stands in the
-- directory, since every viewer is made from it.
CREATE TABLE app.permission_overrides (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    capability text NOT NULL,
    effect text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'REQUESTED',
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    requested_by uuid NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    ended_at timestamptz,
    ended_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT permission_overrides_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT permission_overrides_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id),
    CONSTRAINT permission_overrides_capability_known CHECK (
        capability IN ('RECORD_CONTRIBUTIONS', 'RECORD_FINES', 'RECORD_ROLL_CALL', 'VIEW_BALANCES')
    ),
    CONSTRAINT permission_overrides_effect_known CHECK (effect IN ('GRANTED', 'TAKEN')),
    -- What officers see of the book that they answer for is not taken from them.
    CONSTRAINT permission_overrides_takable CHECK (effect = 'GRANTED' OR capability <> 'VIEW_BALANCES'),
    CONSTRAINT permission_overrides_status_known CHECK (status IN ('REQUESTED', 'APPROVED', 'REFUSED', 'ENDED')),
    CONSTRAINT permission_overrides_dates_order CHECK (ends_at > starts_at OR status = 'ENDED'),
    CONSTRAINT permission_overrides_decided_whole CHECK (
        (status = 'REQUESTED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)
    ),
    CONSTRAINT permission_overrides_decided_by_another CHECK (decided_by <> requested_by),
    CONSTRAINT permission_overrides_ended_whole CHECK (
        (status = 'ENDED') = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_by IS NULL)
    ),
    CONSTRAINT permission_overrides_version_positive CHECK (version > 0)
);

CREATE INDEX permission_overrides_member_idx ON app.permission_overrides (tenant_id, member_id, requested_at, id);

CREATE INDEX permission_overrides_newest_idx ON app.permission_overrides (tenant_id, requested_at, id);

CREATE TABLE app.partner_links (
    id uuid NOT NULL,
    partner_id uuid NOT NULL,
    group_id uuid NOT NULL,
    consent text NOT NULL DEFAULT 'TOTALS',
    is_owner boolean NOT NULL DEFAULT false,
    starts_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz,
    created_by uuid,
    CONSTRAINT partner_links_pkey PRIMARY KEY (id),
    CONSTRAINT partner_links_partner_fkey FOREIGN KEY (partner_id) REFERENCES app.tenants (id),
    CONSTRAINT partner_links_group_fkey FOREIGN KEY (group_id) REFERENCES app.tenants (id),
    CONSTRAINT partner_links_consent_known CHECK (consent IN ('TOTALS', 'ROWS', 'NAMES')),
    CONSTRAINT partner_links_dates_order CHECK (ends_at IS NULL OR ends_at >= starts_at)
);

CREATE INDEX partner_links_partner_idx ON app.partner_links (partner_id);

CREATE INDEX partner_links_group_idx ON app.partner_links (group_id);

CREATE UNIQUE INDEX partner_links_held_once ON app.partner_links (partner_id, group_id) WHERE ends_at IS NULL;
