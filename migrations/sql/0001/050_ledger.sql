-- One book for each tenant. Its head row is the lock, the entry number, the head of the hash chain and the change number.
CREATE TABLE ledger.heads (
    tenant_id uuid NOT NULL,
    base_currency text NOT NULL,
    entry_number bigint NOT NULL DEFAULT 0,
    entry_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    change_number bigint NOT NULL DEFAULT 0,
    writer xid8,
    closed_through date NOT NULL DEFAULT '1989-12-31',
    CONSTRAINT heads_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT heads_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES app.tenants (id)
) WITH (fillfactor = 50);

-- Who may post each kind of entry, whether a second officer must, and which accounts it moves: "KIND DEBITED / CREDITED",
-- line by line, by ledger.account_class, with a star at each line that names the member; "KIND" alone for any lines. Written
-- from the declarations of the domain.
CREATE TABLE ledger.entry_kinds (
    kind text NOT NULL,
    terms text[] NOT NULL,
    needs_approval boolean NOT NULL,
    shapes text[] NOT NULL,
    CONSTRAINT entry_kinds_pkey PRIMARY KEY (kind)
);

CREATE TABLE ledger.accounts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    parent_id uuid,
    currency text NOT NULL,
    is_postable boolean NOT NULL,
    needs_member boolean NOT NULL DEFAULT false,
    -- The side on which each member's balance stays: what she owes is a debit, what is hers a credit.
    member_side text,
    counts_shares boolean NOT NULL DEFAULT false,
    fund text,
    place text,
    -- The limits of the balance as it is kept, debits above zero.
    minimum numeric(19, 4),
    maximum numeric(19, 4),
    -- An account of the chart that every book has, on which postings rely.
    is_required boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT accounts_book_fkey FOREIGN KEY (tenant_id) REFERENCES ledger.heads (tenant_id),
    CONSTRAINT accounts_parent_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT accounts_code_once UNIQUE (tenant_id, code),
    CONSTRAINT accounts_code_form CHECK (code ~ '^[0-9]{4,8}$'),
    CONSTRAINT accounts_name_length CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT accounts_type_known CHECK (type IN ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
    CONSTRAINT accounts_fund_known CHECK (fund IN ('LOAN_FUND', 'SOCIAL_FUND')),
    CONSTRAINT accounts_place_known CHECK (place IN ('BOX', 'BANK', 'MOBILE_MONEY')),
    CONSTRAINT accounts_place_has_fund CHECK (place IS NULL OR (fund IS NOT NULL AND type = 'ASSET')),
    CONSTRAINT accounts_member_side_known CHECK (member_side IN ('DEBIT', 'CREDIT')),
    CONSTRAINT accounts_member_side_has_member CHECK (member_side IS NULL OR needs_member),
    CONSTRAINT accounts_shares_have_member CHECK (NOT counts_shares OR needs_member),
    CONSTRAINT accounts_limits_order CHECK (minimum <= maximum),
    CONSTRAINT accounts_limits_range CHECK (abs(minimum) <= 100000000000000 AND abs(maximum) <= 100000000000000),
    CONSTRAINT accounts_required_stays CHECK (closed_at IS NULL OR NOT is_required),
    CONSTRAINT accounts_version_positive CHECK (version > 0)
);

