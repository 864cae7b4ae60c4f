-- What is late of each loan that is owed at the end of a day, from its schedule and from what was paid by then: the same as
-- the account of the loan says (domain/lending/account.py), worked out for many loans at once. Whose rows the caller sees.
-- What was taken back never counted, whatever the day, as in the account. What should be left of the principal is compared with what is, so that
-- a schedule that replaced another is compared alike. Fees and penalties make no loan late. Interest that follows what is owed
-- is settled before principal, and needs no look of its own.
--
-- All rows of the groups are read once and joined by hash. The planner takes a group and a loan of it for independent of each
-- other, so that it expects one row where there are thousands, and would walk through all payments anew for each loan.
CREATE FUNCTION app.loan_arrears(tenants uuid[], as_of date) RETURNS TABLE (
    tenant_id uuid, loan_id uuid, number integer, member_id uuid, officer_id uuid, currency text, fund text, counted_on date,
    outstanding numeric, overdue_principal numeric, overdue_interest numeric, overdue_since date, days integer
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '32MB'
    SET enable_nestloop = off SET enable_mergejoin = off
AS $$
    WITH groups AS (
        SELECT g.tenant_id, coalesce(nullif(as_of, '-infinity'), (now() AT TIME ZONE g.time_zone)::date) AS counted_on
        FROM app.groups g WHERE g.tenant_id = ANY (tenants)
    ), schedules AS (
        SELECT DISTINCT ON (s.loan_id, s.tenant_id) s.tenant_id, s.loan_id, s.number, s.principal, s.starts_on,
               s.after_sequence, s.brought_interest, s.terms_id, g.counted_on
        FROM app.loan_schedules s JOIN groups g ON g.tenant_id = s.tenant_id AND s.starts_on <= g.counted_on
        WHERE s.tenant_id = ANY (tenants)
        ORDER BY s.loan_id, s.tenant_id, s.number DESC
    ), paid AS (
        SELECT p.tenant_id, p.loan_id, sum(p.principal) AS principal,
               sum(p.interest) FILTER (WHERE p.sequence > s.after_sequence) AS interest
        FROM app.loan_payments p
        JOIN schedules s ON s.tenant_id = p.tenant_id AND s.loan_id = p.loan_id AND p.effective_on <= s.counted_on
        WHERE p.tenant_id = ANY (tenants) AND p.kind IN ('REPAYMENT', 'ADVANCE_USED', 'WRITE_OFF') AND NOT EXISTS (
            SELECT FROM ledger.entries r
            WHERE r.tenant_id = ANY (tenants) AND r.tenant_id = p.tenant_id AND r.reverses_id = p.id
        )
        GROUP BY p.loan_id, p.tenant_id
    ), owed AS (
        SELECT l.tenant_id, l.id, l.number, l.member_id, l.officer_id, l.currency, l.fund, s.counted_on, s.starts_on,
               s.number AS schedule, l.disbursed - coalesce(p.principal, 0) AS outstanding,
               s.principal - l.disbursed + coalesce(p.principal, 0) AS settled,
               t.overdue_interest = 'AS_SCHEDULED' AS counts_interest,
               -- What was brought from the schedule before is due at once.
               CASE WHEN s.starts_on < s.counted_on THEN s.brought_interest ELSE 0 END - coalesce(p.interest, 0) AS interest
        FROM schedules s
        JOIN app.loans l ON l.tenant_id = s.tenant_id AND l.id = s.loan_id
        JOIN app.loan_terms t ON t.tenant_id = s.tenant_id AND t.id = s.terms_id
        LEFT JOIN paid p ON p.tenant_id = s.tenant_id AND p.loan_id = s.loan_id
        WHERE l.tenant_id = ANY (tenants) AND t.tenant_id = ANY (tenants) AND l.disbursed > coalesce(p.principal, 0)
    ), fallen AS (
        SELECT i.tenant_id, i.loan_id, i.due_on, sum(i.principal) OVER w - o.settled AS principal,
               CASE WHEN o.counts_interest THEN sum(i.interest) OVER w + o.interest ELSE 0 END AS interest
        FROM app.loan_instalments i
        JOIN owed o
            ON o.tenant_id = i.tenant_id AND o.id = i.loan_id AND o.schedule = i.schedule AND i.due_on < o.counted_on
        WHERE i.tenant_id = ANY (tenants)
        WINDOW w AS (PARTITION BY i.loan_id, i.tenant_id ORDER BY i.number ROWS UNBOUNDED PRECEDING)
    ), late AS (
        SELECT f.tenant_id, f.loan_id, max(f.principal) AS principal, max(f.interest) AS interest,
               min(f.due_on) FILTER (WHERE f.principal > 0 OR f.interest > 0) AS since
        FROM fallen f GROUP BY f.loan_id, f.tenant_id
    ), found AS (
        SELECT o.*, greatest(e.principal, 0) AS overdue_principal,
               CASE WHEN o.counts_interest THEN greatest(e.interest, o.interest, 0) ELSE 0 END AS overdue_interest,
               CASE WHEN o.counts_interest AND o.interest > 0 THEN o.starts_on ELSE e.since END AS since
        FROM owed o LEFT JOIN late e ON e.tenant_id = o.tenant_id AND e.loan_id = o.id
    )
    SELECT f.tenant_id, f.id, f.number, f.member_id, f.officer_id, f.currency, f.fund, f.counted_on, f.outstanding,
           f.overdue_principal, f.overdue_interest, f.since, coalesce(f.counted_on - f.since, 0)
    FROM found f
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
