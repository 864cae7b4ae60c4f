-- Who signs in: what is personal about a user, credentials, sessions. Only definer functions write here.
CREATE TABLE access.user_private (
    user_id uuid NOT NULL,
    person_key bytea,
    name_sealed bytea,
    phone_sealed bytea,
    email_sealed bytea,
    phone_index bytea,
    email_index bytea,
    CONSTRAINT user_private_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_private_user_fkey FOREIGN KEY (user_id) REFERENCES app.users (id),
    CONSTRAINT user_private_phone_once UNIQUE (phone_index),
    CONSTRAINT user_private_email_once UNIQUE (email_index)
);

CREATE TABLE access.credentials (
    user_id uuid NOT NULL,
    password_hash text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    last_signed_in_at timestamptz,
    CONSTRAINT credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT credentials_user_fkey FOREIGN KEY (user_id) REFERENCES app.users (id)
);

-- Failures are counted by the login that was typed, whether or not anybody has it, so that the answer tells nothing.
CREATE TABLE access.sign_in_failures (
    login_index bytea NOT NULL,
    failed_count integer NOT NULL,
    last_failed_at timestamptz NOT NULL,
    locked_until timestamptz,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (login_index),
    CONSTRAINT sign_in_failures_count_positive CHECK (failed_count > 0)
);

CREATE INDEX sign_in_failures_age_idx ON access.sign_in_failures (last_failed_at);

CREATE TABLE access.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL DEFAULT 'APP',
    device_type text NOT NULL DEFAULT 'UNKNOWN',
    device_name text,
    address text,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_for text,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES app.users (id),
    CONSTRAINT sessions_role_known CHECK (role IN ('APP', 'ADMIN')),
    CONSTRAINT sessions_device_type_known CHECK (device_type IN ('UNKNOWN', 'MOBILE', 'TABLET', 'DESKTOP', 'SERVER')),
    CONSTRAINT sessions_revoked_for_known CHECK (revoked_for IN ('SIGNED_OUT', 'REVOKED', 'TOKEN_REUSED'))
);

CREATE INDEX sessions_user_idx ON access.sessions (user_id, created_at);

-- One row for each refresh token ever given to the session; only its digest is kept.
CREATE TABLE access.refresh_tokens (
    digest bytea NOT NULL,
    session_id uuid NOT NULL,
    ordinal integer NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (digest),
    CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (session_id) REFERENCES access.sessions (id),
    CONSTRAINT refresh_tokens_ordinal_once UNIQUE (session_id, ordinal)
);

CREATE TABLE access.jobs (
    id uuid NOT NULL,
    name text NOT NULL,
    is_enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_name_once UNIQUE (name)
);

-- Answers to requests that belong to no tenant yet, such as making a group.
CREATE TABLE access.idempotency_keys (
    user_id uuid NOT NULL,
    key uuid NOT NULL,
    operation text NOT NULL,
    fingerprint bytea NOT NULL,
    outcome jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key)
);

-- What a machine credential may do in one tenant. The row of whoever granted it stands for the credential itself; a
-- partner's has one more for each group that it reaches, each to be revoked by that group. Once made, only the ends change.
CREATE TABLE access.machine_grants (
    tenant_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    granter_id uuid NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_by uuid,
    CONSTRAINT machine_grants_pkey PRIMARY KEY (tenant_id, credential_id),
    CONSTRAINT machine_grants_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id),
    CONSTRAINT machine_grants_granter_fkey FOREIGN KEY (granter_id, credential_id)
        REFERENCES access.machine_grants (tenant_id, credential_id),
    CONSTRAINT machine_grants_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT machine_grants_scopes_known CHECK (
        cardinality(scopes) > 0 AND scopes <@ ARRAY['READ_TOTALS', 'READ_ROWS', 'READ_NAMES', 'RECORD_CONTRIBUTIONS']
    ),
    CONSTRAINT machine_grants_life_limited CHECK (
        expires_at > created_at AND expires_at <= created_at + interval '9600 hours'
    )
);

CREATE INDEX machine_grants_credential_idx ON access.machine_grants (credential_id);

CREATE UNIQUE INDEX machine_grants_granted_once ON access.machine_grants (credential_id) WHERE tenant_id = granter_id;

-- The secrets of a credential: one, or for some days after a rotation two. Only a keyed digest of each is kept.
CREATE TABLE access.machine_secrets (
    digest bytea NOT NULL,
    credential_id uuid NOT NULL,
    granter_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT machine_secrets_pkey PRIMARY KEY (digest),
    CONSTRAINT machine_secrets_grant_fkey FOREIGN KEY (granter_id, credential_id)
        REFERENCES access.machine_grants (tenant_id, credential_id)
);

CREATE INDEX machine_secrets_credential_idx ON access.machine_secrets (credential_id);

-- When a credential was last used, to the hour; apart, since nothing that is read often may be written often.
CREATE TABLE access.machine_uses (
    tenant_id uuid NOT NULL,
    credential_id uuid NOT NULL,
    used_at timestamptz NOT NULL,
    CONSTRAINT machine_uses_pkey PRIMARY KEY (tenant_id, credential_id),
    CONSTRAINT machine_uses_grant_fkey FOREIGN KEY (tenant_id, credential_id)
        REFERENCES access.machine_grants (tenant_id, credential_id)
);
