-- What each group's rules were and are: versions that are added to and never changed. Reasons for fines and types of
-- contribution are read and written whole with their version, so they have no tables of their own.
CREATE TABLE app.constitutions (
    tenant_id uuid NOT NULL,
    version integer NOT NULL,
    share_price numeric(19, 4),
    shares_min integer NOT NULL,
    shares_max integer NOT NULL,
    social_fund_amount numeric(19, 4) NOT NULL,
    contribution_amount numeric(19, 4),
    contribution_frequency text NOT NULL DEFAULT 'WEEKLY',
    meeting_frequency text NOT NULL,
    meeting_weekday text,
    loan_interest_rate numeric(9, 4),
    loan_interest_period text,
    loan_multiplier numeric(9, 4),
    loan_term_months_max integer,
    penalty_rate numeric(9, 4) NOT NULL DEFAULT 0,
    visibility text NOT NULL DEFAULT 'TOTALS_ONLY',
    quorum_percent integer NOT NULL DEFAULT 0,
    can_representatives_buy_shares boolean NOT NULL DEFAULT true,
    can_absent_members_pay boolean NOT NULL DEFAULT true,
    is_second_officer_required boolean NOT NULL DEFAULT false,
    fine_reasons jsonb NOT NULL DEFAULT '[]',
    contribution_types jsonb NOT NULL DEFAULT '[]',
    adopted_on date NOT NULL,
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT constitutions_pkey PRIMARY KEY (tenant_id, version),
    CONSTRAINT constitutions_group_fkey FOREIGN KEY (tenant_id) REFERENCES app.groups (tenant_id),
    CONSTRAINT constitutions_version_positive CHECK (version > 0),
    CONSTRAINT constitutions_share_price_positive CHECK (share_price > 0),
    CONSTRAINT constitutions_shares_range CHECK (
        CASE WHEN share_price IS NULL THEN shares_min = 0 AND shares_max = 0
        ELSE shares_min >= 0 AND shares_max >= 1 AND shares_min <= shares_max END
    ),
    CONSTRAINT constitutions_social_fund_not_negative CHECK (social_fund_amount >= 0),
    CONSTRAINT constitutions_contribution_positive CHECK (contribution_amount > 0),
    CONSTRAINT constitutions_frequency_known CHECK (
        meeting_frequency IN ('WEEKLY', 'FORTNIGHTLY', 'MONTHLY', 'QUARTERLY', 'YEARLY', 'FLEXIBLE')
    ),
    CONSTRAINT constitutions_contribution_frequency_known CHECK (
        contribution_frequency IN ('WEEKLY', 'FORTNIGHTLY', 'MONTHLY', 'QUARTERLY', 'YEARLY', 'FLEXIBLE')
    ),
    CONSTRAINT constitutions_weekday_known CHECK (
        meeting_weekday IN ('MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY')
    ),
    CONSTRAINT constitutions_weekday_has_frequency CHECK (meeting_weekday IS NULL OR meeting_frequency <> 'FLEXIBLE'),
    CONSTRAINT constitutions_loan_period_known CHECK (
        loan_interest_period IN ('WEEK', 'FOUR_WEEKS', 'MONTH', 'YEAR')
    ),
    -- A group that does not lend has no terms of loans at all.
    CONSTRAINT constitutions_loans_whole CHECK (
        (loan_interest_rate IS NULL) = (loan_interest_period IS NULL)
        AND (loan_interest_rate IS NOT NULL OR (loan_multiplier IS NULL AND loan_term_months_max IS NULL))
    ),
    CONSTRAINT constitutions_loan_terms_range CHECK (
        loan_interest_rate BETWEEN 0 AND 100 AND loan_multiplier > 0 AND loan_multiplier <= 100
        AND loan_term_months_max BETWEEN 1 AND 120
    ),
    CONSTRAINT constitutions_penalty_range CHECK (penalty_rate BETWEEN 0 AND 100),
    CONSTRAINT constitutions_visibility_known CHECK (visibility IN ('ALL', 'TOTALS_ONLY', 'OWN_ONLY')),
    CONSTRAINT constitutions_quorum_range CHECK (quorum_percent BETWEEN 0 AND 100),
    CONSTRAINT constitutions_lists_are_lists CHECK (
        jsonb_typeof(fine_reasons) = 'array' AND jsonb_typeof(contribution_types) = 'array'
    ),
    CONSTRAINT constitutions_reason_length CHECK (length(reason) BETWEEN 1 AND 500)
);
