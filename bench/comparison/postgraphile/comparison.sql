-- What PostGraphile serves beside the tables: made in the measured database alone, by a superuser, after the migrations.
-- Everything runs as its caller, so the policies of the tables decide here too.
CREATE SCHEMA comparison;

GRANT USAGE ON SCHEMA comparison TO kibubu_app;

-- Computed columns, as PostGraphile's manual has them: what persistence/reads computes, row by row.
CREATE FUNCTION comparison.groups_member_count(g app.groups) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT count(*) FROM app.members m WHERE m.tenant_id = g.tenant_id AND m.status = 'ACTIVE' AND m.left_on IS NULL
$$;

CREATE FUNCTION comparison.members_shares(m app.members) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(sum(b.shares), 0) FROM ledger.member_balances b WHERE b.tenant_id = m.tenant_id AND b.member_id = m.id
$$;

CREATE FUNCTION comparison.members_shares_value(m app.members) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(sum(-b.balance), 0)
    FROM ledger.member_balances b
    JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
    WHERE b.tenant_id = m.tenant_id AND b.member_id = m.id AND a.code = '3100'
$$;

CREATE FUNCTION comparison.members_social_fund_paid(m app.members) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(sum(-b.balance), 0)
    FROM ledger.member_balances b
    JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id
    WHERE b.tenant_id = m.tenant_id AND b.member_id = m.id AND a.code = '3200'
$$;

CREATE TYPE comparison.meeting_total AS (kind text, amount numeric, entry_count bigint);

CREATE FUNCTION comparison.meetings_totals(m app.meetings) RETURNS SETOF comparison.meeting_total
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
AS $$
    SELECT t.kind, sum(t.amount), sum(t.lines_count)
    FROM ledger.movements t
    JOIN ledger.accounts a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
    WHERE t.tenant_id = m.tenant_id AND t.meeting_id = m.id AND a.place IS NOT NULL
    GROUP BY t.kind
    ORDER BY t.kind
$$;

CREATE TYPE comparison.fund_balance AS (fund text, balance numeric);

CREATE FUNCTION comparison.groups_fund_balances(g app.groups) RETURNS SETOF comparison.fund_balance
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
AS $$
    SELECT a.fund, sum(b.balance)
    FROM ledger.accounts a
    JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
    WHERE a.tenant_id = g.tenant_id AND a.place IS NOT NULL
    GROUP BY a.fund
    ORDER BY a.fund
$$;

CREATE FUNCTION comparison.viewer() RETURNS app.users
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT u.* FROM app.users u WHERE u.id = (SELECT app.user_id())
$$;

-- The mutation. It claims the key, checks what the service checks of such a sheet, posts, and returns the contributions:
-- one statement where the service sends several. A refused item refuses the sheet, which the service does item by item.
CREATE TYPE comparison.sheet_item AS (id uuid, member_id uuid, kind text, shares integer, amount numeric);

CREATE FUNCTION comparison.record_contributions(
    group_id uuid, meeting_id uuid, idempotency_key uuid, items comparison.sheet_item[]
) RETURNS SETOF app.contributions
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    claimed record;
    facts record;
    cash_loans uuid;
    cash_social uuid;
    shares_account uuid;
    social_account uuid;
    ids uuid[];
