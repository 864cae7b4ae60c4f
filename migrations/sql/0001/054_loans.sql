-- On what terms a loan is repaid: a row of its own for each version of a product and for each loan. It never changes.
CREATE TABLE app.loan_terms (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    method text NOT NULL,
    rate numeric(9, 4) NOT NULL,
    rate_period text NOT NULL,
    instalments integer NOT NULL,
    frequency text NOT NULL,
    every integer NOT NULL,
    day_count_rule text NOT NULL,
    principal_grace integer NOT NULL,
    interest_grace integer NOT NULL,
    interest_free integer NOT NULL,
    rounding text NOT NULL,
    smallest_sum numeric(19, 4),
    instalment_multiple numeric(19, 4),
    residue text NOT NULL,
    -- One element of each for each charge.
    charged_at text[] NOT NULL,
    charge_bases text[] NOT NULL,
    charge_values numeric(19, 4)[] NOT NULL,
    allocation text[] NOT NULL,
    in_advance text NOT NULL,
    overpayment text NOT NULL,
    penalty_basis text,
    penalty_value numeric(19, 4),
    penalty_grace_days integer,
    penalty_is_repeated boolean,
    roll_over text NOT NULL,
    recognised_on text NOT NULL,
    interest_on_pay_off text NOT NULL,
    overdue_interest text NOT NULL,
    CONSTRAINT loan_terms_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_terms_book_fkey FOREIGN KEY (tenant_id) REFERENCES ledger.heads (tenant_id),
    CONSTRAINT loan_terms_method_known CHECK (method IN (
        'FLAT', 'REDUCING_EQUAL_INSTALMENTS', 'REDUCING_EQUAL_PRINCIPAL', 'COMPOUND'
    )),
    CONSTRAINT loan_terms_rate_range CHECK (rate BETWEEN 0 AND 1000),
    CONSTRAINT loan_terms_rate_period_known CHECK (rate_period IN ('WEEK', 'FOUR_WEEKS', 'MONTH', 'YEAR')),
    CONSTRAINT loan_terms_frequency_known CHECK (frequency IN (
        'DAILY', 'WEEKLY', 'TWO_WEEKLY', 'FIFTEEN_DAYS', 'FOUR_WEEKLY', 'MONTHLY'
    )),
    CONSTRAINT loan_terms_counts_range CHECK (
        instalments BETWEEN 1 AND 520 AND every BETWEEN 1 AND 12 AND principal_grace BETWEEN 0 AND instalments - 1
        AND interest_grace BETWEEN 0 AND instalments - 1 AND interest_free BETWEEN 0 AND instalments
    ),
    CONSTRAINT loan_terms_day_count_known CHECK (day_count_rule IN (
        'SAME_AS_PERIOD', 'THIRTY_360', 'ACTUAL_360', 'ACTUAL_365', 'ACTUAL_ACTUAL'
    )),
    CONSTRAINT loan_terms_rounding_known CHECK (rounding IN ('HALF_EVEN', 'HALF_UP', 'UP', 'DOWN')),
    CONSTRAINT loan_terms_multiples_positive CHECK (smallest_sum > 0 AND instalment_multiple > 0),
    CONSTRAINT loan_terms_residue_known CHECK (residue IN ('LAST', 'FIRST')),
    CONSTRAINT loan_terms_charges_alike CHECK (
        cardinality(charged_at) <= 10 AND cardinality(charge_bases) = cardinality(charged_at)
        AND cardinality(charge_values) = cardinality(charged_at)
    ),
    CONSTRAINT loan_terms_charges_known CHECK (
        charged_at <@ ARRAY['DISBURSEMENT', 'INSTALMENT']
        AND charge_bases <@ ARRAY['FIXED', 'PRINCIPAL', 'INTEREST', 'PRINCIPAL_AND_INTEREST'] AND 0 < ALL (charge_values)
    ),
    CONSTRAINT loan_terms_allocation_whole CHECK (
        cardinality(allocation) = 4 AND allocation @> ARRAY['PENALTY', 'FEE', 'INTEREST', 'PRINCIPAL']
    ),
    CONSTRAINT loan_terms_in_advance_known CHECK (in_advance IN ('SAME_ORDER', 'PRINCIPAL_FIRST')),
    CONSTRAINT loan_terms_overpayment_known CHECK (overpayment IN ('REFUSE', 'ADVANCE')),
    CONSTRAINT loan_terms_penalty_known CHECK (penalty_basis IN ('FIXED', 'PRINCIPAL', 'PRINCIPAL_AND_INTEREST')),
    CONSTRAINT loan_terms_penalty_whole CHECK (
        num_nonnulls(penalty_basis, penalty_value, penalty_grace_days, penalty_is_repeated) IN (0, 4)
    ),
    CONSTRAINT loan_terms_penalty_range CHECK (penalty_value > 0 AND penalty_grace_days BETWEEN 0 AND 366),
    CONSTRAINT loan_terms_roll_over_known CHECK (roll_over IN ('NONE', 'CHARGE_AGAIN')),
    CONSTRAINT loan_terms_recognised_on_known CHECK (recognised_on IN ('CASH', 'ACCRUAL')),
    CONSTRAINT loan_terms_pay_off_known CHECK (interest_on_pay_off IN ('TO_DATE', 'TO_PERIOD_END', 'WHOLE')),
    CONSTRAINT loan_terms_overdue_interest_known CHECK (overdue_interest IN ('AS_SCHEDULED', 'ON_BALANCE'))
);

