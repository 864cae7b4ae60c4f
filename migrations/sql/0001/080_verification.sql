-- Recomputes a whole book from its lines, and all that is kept beside them. Each function below looks at one side of it and
-- gives a row for each kind of fault, naming the first bad entry where there is one. With n lines each takes one pass in the
-- order of an index, or one sort; what is beside the lines (accounts, reversals, drafts, holds, closings) is looked up.

-- The chain: numbers without gaps, lines that balance and repeat what their entry says, hashes.
CREATE FUNCTION ledger.chain_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    amount_limit CONSTANT numeric := 100000000000000;
    head ledger.heads;
    entry record;
    previous bytea := decode(repeat('00', 32), 'hex');
    expected bigint := 0;
    gap bigint; broken bigint; unbalanced bigint; misnamed bigint; misshapen bigint; differing bigint;
    loan_classes CONSTANT text[] := '{1320,1325,1330,1340,2110}';
    any_lines text[] := ARRAY(SELECT k.kind FROM ledger.entry_kinds k WHERE k.kind = ANY (k.shapes));
    -- The kinds of few shapes first, since most entries are of those.
    shapes text[] := ARRAY(SELECT unnest(s.shapes) FROM (SELECT k.shapes FROM ledger.entry_kinds k ORDER BY cardinality(k.shapes)) s);
    debited text;
    credited text;
    class text;
    moves_loans boolean;
    accounts uuid[];
    classes text[];
BEGIN
    SELECT * INTO head FROM ledger.heads h WHERE h.tenant_id = tenant;
    -- Looked up entry by entry, so that the lines are read in the order of their index and joined with nothing more.
    SELECT array_agg(a.id), array_agg(ledger.account_class(a.code, a.type, a.fund, a.place)) INTO accounts, classes
    FROM ledger.accounts a WHERE a.tenant_id = tenant;
    FOR entry IN
        SELECT e.*, count(x.entry_number)::integer AS lines_count,
               string_agg(
                   CASE WHEN abs(x.base_amount) <= amount_limit THEN
                       ledger.line_bytes(x.account_id, x.member_id, x.currency, x.amount, x.base_amount, x.shares)
                   END,
                   ''::bytea ORDER BY x.line_number
               ) AS bytes,
               sum(x.base_amount) = 0 AND sum(x.amount) = 0 AND count(*) >= 2 AND bool_and(x.currency = head.base_currency)
                   AS is_balanced,
               min(x.line_number) = 1 AND max(x.line_number) = count(*) AS is_counted,
               bool_and(x.kind = e.kind AND x.effective_on = e.effective_on) AS is_repeated,
               count(x.member_id) AS members_count,
               count(x.member_id) FILTER (WHERE x.member_id = e.member_id) AS times_named,
               array_agg(x.account_id ORDER BY x.line_number) AS accounts,
               array_agg(x.amount > 0 ORDER BY x.line_number) AS are_debits,
               array_agg(x.member_id IS NOT NULL ORDER BY x.line_number) AS are_named,
               isfinite(e.booked_at) AND isfinite(e.effective_on) AND octet_length(e.kind) < 32768 AS has_bytes
        FROM ledger.entries e
        LEFT JOIN ledger.lines x ON x.tenant_id = e.tenant_id AND x.entry_number = e.number
        WHERE e.tenant_id = tenant
        GROUP BY e.tenant_id, e.number
        ORDER BY e.number
    LOOP
        IF gap IS NULL AND entry.number <> expected + 1 THEN
            gap := expected + 1;
        ELSIF gap IS NULL AND NOT entry.is_counted THEN
            gap := entry.number;
        END IF;
        expected := entry.number;
        IF unbalanced IS NULL AND entry.is_balanced IS NOT TRUE THEN
            unbalanced := entry.number;
        END IF;
        -- What the specification has no bytes for cannot have been posted.
        IF broken IS NULL AND (NOT entry.has_bytes OR entry.hash IS DISTINCT FROM ledger.entry_hash(
            tenant, previous, entry.number, entry.id, entry.kind, entry.booked_at, entry.effective_on, entry.meeting_id,
            entry.reverses_id, entry.actor_id, entry.lines_count, coalesce(entry.bytes, '')
        )) THEN
            broken := entry.number;
        END IF;
        -- Who may see an entry goes by its member, which is hashed on the lines alone.
        IF misnamed IS NULL AND (
            (entry.member_id IS NOT NULL AND entry.times_named = 0)
            OR (entry.members_count <> entry.times_named AND entry.kind NOT IN ('MANUAL_ENTRY', 'OPENING_BALANCES'))
        ) THEN
            misnamed := entry.number;
        END IF;
        -- A reversal has the shape of what it mirrors.
        IF misshapen IS NULL AND entry.reverses_id IS NULL THEN
            debited := '';
            credited := '';
            moves_loans := false;
            FOR i IN 1 .. entry.lines_count LOOP
                class := classes[array_position(accounts, entry.accounts[i])];
                moves_loans := moves_loans OR class = ANY (loan_classes);
                class := ' ' || coalesce(class, '') || CASE WHEN entry.are_named[i] THEN '*' ELSE '' END;
                IF entry.are_debits[i] THEN
                    debited := debited || class;
                ELSE
                    credited := credited || class;
                END IF;
            END LOOP;
            IF (CASE
                WHEN entry.kind = ANY (any_lines) THEN moves_loans AND entry.kind <> 'OPENING_BALANCES'
                ELSE NOT entry.kind || debited || ' /' || credited = ANY (shapes)
            END) THEN
                misshapen := entry.number;
            END IF;
        END IF;
        IF differing IS NULL AND NOT entry.is_repeated THEN
            differing := entry.number;
        END IF;
        previous := entry.hash;
    END LOOP;
    SELECT least(gap, min(l.entry_number)) INTO gap FROM ledger.lines l
    WHERE l.tenant_id = tenant AND NOT EXISTS (
        SELECT FROM ledger.entries e WHERE e.tenant_id = tenant AND e.number = l.entry_number
    );
    RETURN QUERY
        SELECT f.fault, f.entry_number
        FROM (VALUES
            ('NUMBER_MISSING', gap), ('UNBALANCED', unbalanced), ('HASH_BROKEN', broken), ('ENTRY_MEMBER', misnamed),
            ('SHAPE', misshapen), ('LINE_DIFFERS', differing)
        ) f (fault, entry_number)
        WHERE f.entry_number IS NOT NULL;
    IF head.entry_number <> expected OR head.entry_hash <> previous THEN
        RETURN QUERY SELECT 'HEAD_DIFFERS', head.entry_number;
    END IF;
