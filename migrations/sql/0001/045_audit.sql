-- Who changed which record of a tenant, and how. Of what is personal it keeps that it changed, never what it was or became.
CREATE TABLE app.audit (
    tenant_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    id uuid NOT NULL,
    actor_id uuid,
    roles text[] NOT NULL,
    principal_id uuid,
    request_id text,
    command text,
    command_key uuid,
    action text NOT NULL,
    entity text NOT NULL,
    entity_id uuid NOT NULL,
    fields text[] NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (tenant_id, occurred_at, id),
    CONSTRAINT audit_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id),
    CONSTRAINT audit_action_known CHECK (action IN ('CREATE', 'UPDATE', 'DELETE'))
);

CREATE INDEX audit_entity_idx ON app.audit (tenant_id, entity_id, occurred_at, id);

-- Who read what few may know of a member. Reading takes no lock of the book, and is no change of its records.
CREATE TABLE app.personal_reads (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    read_at timestamptz NOT NULL,
    id uuid NOT NULL,
    reader_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    request_id text,
    fields text[] NOT NULL,
    CONSTRAINT personal_reads_pkey PRIMARY KEY (tenant_id, member_id, read_at, id),
    CONSTRAINT personal_reads_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id)
);

CREATE INDEX personal_reads_time_idx ON app.personal_reads (tenant_id, read_at, id);
