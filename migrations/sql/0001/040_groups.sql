-- What a group records of itself, its members and its meetings. The tenant leads every key.
CREATE TABLE app.groups (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE',
    currency text NOT NULL,
    country text NOT NULL,
    time_zone text NOT NULL,
    county text,
    district text,
    village text,
    -- The constitution in force: a join finds it, where the greatest version would have to be looked for.
    constitution_version integer NOT NULL DEFAULT 1,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT groups_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT groups_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id),
    CONSTRAINT groups_kind_known CHECK (
        kind IN ('VSLA', 'ROSCA', 'ASCA', 'INVESTMENT_CLUB', 'WELFARE', 'CREDIT', 'MIXED')
    ),
    CONSTRAINT groups_status_known CHECK (status IN ('PENDING_VERIFICATION', 'ACTIVE', 'SUSPENDED', 'INACTIVE')),
    CONSTRAINT groups_name_length CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT groups_country_form CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT groups_version_positive CHECK (version > 0)
);

CREATE TABLE app.constitutions (
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    share_price numeric(19, 4) NOT NULL,
    shares_min integer NOT NULL,
    shares_max integer NOT NULL,
    social_fund_amount numeric(19, 4) NOT NULL,
    meeting_frequency text NOT NULL,
    adopted_on date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT constitutions_pkey PRIMARY KEY (tenant_id, version),
    CONSTRAINT constitutions_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT constitutions_version_positive CHECK (version > 0),
    CONSTRAINT constitutions_share_price_positive CHECK (share_price > 0),
    CONSTRAINT constitutions_shares_range CHECK (shares_min >= 0 AND shares_max >= 1 AND shares_min <= shares_max),
    CONSTRAINT constitutions_social_fund_not_negative CHECK (social_fund_amount >= 0),
    CONSTRAINT constitutions_frequency_known CHECK (
        meeting_frequency IN ('WEEKLY', 'FORTNIGHTLY', 'MONTHLY', 'QUARTERLY', 'YEARLY', 'FLEXIBLE')
    )
);

CREATE TABLE app.members (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE',
    sex text,
    joined_on date NOT NULL,
    left_on date,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT members_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT members_number_once UNIQUE (tenant_id, number),
    CONSTRAINT members_number_positive CHECK (number > 0),
    CONSTRAINT members_status_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED')),
    CONSTRAINT members_sex_known CHECK (sex IN ('FEMALE', 'MALE', 'OTHER')),
    CONSTRAINT members_dates_order CHECK (left_on IS NULL OR left_on >= joined_on),
    CONSTRAINT members_version_positive CHECK (version > 0)
);

CREATE INDEX members_id_idx ON app.members (id);

CREATE TABLE app.member_names (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    shown_to uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT member_names_pkey PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT member_names_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT member_names_name_length CHECK (length(name) BETWEEN 1 AND 120)
);

-- Each value is sealed with the person's own key, and that key is wrapped by one outside the database.
CREATE TABLE app.member_private (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    person_key bytea,
    phone_sealed bytea,
    national_id_sealed bytea,
    birth_date_sealed bytea,
    address_sealed bytea,
    next_of_kin_sealed bytea,
    phone_index bytea,
    national_id_index bytea,
    shown_to uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT member_private_pkey PRIMARY KEY (tenant_id, member_id),
    CONSTRAINT member_private_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT member_private_phone_once UNIQUE (tenant_id, phone_index),
    CONSTRAINT member_private_national_id_once UNIQUE (tenant_id, national_id_index)
);

CREATE TABLE app.meetings (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    status text NOT NULL,
    held_on date NOT NULL,
    venue text,
    opened_at timestamptz NOT NULL DEFAULT now(),
    opened_by uuid NOT NULL,
    -- The last entry before the meeting: what was there then is what is counted as it opens.
    opened_after bigint NOT NULL DEFAULT 0,
    closed_at timestamptz,
    closed_by uuid,
    device_time timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT meetings_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT meetings_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT meetings_number_once UNIQUE (tenant_id, number),
    CONSTRAINT meetings_number_positive CHECK (number > 0),
    CONSTRAINT meetings_status_known CHECK (status IN ('DRAFT', 'OPEN', 'CONFIRMED', 'CLOSED')),
    CONSTRAINT meetings_closed_whole CHECK ((status = 'CLOSED') = (closed_at IS NOT NULL)),
    CONSTRAINT meetings_venue_length CHECK (length(venue) BETWEEN 1 AND 160),
    CONSTRAINT meetings_version_positive CHECK (version > 0)
);

CREATE INDEX meetings_id_idx ON app.meetings (id);

CREATE UNIQUE INDEX meetings_one_open ON app.meetings (tenant_id) WHERE status = 'OPEN';

-- What was counted at the opening and the closing of a meeting, beside what the ledger expected at that moment.
CREATE TABLE app.cash_counts (
    tenant_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    moment text NOT NULL,
    account_id uuid NOT NULL,
    expected numeric(19, 4) NOT NULL,
    counted numeric(19, 4) NOT NULL,
    reason text,
    CONSTRAINT cash_counts_pkey PRIMARY KEY (tenant_id, meeting_id, moment, account_id),
    CONSTRAINT cash_counts_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT cash_counts_moment_known CHECK (moment IN ('OPENING', 'CLOSING')),
    CONSTRAINT cash_counts_counted_not_negative CHECK (counted >= 0),
    CONSTRAINT cash_counts_amounts_range CHECK (counted <= 100000000000000 AND abs(expected) <= 100000000000000),
    CONSTRAINT cash_counts_difference_explained CHECK (counted = expected OR reason IS NOT NULL)
);

CREATE TABLE app.idempotency_keys (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    key uuid NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    outcome jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, user_id, key),
    CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id)
);

-- The one feed of what changed, written under the lock of the tenant's head row, so that numbers commit in order.
CREATE TABLE app.changes (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    entity text NOT NULL,
    entity_id uuid NOT NULL,
    operation text NOT NULL,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT changes_pkey PRIMARY KEY (tenant_id, number, entity, entity_id)
);

CREATE INDEX changes_transaction_idx ON app.changes (transaction_id);