END
$$;

-- What each line says that it left behind, and on which side that is.
CREATE FUNCTION ledger.running_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'ACCOUNT_BALANCE_AFTER', min(x.entry_number)
    FROM (
        SELECT l.entry_number, l.account_balance_after,
               sum(l.amount) OVER (PARTITION BY l.account_id ORDER BY l.entry_number, l.line_number) AS running
        FROM ledger.lines l WHERE l.tenant_id = tenant
    ) x WHERE x.running <> x.account_balance_after HAVING count(*) > 0
    UNION ALL
    SELECT f.fault, f.entry_number
    FROM (
        SELECT min(x.entry_number) FILTER (WHERE x.running IS DISTINCT FROM x.member_balance_after) AS wrong,
               min(x.entry_number) FILTER (
                   WHERE (a.member_side = 'DEBIT' AND x.running < 0) OR (a.member_side = 'CREDIT' AND x.running > 0)
                      OR x.shares < 0
               ) AS beyond
        FROM (
            SELECT l.entry_number, l.account_id, l.member_balance_after,
                   sum(l.amount) OVER hers AS running, sum(l.shares) OVER hers AS shares
            FROM ledger.lines l WHERE l.tenant_id = tenant AND l.member_id IS NOT NULL
            WINDOW hers AS (PARTITION BY l.account_id, l.member_id ORDER BY l.entry_number, l.line_number)
            UNION ALL
            SELECT l.entry_number, l.account_id, l.member_balance_after, NULL, NULL
            FROM ledger.lines l
            WHERE l.tenant_id = tenant AND l.member_id IS NULL AND l.member_balance_after IS NOT NULL
        ) x
        LEFT JOIN ledger.accounts a ON a.tenant_id = tenant AND a.id = x.account_id
    ) b
    CROSS JOIN LATERAL (VALUES ('MEMBER_BALANCE_AFTER', b.wrong), ('MEMBER_SIDE', b.beyond)) f (fault, entry_number)
    WHERE f.entry_number IS NOT NULL
