-- What each member owes of the principal of her loans, by the loans and by the book: what was paid out less what was paid of it,
-- by the payments that stand. What came with opening balances has no loan here.
CREATE FUNCTION ledger.loan_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'LOAN_PRINCIPAL', max(b.last_entry)
    FROM (
        SELECT CASE x.fund WHEN 'SOCIAL_FUND' THEN '1325' ELSE '1320' END AS code, x.member_id, sum(x.amount) AS principal
        FROM (
            SELECT l.fund, l.member_id, l.disbursed AS amount
            FROM app.loans l WHERE l.tenant_id = tenant AND l.disbursed IS NOT NULL
            UNION ALL
            SELECT l.fund, p.member_id, -p.principal
            FROM app.loan_payments p
            JOIN app.loans l ON l.tenant_id = p.tenant_id AND l.id = p.loan_id
            WHERE p.tenant_id = tenant AND NOT EXISTS (
                SELECT FROM ledger.entries r WHERE r.tenant_id = tenant AND r.reverses_id = p.id
            )
        ) x
        GROUP BY 1, 2
    ) o
    FULL JOIN (
        SELECT a.code, l.member_id, sum(l.amount) FILTER (WHERE l.kind <> 'OPENING_BALANCES') AS principal,
               max(l.entry_number) AS last_entry
        FROM ledger.accounts a
        JOIN ledger.lines l ON l.tenant_id = a.tenant_id AND l.account_id = a.id AND l.member_id IS NOT NULL
        WHERE a.tenant_id = tenant AND a.code IN ('1320', '1325')
        GROUP BY a.code, l.member_id
    ) b ON b.code = o.code AND b.member_id = o.member_id
    WHERE coalesce(o.principal, 0) <> coalesce(b.principal, 0)
    HAVING count(*) > 0
$$;
