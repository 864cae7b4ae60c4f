-- Recomputes a whole book from its lines: chain, balances after each line, balances, meeting totals, contributions.
-- One row for each kind of fault, naming the first bad entry where there is one; no row is a sound book.
CREATE FUNCTION ledger.find_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head ledger.heads;
    entry record;
    previous bytea := decode(repeat('00', 32), 'hex');
    expected bigint := 0;
    gap bigint; broken bigint; unbalanced bigint; misnamed bigint;
BEGIN
    IF current_setting('role') <> 'kibubu_owner' AND NOT app.allows('book', 'read', tenant) THEN
        RAISE EXCEPTION 'no such book' USING ERRCODE = 'KB404';
    END IF;
    SELECT * INTO head FROM ledger.heads h WHERE h.tenant_id = tenant;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such book' USING ERRCODE = 'KB404';
    END IF;
    FOR entry IN
        SELECT e.*, l.lines_count, l.bytes, l.is_balanced, l.members
        FROM ledger.entries e
        LEFT JOIN (
            SELECT x.entry_number, count(*)::integer AS lines_count,
                   string_agg(
                       ledger.line_bytes(x.account_id, x.member_id, x.currency, x.amount, x.base_amount, x.shares),
                       ''::bytea
                       ORDER BY x.line_number
                   ) AS bytes,
                   array_agg(x.member_id) AS members,
                   sum(x.base_amount) = 0 AND count(*) >= 2 AND bool_and(x.currency = head.base_currency) AND sum(x.amount) = 0
                       AS is_balanced
            FROM ledger.lines x WHERE x.tenant_id = tenant GROUP BY x.entry_number
        ) l ON l.entry_number = e.number
        WHERE e.tenant_id = tenant
        ORDER BY e.number
    LOOP
        IF gap IS NULL AND entry.number <> expected + 1 THEN
            gap := expected + 1;
        END IF;
        expected := entry.number;
        IF unbalanced IS NULL AND entry.is_balanced IS NOT TRUE THEN
            unbalanced := entry.number;
        END IF;
        IF broken IS NULL AND entry.hash IS DISTINCT FROM ledger.entry_hash(
            tenant, previous, entry.number, entry.id, entry.kind, entry.booked_at, entry.effective_on, entry.meeting_id,
            entry.reverses_id, entry.actor_id, coalesce(entry.lines_count, 0), coalesce(entry.bytes, '')
        ) THEN
            broken := entry.number;
        END IF;
        -- Who may see an entry goes by its member, which is hashed on the lines alone.
        IF misnamed IS NULL AND entry.member_id IS NOT NULL
            AND NOT coalesce(entry.member_id = ANY (entry.members), false)
        THEN
            misnamed := entry.number;
        END IF;
        previous := entry.hash;
    END LOOP;
    SELECT least(gap, min(l.entry_number)) INTO gap FROM ledger.lines l
    WHERE l.tenant_id = tenant AND NOT EXISTS (
        SELECT FROM ledger.entries e WHERE e.tenant_id = tenant AND e.number = l.entry_number
    );
    IF gap IS NOT NULL THEN
        RETURN QUERY SELECT 'NUMBER_MISSING', gap;
    END IF;
    IF unbalanced IS NOT NULL THEN
        RETURN QUERY SELECT 'UNBALANCED', unbalanced;
    END IF;
    IF broken IS NOT NULL THEN
        RETURN QUERY SELECT 'HASH_BROKEN', broken;
    END IF;
    IF misnamed IS NOT NULL THEN
        RETURN QUERY SELECT 'ENTRY_MEMBER', misnamed;
    END IF;
    IF head.entry_number <> expected OR head.entry_hash <> previous THEN
        RETURN QUERY SELECT 'HEAD_DIFFERS', head.entry_number;
    END IF;
    RETURN QUERY
        SELECT 'ACCOUNT_BALANCE_AFTER', min(x.entry_number)
        FROM (
            SELECT l.entry_number, l.account_balance_after,
                   sum(l.amount) OVER (PARTITION BY l.account_id ORDER BY l.entry_number, l.line_number) AS running
            FROM ledger.lines l WHERE l.tenant_id = tenant
        ) x WHERE x.running <> x.account_balance_after HAVING count(*) > 0;
    RETURN QUERY
        SELECT 'MEMBER_BALANCE_AFTER', min(x.entry_number)
        FROM (
            SELECT l.entry_number, l.member_balance_after,
                   sum(l.amount) OVER (
                       PARTITION BY l.account_id, l.member_id ORDER BY l.entry_number, l.line_number
                   ) AS running
            FROM ledger.lines l WHERE l.tenant_id = tenant AND l.member_id IS NOT NULL
        ) x WHERE x.running <> x.member_balance_after HAVING count(*) > 0;
    RETURN QUERY
        SELECT 'ACCOUNT_BALANCE', max(s.last_entry)
        FROM (SELECT * FROM ledger.account_balances m WHERE m.tenant_id = tenant) b
        FULL JOIN (
            SELECT l.account_id, sum(l.amount) AS total, max(l.entry_number) AS last_entry
            FROM ledger.lines l WHERE l.tenant_id = tenant GROUP BY l.account_id
        ) s ON s.account_id = b.account_id
        WHERE coalesce(b.balance, 0) <> coalesce(s.total, 0)
        HAVING count(*) > 0;
    RETURN QUERY
        SELECT 'MEMBER_BALANCE', max(s.last_entry)
        FROM (SELECT * FROM ledger.member_balances m WHERE m.tenant_id = tenant) b
        FULL JOIN (
            SELECT l.account_id, l.member_id, sum(l.amount) AS total, max(l.entry_number) AS last_entry
            FROM ledger.lines l WHERE l.tenant_id = tenant AND l.member_id IS NOT NULL GROUP BY l.account_id, l.member_id
        ) s ON s.account_id = b.account_id AND s.member_id = b.member_id
        WHERE coalesce(b.balance, 0) <> coalesce(s.total, 0)
        HAVING count(*) > 0;
    RETURN QUERY
        SELECT 'MOVEMENT', max(s.last_entry)
        FROM (SELECT * FROM ledger.movements m WHERE m.tenant_id = tenant) b
        FULL JOIN (
            SELECT e.effective_on, coalesce(e.meeting_id, tenant) AS meeting_key, e.kind, l.account_id, sum(l.amount) AS total,
                   count(*) AS lines, max(e.number) AS last_entry
            FROM ledger.entries e
            JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
            WHERE e.tenant_id = tenant
            GROUP BY e.effective_on, coalesce(e.meeting_id, tenant), e.kind, l.account_id
        ) s ON s.effective_on = b.effective_on AND s.meeting_key = b.meeting_key AND s.kind = b.kind
            AND s.account_id = b.account_id
        WHERE coalesce(b.amount, 0) <> coalesce(s.total, 0) OR coalesce(b.lines_count, 0) <> coalesce(s.lines, 0)
        HAVING count(*) > 0;
    RETURN QUERY
        SELECT 'CONTRIBUTION', min(coalesce(c.entry_number, e.number))
        FROM (SELECT * FROM app.contributions x WHERE x.tenant_id = tenant) c
        FULL JOIN (
            SELECT * FROM ledger.entries x
            WHERE x.tenant_id = tenant AND x.kind IN ('SHARE_PURCHASE', 'SAVINGS_DEPOSIT', 'SOCIAL_FUND_CONTRIBUTION')
              AND x.reverses_id IS NULL
        ) e ON e.number = c.entry_number
        WHERE e.id IS DISTINCT FROM c.id OR e.meeting_id IS DISTINCT FROM c.meeting_id
           OR e.kind <> app.entry_kind(c.kind)
           OR NOT EXISTS (
               SELECT FROM ledger.lines l
               WHERE l.tenant_id = tenant AND l.entry_number = c.entry_number AND l.member_id = c.member_id
                 AND l.amount = -c.amount AND l.currency = c.currency AND l.shares IS NOT DISTINCT FROM c.shares
           )
           OR NOT EXISTS (
               SELECT FROM ledger.lines l
               JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
               WHERE l.tenant_id = tenant AND l.entry_number = c.entry_number AND l.amount = c.amount AND a.place = c.place
           )
        HAVING count(*) > 0;
END
$$;