$$;

-- The rows that the posting moves: balances, shares, movements.
CREATE FUNCTION ledger.sum_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'ACCOUNT_BALANCE', max(s.last_entry)
    FROM (SELECT * FROM ledger.account_balances m WHERE m.tenant_id = tenant) b
    FULL JOIN (
        SELECT l.account_id, sum(l.amount) AS total, max(l.entry_number) AS last_entry
        FROM ledger.lines l WHERE l.tenant_id = tenant GROUP BY l.account_id
    ) s ON s.account_id = b.account_id
    WHERE coalesce(b.balance, 0) <> coalesce(s.total, 0)
    HAVING count(*) > 0
    UNION ALL
    SELECT f.fault, f.entry_number
    FROM (
        SELECT count(*) FILTER (WHERE coalesce(b.balance, 0) <> coalesce(s.total, 0)) AS wrong,
               max(s.last_entry) FILTER (WHERE coalesce(b.balance, 0) <> coalesce(s.total, 0)) AS wrong_entry,
               count(*) FILTER (WHERE coalesce(b.shares, 0) <> coalesce(s.shares, 0)) AS miscounted,
               max(s.last_entry) FILTER (WHERE coalesce(b.shares, 0) <> coalesce(s.shares, 0)) AS miscounted_entry
        FROM (SELECT * FROM ledger.member_balances m WHERE m.tenant_id = tenant) b
        FULL JOIN (
            SELECT l.account_id, l.member_id, sum(l.amount) AS total, sum(l.shares) AS shares,
                   max(l.entry_number) AS last_entry
            FROM ledger.lines l WHERE l.tenant_id = tenant AND l.member_id IS NOT NULL GROUP BY l.account_id, l.member_id
        ) s ON s.account_id = b.account_id AND s.member_id = b.member_id
    ) c
    CROSS JOIN LATERAL (VALUES
        ('MEMBER_BALANCE', c.wrong, c.wrong_entry), ('MEMBER_SHARES', c.miscounted, c.miscounted_entry)
    ) f (fault, times, entry_number)
    WHERE f.times > 0
    UNION ALL
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
    HAVING count(*) > 0
$$;

-- The accounts: they are as the chart has them, stand below headings of their type, in the currency of the book; what takes
-- entries has a balance, what is closed has none left; and each line could be posted on its account.
CREATE FUNCTION ledger.account_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'ACCOUNT', min(x.entry_number)
    FROM (
        SELECT min(l.entry_number) AS entry_number
        FROM ledger.lines l
        LEFT JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
        WHERE l.tenant_id = tenant AND (
            a.id IS NULL OR NOT a.is_postable OR a.currency <> l.currency OR (a.needs_member AND l.member_id IS NULL)
            OR a.counts_shares <> (l.shares IS NOT NULL)
        )
        HAVING count(*) > 0
        UNION ALL
        SELECT NULL
        FROM ledger.accounts a
        JOIN ledger.heads h ON h.tenant_id = a.tenant_id
        LEFT JOIN ledger.accounts p ON p.tenant_id = a.tenant_id AND p.id = a.parent_id
        LEFT JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
        WHERE a.tenant_id = tenant AND (
            a.currency <> h.base_currency OR a.is_postable <> (b.account_id IS NOT NULL)
            OR (a.parent_id IS NOT NULL AND (p.id IS NULL OR p.is_postable OR p.type <> a.type))
            OR (a.closed_at IS NOT NULL AND (b.balance <> 0 OR b.held <> 0))
        )
        UNION ALL
        SELECT NULL FROM ledger.misplaced_accounts(tenant)
        UNION ALL
        SELECT NULL
        FROM ledger.member_balances b
        JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
        WHERE b.tenant_id = tenant AND a.closed_at IS NOT NULL AND b.balance <> 0
    ) x
    HAVING count(*) > 0
$$;