-- What a group lends, under a name. What it asks stands in versions, the newest of which is for new loans.
CREATE TABLE app.loan_products (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE',
    newest integer NOT NULL DEFAULT 1,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by uuid NOT NULL,
    CONSTRAINT loan_products_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_products_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT loan_products_status_known CHECK (status IN ('ACTIVE', 'RETIRED')),
    CONSTRAINT loan_products_version_positive CHECK (newest > 0 AND version > 0)
);

CREATE TABLE app.loan_product_versions (
    tenant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    terms_id uuid NOT NULL,
    fund text NOT NULL,
    currency text NOT NULL,
    principal_min numeric(19, 4),
    principal_max numeric(19, 4),
    savings_multiple numeric(9, 4),
    open_loans_max integer,
    refuses_late_borrowers boolean NOT NULL,
    guarantors_min integer NOT NULL,
    approval text NOT NULL,
    officers_min integer NOT NULL,
    reserves_money boolean NOT NULL,
    approval_days integer NOT NULL,
    default_days integer NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by uuid NOT NULL,
    CONSTRAINT loan_product_versions_pkey PRIMARY KEY (tenant_id, product_id, number),
    CONSTRAINT loan_product_versions_product_fkey FOREIGN KEY (tenant_id, product_id)
        REFERENCES app.loan_products (tenant_id, id),
    CONSTRAINT loan_product_versions_terms_fkey FOREIGN KEY (tenant_id, terms_id) REFERENCES app.loan_terms (tenant_id, id),
    CONSTRAINT loan_product_versions_name_length CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT loan_product_versions_fund_known CHECK (fund IN ('LOAN_FUND', 'SOCIAL_FUND')),
    CONSTRAINT loan_product_versions_principal_order CHECK (principal_min > 0 AND principal_min <= principal_max),
    CONSTRAINT loan_product_versions_limits_range CHECK (
        savings_multiple > 0 AND open_loans_max BETWEEN 1 AND 100 AND guarantors_min BETWEEN 0 AND 20
        AND officers_min BETWEEN 1 AND 10 AND approval_days BETWEEN 1 AND 365 AND default_days BETWEEN 1 AND 3660
    ),
    CONSTRAINT loan_product_versions_approval_known CHECK (approval IN ('OFFICERS', 'VOTE'))
);

