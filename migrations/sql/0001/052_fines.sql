-- What is known of a fine beside its entry: for which of the constitution's reasons, in which version. Its money is the
-- book's.
CREATE TABLE app.fines (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    reason_code text NOT NULL,
    reason_name text NOT NULL,
    constitution_version integer NOT NULL,
    CONSTRAINT fines_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT fines_entry_fkey FOREIGN KEY (tenant_id, id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT fines_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT fines_constitution_fkey FOREIGN KEY (tenant_id, constitution_version)
        REFERENCES app.constitutions (tenant_id, version)
);

CREATE INDEX fines_member_idx ON app.fines (tenant_id, member_id);

-- Payments and waivers that name the fine they are for; the others settle the oldest first.
CREATE TABLE app.fine_settlements (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    fine_id uuid NOT NULL,
    member_id uuid NOT NULL,
    CONSTRAINT fine_settlements_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT fine_settlements_entry_fkey FOREIGN KEY (tenant_id, id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT fine_settlements_fine_fkey FOREIGN KEY (tenant_id, fine_id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT fine_settlements_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id)
);

CREATE INDEX fine_settlements_fine_idx ON app.fine_settlements (tenant_id, fine_id);

CREATE INDEX fine_settlements_member_idx ON app.fine_settlements (tenant_id, member_id);

-- What a member was let off of what is expected of her: asked for by one officer, decided by another.
CREATE TABLE app.contribution_waivers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    type_code text,
    counts_on date NOT NULL,
    amount numeric(19, 4) NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'REQUESTED',
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    requested_by uuid NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT contribution_waivers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT contribution_waivers_member_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES app.members (tenant_id, id),
    CONSTRAINT contribution_waivers_kind_known CHECK (kind IN ('SAVINGS', 'SOCIAL_FUND', 'OTHER')),
    CONSTRAINT contribution_waivers_type_whole CHECK ((kind = 'OTHER') = (type_code IS NOT NULL)),
    CONSTRAINT contribution_waivers_amount_positive CHECK (amount > 0),
    CONSTRAINT contribution_waivers_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
    CONSTRAINT contribution_waivers_status_known CHECK (status IN ('REQUESTED', 'APPROVED', 'REFUSED')),
    CONSTRAINT contribution_waivers_decided_whole CHECK (
        (status = 'REQUESTED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)
    ),
    CONSTRAINT contribution_waivers_decided_by_another CHECK (decided_by <> requested_by),
    CONSTRAINT contribution_waivers_version_positive CHECK (version > 0)
);

CREATE INDEX contribution_waivers_member_idx ON app.contribution_waivers (tenant_id, member_id, requested_at, id);

CREATE INDEX contribution_waivers_newest_idx ON app.contribution_waivers (tenant_id, requested_at, id);