-- The entries that take others back: each is the mirror of one before it, which is no reversal itself.
CREATE FUNCTION ledger.reversal_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'REVERSAL', min(r.number)
    FROM ledger.entries r
    LEFT JOIN ledger.entries o
        ON o.tenant_id = r.tenant_id AND o.id = r.reverses_id AND o.number < r.number AND o.reverses_id IS NULL
    WHERE r.tenant_id = tenant AND r.reverses_id IS NOT NULL AND (
        o.id IS NULL OR o.kind <> r.kind OR o.member_id IS DISTINCT FROM r.member_id
        OR (
            SELECT array_agg(
                ROW (l.account_id, l.member_id, l.currency, l.amount, l.base_amount, l.shares) ORDER BY l.line_number
            ) FROM ledger.lines l WHERE l.tenant_id = tenant AND l.entry_number = o.number
        ) IS DISTINCT FROM (
            SELECT array_agg(
                ROW (l.account_id, l.member_id, l.currency, -l.amount, -l.base_amount, -l.shares) ORDER BY l.line_number
            ) FROM ledger.lines l WHERE l.tenant_id = tenant AND l.entry_number = r.number
        )
    )
    HAVING count(*) > 0
$$;

-- The closed periods: each names the head of its moment, no entry after it counts for a closed day, and the head of the book
-- knows the last.
CREATE FUNCTION ledger.closing_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH closings AS (
        SELECT c.entry_number, c.entry_hash, c.closed_through,
               lag(c.closed_through, 1, '1989-12-31') OVER earlier AS closed_before,
               max(c.closed_through) OVER earlier AS closed,
               lead(c.entry_number, 1, 9223372036854775807) OVER earlier AS last_number
        FROM ledger.closings c WHERE c.tenant_id = tenant
        WINDOW earlier AS (ORDER BY c.entry_number, c.closed_through)
    )
    SELECT 'CLOSING', min(x.entry_number)
    FROM (
        SELECT c.entry_number
        FROM closings c
        LEFT JOIN ledger.entries e ON e.tenant_id = tenant AND e.number = c.entry_number
        WHERE c.closed_through <= c.closed_before OR c.entry_hash IS DISTINCT FROM
            CASE WHEN c.entry_number = 0 THEN decode(repeat('00', 32), 'hex') ELSE e.hash END
        UNION ALL
        SELECT e.number
        FROM closings c
        JOIN ledger.entries e
            ON e.tenant_id = tenant AND e.number > c.entry_number AND e.number <= c.last_number AND e.effective_on <= c.closed
        UNION ALL
        SELECT NULL
        FROM ledger.heads h
        WHERE h.tenant_id = tenant
          AND h.closed_through <> coalesce((SELECT max(c.closed_through) FROM closings c), '1989-12-31')
    ) x
    HAVING count(*) > 0
$$;

-- What members see of an entry beside the book: their contribution, and the words.
CREATE FUNCTION ledger.record_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'CONTRIBUTION', min(coalesce(c.entry_number, e.number))
    FROM (SELECT * FROM app.contributions x WHERE x.tenant_id = tenant) c
    FULL JOIN (
        SELECT * FROM ledger.entries x
        WHERE x.tenant_id = tenant AND x.kind IN ('SHARE_PURCHASE', 'SAVINGS_DEPOSIT', 'SOCIAL_FUND_CONTRIBUTION', 'OTHER_CONTRIBUTION')
          AND x.reverses_id IS NULL
    ) e ON e.number = c.entry_number
    WHERE e.id IS DISTINCT FROM c.id OR e.meeting_id IS DISTINCT FROM c.meeting_id OR e.kind <> app.entry_kind(c.kind)
       OR e.actor_id IS DISTINCT FROM c.recorded_by
       OR NOT EXISTS (
           SELECT FROM ledger.lines l
           WHERE l.tenant_id = tenant AND l.entry_number = c.entry_number AND l.member_id = c.member_id
             AND l.amount = -c.amount AND l.currency = c.currency AND l.shares IS NOT DISTINCT FROM c.shares
       )
       OR NOT EXISTS (
           SELECT FROM ledger.lines l
           JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
           WHERE l.tenant_id = tenant AND l.entry_number = c.entry_number AND l.amount = c.amount AND a.place = c.place
             AND a.fund = CASE c.kind WHEN 'SOCIAL_FUND' THEN 'SOCIAL_FUND' WHEN 'OTHER' THEN a.fund ELSE 'LOAN_FUND' END
       )
    HAVING count(*) > 0
    UNION ALL
    SELECT 'VOUCHER', min(e.number)
    FROM app.vouchers v
    LEFT JOIN ledger.entries e ON e.tenant_id = v.tenant_id AND e.id = v.id
    WHERE v.tenant_id = tenant AND (e.id IS NULL OR e.member_id IS DISTINCT FROM v.member_id)
    HAVING count(*) > 0
