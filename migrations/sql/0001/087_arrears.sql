-- What is late of each loan that is owed at the end of a day, from its schedule and from what was paid by then: the same as
-- the account of the loan says (domain/lending/account.py), worked out for many loans at once. Whose rows the caller sees.
-- A payment that was taken back stood until the day of what took it back. What should be left of the principal is compared
-- with what is, so that a schedule that replaced another is compared alike. Fees and penalties make no loan late. Interest
-- that follows what is owed is settled before principal, and needs no look of its own.
CREATE FUNCTION app.loan_arrears(tenants uuid[], as_of date) RETURNS TABLE (
    tenant_id uuid, loan_id uuid, number integer, member_id uuid, officer_id uuid, currency text, fund text, counted_on date,
    outstanding numeric, overdue_principal numeric, overdue_interest numeric, overdue_since date, days integer
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH groups AS (
        SELECT g.tenant_id, coalesce(nullif(as_of, '-infinity'), (now() AT TIME ZONE g.time_zone)::date) AS counted_on
        FROM app.groups g WHERE g.tenant_id = ANY (tenants)
    ), schedules AS (
        SELECT DISTINCT ON (s.tenant_id, s.loan_id) s.tenant_id, s.loan_id, s.number, s.principal, s.starts_on, s.made_at,
               s.brought_interest, s.terms_id, g.counted_on
        FROM groups g
        JOIN app.loan_schedules s ON s.tenant_id = g.tenant_id AND s.starts_on <= g.counted_on
        WHERE s.tenant_id = ANY (tenants)
        ORDER BY s.tenant_id, s.loan_id, s.number DESC
    ), paid AS (
        SELECT p.tenant_id, p.loan_id, sum(p.principal) AS principal,
               sum(p.interest) FILTER (WHERE p.recorded_at > s.made_at) AS interest
        FROM schedules s
        JOIN app.loan_payments p
            ON p.tenant_id = s.tenant_id AND p.loan_id = s.loan_id AND p.effective_on <= s.counted_on
            AND p.kind IN ('REPAYMENT', 'ADVANCE_USED', 'WRITE_OFF')
        LEFT JOIN ledger.entries r
            ON r.tenant_id = p.tenant_id AND r.reverses_id = p.id AND r.effective_on <= s.counted_on
        WHERE r.id IS NULL AND p.tenant_id = ANY (tenants)
        GROUP BY p.tenant_id, p.loan_id
    ), owed AS (
        SELECT l.tenant_id, l.id, l.number, l.member_id, l.officer_id, l.currency, l.fund, s.counted_on, s.number AS schedule,
               l.disbursed - coalesce(p.principal, 0) AS outstanding,
               s.principal - l.disbursed + coalesce(p.principal, 0) AS settled,
               s.brought_interest, coalesce(p.interest, 0) AS interest, s.starts_on,
               t.overdue_interest = 'AS_SCHEDULED' AS counts_interest
        FROM schedules s
        JOIN app.loans l ON l.tenant_id = s.tenant_id AND l.id = s.loan_id AND l.disbursed IS NOT NULL
        JOIN app.loan_terms t ON t.tenant_id = s.tenant_id AND t.id = s.terms_id
        LEFT JOIN paid p ON p.tenant_id = s.tenant_id AND p.loan_id = s.loan_id
        WHERE l.disbursed > coalesce(p.principal, 0) AND l.tenant_id = ANY (tenants)
    ), fallen AS (
        SELECT o.tenant_id, o.id, i.due_on,
               sum(i.principal) OVER w AS principal, o.brought_interest + sum(i.interest) OVER w AS interest,
               o.settled, o.interest AS interest_paid, o.counts_interest
        FROM owed o
        JOIN app.loan_instalments i
            ON i.tenant_id = o.tenant_id AND i.loan_id = o.id AND i.schedule = o.schedule AND i.due_on < o.counted_on
        WHERE i.tenant_id = ANY (tenants)
        WINDOW w AS (PARTITION BY o.tenant_id, o.id ORDER BY i.number)
    ), late AS (
        SELECT f.tenant_id, f.id,
               greatest(max(f.principal - f.settled), 0) AS principal,
               greatest(max(f.interest - f.interest_paid) FILTER (WHERE f.counts_interest), 0) AS interest,
               min(f.due_on) FILTER (
                   WHERE f.principal > f.settled OR f.counts_interest AND f.interest > f.interest_paid
               ) AS since
        FROM fallen f GROUP BY f.tenant_id, f.id
    )
    SELECT o.tenant_id, o.id, o.number, o.member_id, o.officer_id, o.currency, o.fund, o.counted_on, o.outstanding,
           coalesce(e.principal, 0), coalesce(e.interest, b.interest, 0), coalesce(b.since, e.since),
           coalesce(o.counted_on - coalesce(b.since, e.since), 0)
    FROM owed o
    LEFT JOIN late e ON e.tenant_id = o.tenant_id AND e.id = o.id
    -- What was owed when the schedule replaced another is due at once.
    LEFT JOIN (
        SELECT x.tenant_id, x.id, x.starts_on AS since, x.brought_interest - x.interest AS interest FROM owed x
        WHERE x.counts_interest AND x.brought_interest > x.interest AND x.starts_on < x.counted_on
    ) b ON b.tenant_id = o.tenant_id AND b.id = o.id
$$;

-- The portfolio of each group at the end of a day, by loan officer, for whoever may see the group's totals: how many loans are
-- owed, how much of their principal, and of those that are late for so many days.
CREATE FUNCTION app.loan_portfolio(tenants uuid[], as_of date) RETURNS TABLE (
    tenant_id uuid, officer_id uuid, counted_on date, ageing integer, loans bigint, outstanding numeric,
    overdue_principal numeric, overdue_interest numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.tenant_id, a.officer_id, a.counted_on,
           CASE WHEN a.days = 0 THEN 0 WHEN a.days <= 30 THEN 1 WHEN a.days <= 60 THEN 31 WHEN a.days <= 90 THEN 61 ELSE 91 END,
           count(*), sum(a.outstanding), sum(a.overdue_principal), sum(a.overdue_interest)
    FROM app.loan_arrears(
        ARRAY(SELECT t FROM unnest(tenants) t WHERE app.allows('account_balance', 'read', t)), as_of
    ) a
    GROUP BY 1, 2, 3, 4
$$;