BEGIN
    PERFORM app.enter_write(ARRAY[group_id]);
    SELECT * INTO claimed FROM app.claim_key(
        group_id, idempotency_key, 'contributionsRecord', ARRAY[sha256(convert_to(meeting_id::text || items::text, 'UTF8'))]
    );
    IF claimed.claim = 'REUSED' THEN
        RAISE EXCEPTION 'the key was used for another sheet' USING ERRCODE = 'KB409';
    ELSIF claimed.claim = 'REPLAY' THEN
        RETURN QUERY SELECT c.* FROM app.contributions c
            JOIN ledger.entries e ON e.tenant_id = c.tenant_id AND e.number = c.entry_number
            WHERE e.tenant_id = group_id AND e.command_key = idempotency_key ORDER BY e.ordinal;
        RETURN;
    END IF;
    SELECT g.currency, c.share_price, c.shares_min, c.shares_max, m.status, m.held_on INTO facts
    FROM app.groups g
    JOIN app.constitutions c ON c.tenant_id = g.tenant_id AND c.version = g.constitution_version
    JOIN app.meetings m ON m.tenant_id = g.tenant_id AND m.id = meeting_id
    WHERE g.tenant_id = group_id;
    IF facts.status IS DISTINCT FROM 'OPEN' THEN
        RAISE EXCEPTION 'the meeting is not open' USING ERRCODE = 'KB409';
    END IF;
    PERFORM FROM unnest(items) i
    LEFT JOIN app.members x ON x.tenant_id = group_id AND x.id = i.member_id AND x.status = 'ACTIVE' AND x.left_on IS NULL
    WHERE x.id IS NULL OR (i.kind = 'SHARE') <> (i.shares IS NOT NULL) OR (i.kind = 'SOCIAL_FUND' AND i.amount IS NULL)
       OR i.amount <= 0;
    IF FOUND THEN
        RAISE EXCEPTION 'an item is refused' USING ERRCODE = 'KB409';
    END IF;
    PERFORM FROM (
        SELECT i.member_id, sum(i.shares) AS bought FROM unnest(items) i WHERE i.shares IS NOT NULL GROUP BY i.member_id
    ) i
    WHERE i.bought + coalesce((
        SELECT sum(k.shares) FROM app.contributions k
        WHERE k.tenant_id = group_id AND k.meeting_id = record_contributions.meeting_id AND k.member_id = i.member_id
          AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = k.tenant_id AND r.reverses_id = k.id)
    ), 0) NOT BETWEEN facts.shares_min AND facts.shares_max;
    IF FOUND THEN
        RAISE EXCEPTION 'shares outside the limits' USING ERRCODE = 'KB409';
    END IF;
    SELECT min(a.id::text) FILTER (WHERE a.place = 'BOX' AND a.fund = 'LOAN_FUND'),
           min(a.id::text) FILTER (WHERE a.place = 'BOX' AND a.fund = 'SOCIAL_FUND'),
           min(a.id::text) FILTER (WHERE a.code = '3100'),
           min(a.id::text) FILTER (WHERE a.code = '3200')
    INTO cash_loans, cash_social, shares_account, social_account
    FROM ledger.accounts a WHERE a.tenant_id = group_id;
    ids := ARRAY(SELECT i.id FROM unnest(items) WITH ORDINALITY i (id, member_id, kind, shares, amount, n) ORDER BY i.n);
    PERFORM app.post_contributions(
        group_id, idempotency_key, ids,
        array_agg(CASE p.kind WHEN 'SHARE' THEN 'SHARE_PURCHASE' ELSE 'SOCIAL_FUND_CONTRIBUTION' END ORDER BY p.i),
        array_agg(facts.held_on ORDER BY p.i), array_agg(meeting_id ORDER BY p.i), array_agg(p.member_id ORDER BY p.i),
        array_agg(NULL::uuid ORDER BY p.i), array_agg(2 ORDER BY p.i),
        (SELECT array_agg(l.account ORDER BY q.i, l.side) FROM unnest(items) WITH ORDINALITY q (id, member_id, kind, shares, amount, i)
         CROSS JOIN LATERAL (VALUES
             (1, CASE q.kind WHEN 'SHARE' THEN cash_loans ELSE cash_social END),
             (2, CASE q.kind WHEN 'SHARE' THEN shares_account ELSE social_account END)) l (side, account)),
        (SELECT array_agg(l.member ORDER BY q.i, l.side) FROM unnest(items) WITH ORDINALITY q (id, member_id, kind, shares, amount, i)
         CROSS JOIN LATERAL (VALUES (1, NULL::uuid), (2, q.member_id)) l (side, member)),
        (SELECT array_agg(l.amount ORDER BY q.i, l.side) FROM unnest(items) WITH ORDINALITY q (id, member_id, kind, shares, amount, i)
         CROSS JOIN LATERAL (VALUES
             (1, coalesce(q.amount, q.shares * facts.share_price)),
             (2, -coalesce(q.amount, q.shares * facts.share_price))) l (side, amount)),
        (SELECT array_agg(l.shares ORDER BY q.i, l.side) FROM unnest(items) WITH ORDINALITY q (id, member_id, kind, shares, amount, i)
         CROSS JOIN LATERAL (VALUES (1, NULL::integer), (2, q.shares)) l (side, shares)),
        array_agg(p.kind ORDER BY p.i), array_agg(p.shares ORDER BY p.i),
        array_agg(coalesce(p.amount, p.shares * facts.share_price) ORDER BY p.i), array_agg(facts.currency ORDER BY p.i),
        array_agg('BOX'::text ORDER BY p.i), array_agg(NULL::timestamptz ORDER BY p.i)
    )
    FROM unnest(items) WITH ORDINALITY p (id, member_id, kind, shares, amount, i);
    RETURN QUERY SELECT c.* FROM app.contributions c WHERE c.tenant_id = group_id AND c.id = ANY (ids)
        ORDER BY c.entry_number;
END
$$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA comparison TO kibubu_app;
