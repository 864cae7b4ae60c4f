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
    -- The one that is adopted and holds from a later moment, from when on a join finds that one; no job has to switch.
    next_constitution_version integer,
    next_constitution_at timestamptz,
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
    CONSTRAINT groups_version_positive CHECK (version > 0),
    CONSTRAINT groups_next_constitution_whole CHECK (
        (next_constitution_version IS NULL) = (next_constitution_at IS NULL)
    )
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
