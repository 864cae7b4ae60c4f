-- That a member stands surety for another's loan: how much of it, and whether so much of her savings stays with the group.
CREATE TABLE app.loan_guarantees (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    loan_id uuid NOT NULL,
    member_id uuid NOT NULL,
    borrower_id uuid NOT NULL,
    amount numeric(19, 4) NOT NULL,
    currency text NOT NULL,
    holds_savings boolean NOT NULL,
    status text NOT NULL DEFAULT 'PLEDGED',
    pledged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    pledged_by uuid NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    released_at timestamptz,
    released_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT loan_guarantees_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_guarantees_loan_fkey FOREIGN KEY (tenant_id, loan_id) REFERENCES app.loans (tenant_id, id),
    CONSTRAINT loan_guarantees_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_guarantees_borrower_fkey FOREIGN KEY (tenant_id, borrower_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_guarantees_of_another CHECK (member_id <> borrower_id),
    CONSTRAINT loan_guarantees_amount_positive CHECK (amount > 0),
    CONSTRAINT loan_guarantees_status_known CHECK (status IN ('PLEDGED', 'ACCEPTED', 'RELEASED')),
    CONSTRAINT loan_guarantees_accepted_whole CHECK (
        (accepted_at IS NULL) = (accepted_by IS NULL) AND (status <> 'PLEDGED' OR accepted_at IS NULL)
        AND (status <> 'ACCEPTED' OR accepted_at IS NOT NULL)
    ),
    CONSTRAINT loan_guarantees_released_whole CHECK (
        (released_at IS NULL) = (released_by IS NULL) AND (status = 'RELEASED') = (released_at IS NOT NULL)
    ),
    CONSTRAINT loan_guarantees_version_positive CHECK (version > 0)
);

CREATE UNIQUE INDEX loan_guarantees_given_once ON app.loan_guarantees (tenant_id, loan_id, member_id)
    WHERE status <> 'RELEASED';

CREATE INDEX loan_guarantees_member_idx ON app.loan_guarantees (tenant_id, member_id, pledged_at, id);

CREATE INDEX loan_guarantees_loan_idx ON app.loan_guarantees (tenant_id, loan_id, pledged_at, id);

CREATE INDEX loan_guarantees_newest_idx ON app.loan_guarantees (tenant_id, pledged_at, id);

-- What stands in for a loan beside people: what it is, what it is worth.
CREATE TABLE app.loan_collateral (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    loan_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    value numeric(19, 4) NOT NULL,
    currency text NOT NULL,
    valued_on date NOT NULL,
    status text NOT NULL DEFAULT 'HELD',
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    released_at timestamptz,
    released_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT loan_collateral_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_collateral_loan_fkey FOREIGN KEY (tenant_id, loan_id) REFERENCES app.loans (tenant_id, id),
    CONSTRAINT loan_collateral_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_collateral_kind_known CHECK (kind IN (
        'LAND', 'BUILDING', 'VEHICLE', 'EQUIPMENT', 'LIVESTOCK', 'CROPS', 'HOUSEHOLD_GOODS', 'DOCUMENT', 'OTHER'
    )),
    CONSTRAINT loan_collateral_value_positive CHECK (value > 0),
    CONSTRAINT loan_collateral_status_known CHECK (status IN ('HELD', 'RELEASED')),
    CONSTRAINT loan_collateral_released_whole CHECK (
        (released_at IS NULL) = (released_by IS NULL) AND (status = 'RELEASED') = (released_at IS NOT NULL)
    ),
    CONSTRAINT loan_collateral_version_positive CHECK (version > 0)
);

CREATE INDEX loan_collateral_loan_idx ON app.loan_collateral (tenant_id, loan_id, recorded_at, id);

CREATE INDEX loan_collateral_member_idx ON app.loan_collateral (tenant_id, member_id);

CREATE INDEX loan_collateral_newest_idx ON app.loan_collateral (tenant_id, recorded_at, id);

-- What it is in words: free text, in which people and places may be named.
CREATE TABLE app.loan_collateral_words (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid NOT NULL,
    description text NOT NULL,
    CONSTRAINT loan_collateral_words_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_collateral_words_collateral_fkey FOREIGN KEY (tenant_id, id)
        REFERENCES app.loan_collateral (tenant_id, id),
    CONSTRAINT loan_collateral_words_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_collateral_words_length CHECK (length(description) BETWEEN 1 AND 500)
);

CREATE INDEX loan_collateral_words_member_idx ON app.loan_collateral_words (tenant_id, member_id);