-- A loan from the day on which it is asked for. Its steps move it; what money moved says the book.
CREATE TABLE app.loans (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    member_id uuid NOT NULL,
    product_id uuid NOT NULL,
    product_version integer NOT NULL,
    terms_id uuid NOT NULL,
    fund text NOT NULL,
    currency text NOT NULL,
    purpose text NOT NULL,
    status text NOT NULL DEFAULT 'APPLIED',
    applied numeric(19, 4) NOT NULL,
    recommended numeric(19, 4),
    approved numeric(19, 4),
    disbursed numeric(19, 4),
    applied_on date NOT NULL,
    meeting_id uuid,
    approved_until date,
    hold_id uuid,
    disbursed_on date,
    disbursement_id uuid,
    closed_on date,
    officer_id uuid,
    applied_by uuid NOT NULL,
    -- Members who stand surety for it.
    guarantors uuid[] NOT NULL DEFAULT '{}',
    constitution_version integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT loans_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loans_number_once UNIQUE (tenant_id, number),
    CONSTRAINT loans_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loans_product_fkey FOREIGN KEY (tenant_id, product_id, product_version)
        REFERENCES app.loan_product_versions (tenant_id, product_id, number),
    CONSTRAINT loans_terms_fkey FOREIGN KEY (tenant_id, terms_id) REFERENCES app.loan_terms (tenant_id, id),
    CONSTRAINT loans_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT loans_hold_fkey FOREIGN KEY (tenant_id, hold_id) REFERENCES ledger.holds (tenant_id, id),
    CONSTRAINT loans_disbursement_fkey FOREIGN KEY (tenant_id, disbursement_id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT loans_constitution_fkey FOREIGN KEY (tenant_id, constitution_version)
        REFERENCES app.constitutions (tenant_id, version),
    CONSTRAINT loans_fund_known CHECK (fund IN ('LOAN_FUND', 'SOCIAL_FUND')),
    CONSTRAINT loans_purpose_known CHECK (purpose IN (
        'BUSINESS', 'AGRICULTURE', 'LIVESTOCK', 'EDUCATION', 'HEALTH', 'HOUSING', 'HOUSEHOLD', 'ASSETS', 'EMERGENCY',
        'CEREMONY', 'REFINANCING', 'OTHER'
    )),
    CONSTRAINT loans_status_known CHECK (status IN (
        'APPLIED', 'APPRAISED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'ACTIVE', 'CLOSED', 'DEFAULTED',
        'WRITTEN_OFF'
    )),
    CONSTRAINT loans_sums_in_order CHECK (
        applied > 0 AND recommended > 0 AND approved > 0 AND approved <= applied AND disbursed > 0 AND disbursed <= approved
    ),
    CONSTRAINT loans_approved_whole CHECK (
        (approved IS NULL) = (approved_until IS NULL) AND (approved IS NOT NULL OR hold_id IS NULL)
    ),
    CONSTRAINT loans_disbursed_whole CHECK (
        num_nonnulls(disbursed, disbursed_on, disbursement_id) IN (0, 3) AND (disbursed IS NOT NULL) = (status IN (
            'ACTIVE', 'CLOSED', 'DEFAULTED', 'WRITTEN_OFF'
        ))
    ),
    CONSTRAINT loans_closed_whole CHECK ((closed_on IS NOT NULL) = (status = 'CLOSED')),
    CONSTRAINT loans_guarantors_range CHECK (cardinality(guarantors) <= 20 AND NOT (member_id = ANY (guarantors))),
    CONSTRAINT loans_number_positive CHECK (number > 0 AND version > 0)
);

CREATE UNIQUE INDEX loans_disbursement_once ON app.loans (tenant_id, disbursement_id) WHERE disbursement_id IS NOT NULL;

CREATE INDEX loans_id_idx ON app.loans (id);

CREATE INDEX loans_member_idx ON app.loans (tenant_id, member_id, number);

CREATE INDEX loans_meeting_idx ON app.loans (tenant_id, meeting_id, number) WHERE meeting_id IS NOT NULL;

-- What was done with a loan, from the application on: what, when, by whom. It never changes.
CREATE TABLE app.loan_steps (
    tenant_id uuid NOT NULL,
    loan_id uuid NOT NULL,
    number integer NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    was text,
    became text NOT NULL,
    counts_on date NOT NULL,
    meeting_id uuid,
    amount numeric(19, 4),
    entry_id uuid,
    votes_for integer,
    votes_against integer,
    -- Where money is set aside for an approval, and under which id.
    hold_id uuid,
    place text,
    approved_until date,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    CONSTRAINT loan_steps_pkey PRIMARY KEY (tenant_id, loan_id, number),
    CONSTRAINT loan_steps_loan_fkey FOREIGN KEY (tenant_id, loan_id) REFERENCES app.loans (tenant_id, id),
    CONSTRAINT loan_steps_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_steps_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT loan_steps_entry_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT loan_steps_kind_known CHECK (kind IN (
        'APPLICATION', 'APPRAISAL', 'ENDORSEMENT', 'APPROVAL', 'REJECTION', 'WITHDRAWAL', 'EXPIRY', 'DISBURSEMENT',
        'DISBURSEMENT_REVERSAL', 'RESCHEDULING', 'CLOSURE', 'REOPENING', 'DEFAULT', 'CURE', 'WRITE_OFF',
        'WRITE_OFF_REVERSAL', 'RECOVERY'
    )),
    CONSTRAINT loan_steps_amount_positive CHECK (amount > 0),
    CONSTRAINT loan_steps_votes_range CHECK (
        (votes_for IS NULL) = (votes_against IS NULL) AND votes_for BETWEEN 0 AND 100000 AND votes_against BETWEEN 0 AND 100000
    ),
    CONSTRAINT loan_steps_votes_in_meeting CHECK (votes_for IS NULL OR meeting_id IS NOT NULL),
    CONSTRAINT loan_steps_place_known CHECK (place IN ('BOX', 'BANK', 'MOBILE_MONEY')),
    CONSTRAINT loan_steps_hold_whole CHECK (
        (hold_id IS NULL) = (place IS NULL) AND (kind = 'APPROVAL') = (approved_until IS NOT NULL)
        AND (hold_id IS NULL OR kind = 'APPROVAL')
    )
);

CREATE INDEX loan_steps_member_idx ON app.loan_steps (tenant_id, member_id);

CREATE INDEX loan_steps_meeting_idx ON app.loan_steps (tenant_id, meeting_id) WHERE meeting_id IS NOT NULL;

-- Words beside a step, in which people may be named: what for, why.
CREATE TABLE app.loan_words (
    tenant_id uuid NOT NULL,
    loan_id uuid NOT NULL,
    step integer NOT NULL,
    member_id uuid NOT NULL,
    words text NOT NULL,
    CONSTRAINT loan_words_pkey PRIMARY KEY (tenant_id, loan_id, step),
    CONSTRAINT loan_words_step_fkey FOREIGN KEY (tenant_id, loan_id, step)
        REFERENCES app.loan_steps (tenant_id, loan_id, number),
    CONSTRAINT loan_words_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_words_length CHECK (length(words) BETWEEN 1 AND 1000)
);

CREATE INDEX loan_words_member_idx ON app.loan_words (tenant_id, member_id);

-- What is due when, from a day on: one schedule when the loan is paid out, another each time that it is rescheduled.
CREATE TABLE app.loan_schedules (
    tenant_id uuid NOT NULL,
    loan_id uuid NOT NULL,
    number integer NOT NULL,
    member_id uuid NOT NULL,
    terms_id uuid NOT NULL,
    reason text NOT NULL,
    starts_on date NOT NULL,
    principal numeric(19, 4) NOT NULL,
    charges_at_start numeric(19, 4) NOT NULL,
    instalments integer NOT NULL,
    -- What was owed when this schedule replaced another.
    brought_penalties numeric(19, 4) NOT NULL DEFAULT 0,
    brought_fees numeric(19, 4) NOT NULL DEFAULT 0,
    brought_interest numeric(19, 4) NOT NULL DEFAULT 0,
    -- The place of what happened last before it, among all charges and payments of the loan.
    after_sequence integer NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by uuid NOT NULL,
    CONSTRAINT loan_schedules_pkey PRIMARY KEY (tenant_id, loan_id, number),
    CONSTRAINT loan_schedules_loan_fkey FOREIGN KEY (tenant_id, loan_id) REFERENCES app.loans (tenant_id, id),
    CONSTRAINT loan_schedules_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_schedules_terms_fkey FOREIGN KEY (tenant_id, terms_id) REFERENCES app.loan_terms (tenant_id, id),
    CONSTRAINT loan_schedules_reason_known CHECK (reason IN ('DISBURSEMENT', 'RESCHEDULING')),
    CONSTRAINT loan_schedules_sums_range CHECK (
        principal > 0 AND charges_at_start >= 0 AND instalments BETWEEN 1 AND 520 AND brought_penalties >= 0
        AND brought_fees >= 0 AND brought_interest >= 0 AND after_sequence >= 0
    )
);

CREATE INDEX loan_schedules_member_idx ON app.loan_schedules (tenant_id, member_id);

CREATE TABLE app.loan_instalments (
    tenant_id uuid NOT NULL,
    loan_id uuid NOT NULL,
    schedule integer NOT NULL,
    number integer NOT NULL,
    member_id uuid NOT NULL,
    starts_on date NOT NULL,
    due_on date NOT NULL,
    principal numeric(19, 4) NOT NULL,
    interest numeric(19, 4) NOT NULL,
    charges numeric(19, 4) NOT NULL,
    CONSTRAINT loan_instalments_pkey PRIMARY KEY (tenant_id, loan_id, schedule, number),
    CONSTRAINT loan_instalments_schedule_fkey FOREIGN KEY (tenant_id, loan_id, schedule)
        REFERENCES app.loan_schedules (tenant_id, loan_id, number),
    CONSTRAINT loan_instalments_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_instalments_dates_order CHECK (starts_on <= due_on),
    CONSTRAINT loan_instalments_sums_range CHECK (principal >= 0 AND interest >= 0 AND charges >= 0)
);

CREATE INDEX loan_instalments_member_idx ON app.loan_instalments (tenant_id, member_id);

CREATE INDEX loan_instalments_due_idx ON app.loan_instalments (tenant_id, due_on);

-- What is charged beside the schedule: fees that came up, penalties for being late; and what the borrower is let off of them.
-- Charges and payments of a loan are counted together, so that it is known what came first within a day.
CREATE TABLE app.loan_charges (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    loan_id uuid NOT NULL,
    member_id uuid NOT NULL,
    sequence integer NOT NULL,
    kind text NOT NULL,
    counts_on date NOT NULL,
    due_on date NOT NULL,
    instalment integer,
    amount numeric(19, 4) NOT NULL,
    entry_id uuid,
    waives_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    CONSTRAINT loan_charges_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_charges_loan_fkey FOREIGN KEY (tenant_id, loan_id) REFERENCES app.loans (tenant_id, id),
    CONSTRAINT loan_charges_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_charges_entry_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT loan_charges_waives_fkey FOREIGN KEY (tenant_id, waives_id) REFERENCES app.loan_charges (tenant_id, id),
    CONSTRAINT loan_charges_sequence_once UNIQUE (tenant_id, loan_id, sequence),
    CONSTRAINT loan_charges_kind_known CHECK (kind IN ('FEE', 'PENALTY', 'WAIVER')),
    CONSTRAINT loan_charges_waiver_whole CHECK ((kind = 'WAIVER') = (waives_id IS NOT NULL)),
    CONSTRAINT loan_charges_sequence_positive CHECK (sequence > 0),
    CONSTRAINT loan_charges_instalment_positive CHECK (instalment > 0),
    CONSTRAINT loan_charges_amount_positive CHECK (amount > 0)
);

CREATE INDEX loan_charges_member_idx ON app.loan_charges (tenant_id, member_id);

-- How money settled a loan, or what came to be owed on it in the book. The money itself is the entry's, of the same id; what
-- took the entry back took this back.
CREATE TABLE app.loan_payments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    loan_id uuid NOT NULL,
    sequence integer NOT NULL,
    member_id uuid NOT NULL,
    kind text NOT NULL,
    effective_on date NOT NULL,
    amount numeric(19, 4) NOT NULL,
    penalties numeric(19, 4) NOT NULL,
    fees numeric(19, 4) NOT NULL,
    interest numeric(19, 4) NOT NULL,
    principal numeric(19, 4) NOT NULL,
    advance numeric(19, 4) NOT NULL,
    -- The payment that this is anew, once one before it was taken back.
    replaces_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    CONSTRAINT loan_payments_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT loan_payments_sequence_once UNIQUE (tenant_id, loan_id, sequence),
    CONSTRAINT loan_payments_entry_fkey FOREIGN KEY (tenant_id, id) REFERENCES ledger.entries (tenant_id, id),
    CONSTRAINT loan_payments_loan_fkey FOREIGN KEY (tenant_id, loan_id) REFERENCES app.loans (tenant_id, id),
    CONSTRAINT loan_payments_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT loan_payments_replaces_fkey FOREIGN KEY (tenant_id, replaces_id) REFERENCES app.loan_payments (tenant_id, id),
    CONSTRAINT loan_payments_kind_known CHECK (kind IN (
        'REPAYMENT', 'ADVANCE_USED', 'ADVANCE_RETURNED', 'ACCRUAL', 'WRITE_OFF', 'RECOVERY'
    )),
    CONSTRAINT loan_payments_sums_range CHECK (
        amount > 0 AND penalties >= 0 AND fees >= 0 AND interest >= 0 AND principal >= 0 AND advance >= 0
    ),
    CONSTRAINT loan_payments_split_whole CHECK (
        amount = penalties + fees + interest + principal + advance OR kind IN ('RECOVERY', 'ADVANCE_RETURNED')
    ),
    CONSTRAINT loan_payments_sequence_positive CHECK (sequence > 0)
);

CREATE INDEX loan_payments_member_idx ON app.loan_payments (tenant_id, member_id);