-- What an account is to the shapes of entries: the cash of a fund, an account of the chart that an event is about, or else
-- its type.
CREATE FUNCTION ledger.account_class(code text, type text, fund text, place text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN place IS NOT NULL THEN fund || '_CASH'
    WHEN code = ANY ('{1310,1320,1325,1330,1340,1390,2100,2110,3100,3200,3210,4100,4110,4120,4130,4140,4300,5410,5420,5900}'::text[]) THEN code
    ELSE type
END;

CREATE UNIQUE INDEX accounts_place_once ON ledger.accounts (tenant_id, fund, place) WHERE place IS NOT NULL;

CREATE TABLE ledger.entries (
    tenant_id uuid NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    effective_on date NOT NULL,
    booked_at timestamptz NOT NULL,
    meeting_id uuid,
    member_id uuid,
    reverses_id uuid,
    actor_id uuid,
    command_key uuid NOT NULL,
    ordinal integer NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT entries_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT entries_id_once UNIQUE (tenant_id, id),
    CONSTRAINT entries_command_once UNIQUE NULLS NOT DISTINCT (tenant_id, actor_id, command_key, ordinal),
    CONSTRAINT entries_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT entries_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT entries_reverses_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES ledger.entries (tenant_id, id)
);

CREATE INDEX entries_id_idx ON ledger.entries (id);

CREATE UNIQUE INDEX entries_reversed_once ON ledger.entries (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;

CREATE INDEX entries_meeting_idx ON ledger.entries (tenant_id, meeting_id, number) WHERE meeting_id IS NOT NULL;

-- A line repeats its entry's kind and date, so that a member reads her statement from her own lines alone.
CREATE TABLE ledger.lines (
    tenant_id uuid NOT NULL,
    entry_number bigint NOT NULL,
    line_number smallint NOT NULL,
    account_id uuid NOT NULL,
    member_id uuid,
    kind text NOT NULL,
    effective_on date NOT NULL,
    currency text NOT NULL,
    amount numeric(19, 4) NOT NULL,
    base_amount numeric(19, 4) NOT NULL,
    shares integer,
    account_balance_after numeric(19, 4) NOT NULL,
    member_balance_after numeric(19, 4),
    CONSTRAINT lines_pkey PRIMARY KEY (tenant_id, entry_number, line_number),
    CONSTRAINT lines_entry_fkey FOREIGN KEY (tenant_id, entry_number) REFERENCES ledger.entries (tenant_id, number)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT lines_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT lines_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT lines_amount_range CHECK (amount <> 0 AND abs(amount) <= 100000000000000),
    CONSTRAINT lines_shares_side CHECK (sign(shares) = -sign(amount))
);

CREATE INDEX lines_account_idx ON ledger.lines (tenant_id, account_id, entry_number);

CREATE INDEX lines_member_idx ON ledger.lines (tenant_id, member_id, entry_number) WHERE member_id IS NOT NULL;

-- Balances are rows that the posting moves; nothing else does.
CREATE TABLE ledger.account_balances (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    balance numeric(19, 4) NOT NULL DEFAULT 0,
    held numeric(19, 4) NOT NULL DEFAULT 0,
    CONSTRAINT account_balances_pkey PRIMARY KEY (tenant_id, account_id),
    CONSTRAINT account_balances_account_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT account_balances_held_not_negative CHECK (held >= 0)
) WITH (fillfactor = 70);

CREATE TABLE ledger.member_balances (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    account_id uuid NOT NULL,
    balance numeric(19, 4) NOT NULL DEFAULT 0,
    shares integer NOT NULL DEFAULT 0,
    CONSTRAINT member_balances_pkey PRIMARY KEY (tenant_id, member_id, account_id),
    CONSTRAINT member_balances_account_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT member_balances_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id)
) WITH (fillfactor = 70);

-- What the entries moved, by the date they count for, their meeting, kind and account: a meeting's totals, and the balance of
-- an account at any date.
CREATE TABLE ledger.movements (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    effective_on date NOT NULL,
    meeting_id uuid,
    -- What tells the meetings apart, and entries outside any from all of them.
    meeting_key uuid NOT NULL GENERATED ALWAYS AS (coalesce(meeting_id, tenant_id)) STORED,
    kind text NOT NULL,
    amount numeric(19, 4) NOT NULL DEFAULT 0,
    lines_count integer NOT NULL DEFAULT 0,
    CONSTRAINT movements_pkey PRIMARY KEY (tenant_id, account_id, effective_on, meeting_key, kind),
    CONSTRAINT movements_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT movements_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.accounts (tenant_id, id)
) WITH (fillfactor = 70);

CREATE INDEX movements_meeting_idx ON ledger.movements (tenant_id, meeting_id) WHERE meeting_id IS NOT NULL;

-- Money that is set aside until it is used, released, or its time is over; what is held cannot be spent otherwise.
CREATE TABLE ledger.holds (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    amount numeric(19, 4) NOT NULL,
    purpose text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    placed_by uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    outcome text,
    ended_at timestamptz,
    ended_by uuid,
    entry_id uuid,
    CONSTRAINT holds_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT holds_account_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES ledger.account_balances (tenant_id, account_id),
    CONSTRAINT holds_entry_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger.entries (tenant_id, id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT holds_amount_positive CHECK (amount > 0),
    CONSTRAINT holds_purpose_length CHECK (length(purpose) BETWEEN 1 AND 500),
    CONSTRAINT holds_outcome_known CHECK (outcome IN ('USED', 'RELEASED', 'EXPIRED')),
    CONSTRAINT holds_ended_whole CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CONSTRAINT holds_used_by_entry CHECK ((outcome IS NOT DISTINCT FROM 'USED') = (entry_id IS NOT NULL))
);

CREATE INDEX holds_id_idx ON ledger.holds (id);

CREATE INDEX holds_newest_idx ON ledger.holds (tenant_id, placed_at, id);

CREATE INDEX holds_open_idx ON ledger.holds (tenant_id, account_id) WHERE outcome IS NULL;

-- An entry that waits for a second officer. It is posted with the draft's id, exactly as it was drafted.
CREATE TABLE app.drafts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    effective_on date NOT NULL,
    meeting_id uuid,
    member_id uuid,
    -- The entry that it would take back.
    reverses_id uuid,
    line_accounts uuid[] NOT NULL,
    line_members uuid[] NOT NULL,
    line_amounts numeric(19, 4)[] NOT NULL,
    line_shares integer[] NOT NULL,
    description text NOT NULL,
    payee text,
    receipt text,
    status text NOT NULL DEFAULT 'OPEN',
    drafted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    drafted_by uuid NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT drafts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT drafts_book_fkey FOREIGN KEY (tenant_id) REFERENCES ledger.heads (tenant_id),
    CONSTRAINT drafts_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT drafts_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT drafts_reverses_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT drafts_lines_alike CHECK (
        cardinality(line_accounts) >= 2 AND cardinality(line_members) = cardinality(line_accounts)
        AND cardinality(line_amounts) = cardinality(line_accounts) AND cardinality(line_shares) = cardinality(line_accounts)
    ),
    CONSTRAINT drafts_description_length CHECK (length(description) BETWEEN 1 AND 500),
    CONSTRAINT drafts_payee_length CHECK (length(payee) BETWEEN 1 AND 120),
    CONSTRAINT drafts_receipt_length CHECK (length(receipt) BETWEEN 1 AND 60),
    CONSTRAINT drafts_status_known CHECK (status IN ('OPEN', 'POSTED', 'DISCARDED')),
    CONSTRAINT drafts_decided_whole CHECK ((status = 'OPEN') = (decided_at IS NULL)),
    CONSTRAINT drafts_version_positive CHECK (version > 0)
);

CREATE INDEX drafts_id_idx ON app.drafts (id);

CREATE INDEX drafts_newest_idx ON app.drafts (tenant_id, drafted_at, id);

-- The words of an entry, which its hash leaves out: why, who was paid or paid in, and the paper that shows it.
CREATE TABLE app.vouchers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    member_id uuid,
    description text NOT NULL,
    payee text,
    receipt text,
    CONSTRAINT vouchers_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT vouchers_entry_fkey FOREIGN KEY (tenant_id, id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT vouchers_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT vouchers_description_length CHECK (length(description) BETWEEN 1 AND 500),
    CONSTRAINT vouchers_payee_length CHECK (length(payee) BETWEEN 1 AND 120),
    CONSTRAINT vouchers_receipt_length CHECK (length(receipt) BETWEEN 1 AND 60)
);

-- Each time a period was closed, with the head of the book at that moment.
CREATE TABLE ledger.closings (
    tenant_id uuid NOT NULL,
    closed_through date NOT NULL,
    entry_number bigint NOT NULL,
    entry_hash bytea NOT NULL,
    closed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_by uuid NOT NULL,
    CONSTRAINT closings_pkey PRIMARY KEY (tenant_id, closed_through),
    CONSTRAINT closings_book_fkey FOREIGN KEY (tenant_id) REFERENCES ledger.heads (tenant_id)
);

ALTER TABLE app.cash_counts
    ADD CONSTRAINT cash_counts_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.accounts (tenant_id, id);

-- A contribution is the members' side of an entry: the entry holds the money, this row what was paid for.
CREATE TABLE app.contributions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    entry_number bigint NOT NULL,
    -- None outside of one; the date that it counts for is its entry's.
    meeting_id uuid,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    -- Of what the group itself defines, which of it.
    type_code text,
    shares integer,
    amount numeric(19, 4) NOT NULL,
    currency text NOT NULL,
    place text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    device_time timestamptz,
    CONSTRAINT contributions_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT contributions_entry_once UNIQUE (tenant_id, entry_number),
    CONSTRAINT contributions_entry_fkey FOREIGN KEY (tenant_id, entry_number)
        REFERENCES ledger.entries (tenant_id, number),
    CONSTRAINT contributions_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT contributions_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT contributions_kind_known CHECK (kind IN ('SHARE', 'SAVINGS', 'SOCIAL_FUND', 'OTHER')),
    CONSTRAINT contributions_type_whole CHECK ((kind = 'OTHER') = (type_code IS NOT NULL)),
    CONSTRAINT contributions_place_known CHECK (place IN ('BOX', 'BANK', 'MOBILE_MONEY')),
    CONSTRAINT contributions_shares_whole CHECK ((kind = 'SHARE') = (shares IS NOT NULL)),
    CONSTRAINT contributions_shares_positive CHECK (shares > 0),
    CONSTRAINT contributions_amount_positive CHECK (amount > 0)
);

CREATE INDEX contributions_id_idx ON app.contributions (id);

CREATE INDEX contributions_meeting_idx ON app.contributions (tenant_id, meeting_id, entry_number);

CREATE INDEX contributions_member_idx ON app.contributions (tenant_id, member_id, entry_number);
