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

-- Who may post each kind of entry; written from the declaration of permissions.
CREATE TABLE ledger.entry_kinds (
    kind text NOT NULL,
    terms text[] NOT NULL,
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
    fund text,
    place text,
    minimum numeric(19, 4),
    created_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    CONSTRAINT accounts_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT accounts_book_fkey FOREIGN KEY (tenant_id) REFERENCES ledger.heads (tenant_id),
    CONSTRAINT accounts_parent_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT accounts_code_once UNIQUE (tenant_id, code),
    CONSTRAINT accounts_code_form CHECK (code ~ '^[0-9]{4,8}$'),
    CONSTRAINT accounts_name_length CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT accounts_type_known CHECK (type IN ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
    CONSTRAINT accounts_fund_known CHECK (fund IN ('LOAN_FUND', 'SOCIAL_FUND')),
    CONSTRAINT accounts_place_known CHECK (place IN ('BOX', 'BANK', 'MOBILE_MONEY')),
    CONSTRAINT accounts_place_has_fund CHECK (place IS NULL OR (fund IS NOT NULL AND type = 'ASSET'))
);

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
    memo text,
    hash bytea NOT NULL,
    CONSTRAINT entries_pkey PRIMARY KEY (tenant_id, number),
    CONSTRAINT entries_id_once UNIQUE (tenant_id, id),
    CONSTRAINT entries_command_once UNIQUE NULLS NOT DISTINCT (tenant_id, actor_id, command_key, ordinal),
    CONSTRAINT entries_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT entries_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT entries_reverses_fkey FOREIGN KEY (tenant_id, reverses_id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT entries_memo_length CHECK (length(memo) BETWEEN 1 AND 500)
);

CREATE INDEX entries_id_idx ON ledger.entries (id);

CREATE UNIQUE INDEX entries_reversed_once ON ledger.entries (tenant_id, reverses_id) WHERE reverses_id IS NOT NULL;

CREATE INDEX entries_meeting_idx ON ledger.entries (tenant_id, meeting_id, number) WHERE meeting_id IS NOT NULL;

CREATE TABLE ledger.lines (
    tenant_id uuid NOT NULL,
    entry_number bigint NOT NULL,
    line_number smallint NOT NULL,
    account_id uuid NOT NULL,
    member_id uuid,
    currency text NOT NULL,
    amount numeric(19, 4) NOT NULL,
    base_amount numeric(19, 4) NOT NULL,
    account_balance_after numeric(19, 4) NOT NULL,
    member_balance_after numeric(19, 4),
    CONSTRAINT lines_pkey PRIMARY KEY (tenant_id, entry_number, line_number),
    CONSTRAINT lines_entry_fkey FOREIGN KEY (tenant_id, entry_number) REFERENCES ledger.entries (tenant_id, number)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT lines_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT lines_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT lines_amount_range CHECK (amount <> 0 AND abs(amount) <= 100000000000000)
);

CREATE INDEX lines_account_idx ON ledger.lines (tenant_id, account_id, entry_number);

CREATE INDEX lines_member_idx ON ledger.lines (tenant_id, member_id, entry_number) WHERE member_id IS NOT NULL;

-- Balances are rows that the posting moves; nothing else does.
CREATE TABLE ledger.account_balances (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    balance numeric(19, 4) NOT NULL DEFAULT 0,
    CONSTRAINT account_balances_pkey PRIMARY KEY (tenant_id, account_id),
    CONSTRAINT account_balances_account_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES ledger.accounts (tenant_id, id)
) WITH (fillfactor = 70);

CREATE TABLE ledger.member_balances (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    account_id uuid NOT NULL,
    balance numeric(19, 4) NOT NULL DEFAULT 0,
    CONSTRAINT member_balances_pkey PRIMARY KEY (tenant_id, member_id, account_id),
    CONSTRAINT member_balances_account_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES ledger.accounts (tenant_id, id),
    CONSTRAINT member_balances_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id)
) WITH (fillfactor = 70);

-- What the entries of a meeting moved, by kind and account.
CREATE TABLE ledger.meeting_totals (
    tenant_id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    kind text NOT NULL,
    account_id uuid NOT NULL,
    amount numeric(19, 4) NOT NULL DEFAULT 0,
    lines_count integer NOT NULL DEFAULT 0,
    CONSTRAINT meeting_totals_pkey PRIMARY KEY (tenant_id, meeting_id, kind, account_id),
    CONSTRAINT meeting_totals_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT meeting_totals_account_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES ledger.accounts (tenant_id, id)
) WITH (fillfactor = 70);

ALTER TABLE app.cash_counts
    ADD CONSTRAINT cash_counts_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES ledger.accounts (tenant_id, id);

-- A contribution is the members' side of an entry: the entry holds the money, this row what was paid for.
CREATE TABLE app.contributions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    entry_number bigint NOT NULL,
    meeting_id uuid NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
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
    CONSTRAINT contributions_kind_known CHECK (kind IN ('SHARE', 'SOCIAL_FUND')),
    CONSTRAINT contributions_place_known CHECK (place IN ('BOX', 'BANK', 'MOBILE_MONEY')),
    CONSTRAINT contributions_shares_whole CHECK ((kind = 'SHARE') = (shares IS NOT NULL)),
    CONSTRAINT contributions_shares_positive CHECK (shares > 0),
    CONSTRAINT contributions_amount_positive CHECK (amount > 0)
);

CREATE INDEX contributions_id_idx ON app.contributions (id);

CREATE INDEX contributions_meeting_idx ON app.contributions (tenant_id, meeting_id, entry_number);

CREATE INDEX contributions_member_idx ON app.contributions (tenant_id, member_id, entry_number);

-- How many shares a member has, in all or from one meeting, is summed from the index alone.
CREATE INDEX contributions_shares_idx ON app.contributions (tenant_id, member_id, meeting_id) INCLUDE (shares)
    WHERE shares IS NOT NULL;