$$;

-- What was decided by two officers, and what was set aside.
CREATE FUNCTION ledger.approval_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'DRAFT', min(x.number)
    FROM (
        SELECT e.number
        FROM app.drafts d
        LEFT JOIN ledger.entries e ON e.tenant_id = d.tenant_id AND e.id = d.id
        WHERE d.tenant_id = tenant AND CASE WHEN d.status = 'POSTED' THEN
            ROW (d.kind, d.effective_on, d.meeting_id, d.member_id, d.reverses_id, d.decided_by) IS DISTINCT FROM
                ROW (e.kind, e.effective_on, e.meeting_id, e.member_id, e.reverses_id, e.actor_id)
            OR d.drafted_by = e.actor_id
            OR ROW (d.line_accounts, d.line_members, d.line_amounts, d.line_shares) IS DISTINCT FROM (
                SELECT ROW (
                    array_agg(l.account_id ORDER BY l.line_number), array_agg(l.member_id ORDER BY l.line_number),
                    array_agg(l.amount ORDER BY l.line_number), array_agg(l.shares ORDER BY l.line_number)
                ) FROM ledger.lines l WHERE l.tenant_id = tenant AND l.entry_number = e.number
            )
        ELSE e.id IS NOT NULL END
        UNION ALL
        SELECT e.number
        FROM ledger.entries e
        JOIN ledger.entry_kinds k ON k.kind = e.kind AND k.needs_approval
        WHERE e.tenant_id = tenant AND NOT EXISTS (
            SELECT FROM app.drafts d WHERE d.tenant_id = tenant AND d.id = e.id AND d.status = 'POSTED'
        )
    ) x
    HAVING count(*) > 0
    UNION ALL
    SELECT 'HOLD', NULL
    WHERE EXISTS (
        SELECT FROM (SELECT * FROM ledger.account_balances m WHERE m.tenant_id = tenant) b
        FULL JOIN (
            SELECT h.account_id, sum(h.amount) AS total FROM ledger.holds h
            WHERE h.tenant_id = tenant AND h.outcome IS NULL GROUP BY h.account_id
        ) s ON s.account_id = b.account_id
        WHERE coalesce(b.held, 0) <> coalesce(s.total, 0)
    ) OR EXISTS (
        SELECT FROM ledger.holds h
        WHERE h.tenant_id = tenant AND (
            (h.ended_by IS NOT NULL) <> coalesce(h.outcome <> 'EXPIRED', false)
            OR (h.outcome = 'USED' AND NOT EXISTS (
                SELECT FROM ledger.entries e
                JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
                WHERE e.tenant_id = tenant AND e.id = h.entry_id AND e.booked_at >= h.placed_at
                  AND isfinite(e.booked_at) AND isfinite(h.placed_at)
                  AND l.account_id = h.account_id AND l.amount < 0
            ))
        )
    )
$$;

-- All that is wrong with a book; no row is a sound book.
CREATE FUNCTION ledger.find_faults(tenant uuid) RETURNS TABLE (fault text, entry_number bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('role') <> 'kibubu_owner' AND NOT app.allows('book', 'read', tenant) THEN
        RAISE EXCEPTION 'no such book' USING ERRCODE = 'KB404';
    END IF;
    PERFORM FROM ledger.heads h WHERE h.tenant_id = tenant;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such book' USING ERRCODE = 'KB404';
    END IF;
    RETURN QUERY SELECT * FROM ledger.chain_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.running_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.sum_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.account_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.reversal_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.closing_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.record_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.approval_faults(tenant);
    RETURN QUERY SELECT * FROM ledger.loan_faults(tenant);
END
$$;
