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
