-- Totals for whoever may see totals and no rows: added up here, past the policies, so that no row of a member leaves.

-- What was expected of all members up to a date (each group's today where none is given), what they paid and were let off, and
-- what is in arrears: the sums of what domain.savings.dues works out for each member.
CREATE FUNCTION app.arrears_totals(tenants uuid[], as_of date)
RETURNS TABLE (
    tenant_id uuid, kind text, type_code text, name text, expected numeric, paid numeric, waived numeric, outstanding numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH seen AS MATERIALIZED (
        SELECT g.tenant_id, coalesce(as_of, (now() AT TIME ZONE g.time_zone)::date) AS through
        FROM app.groups g
        WHERE g.tenant_id IN (SELECT DISTINCT t.id FROM unnest(tenants) t (id) WHERE app.allows('movement', 'read', t.id))
    ), held AS (
        SELECT m.tenant_id, m.id, m.held_on
        FROM app.meetings m JOIN seen s ON s.tenant_id = m.tenant_id
        WHERE m.status NOT IN ('DRAFT', 'CANCELLED') AND m.kind = 'REGULAR' AND m.held_on <= s.through
    ), terms AS (
        -- The first version holds from the first meeting on, if that was before it was written down.
        SELECT c.*,
               CASE WHEN lag(c.version) OVER w IS NULL
                   THEN least(c.adopted_on, (SELECT min(h.held_on) FROM held h WHERE h.tenant_id = c.tenant_id))
                   ELSE c.adopted_on END AS first_on,
               least(s.through, lead(c.adopted_on) OVER w - 1) AS last_on
        FROM app.constitutions c JOIN seen s ON s.tenant_id = c.tenant_id
        WINDOW w AS (PARTITION BY c.tenant_id ORDER BY c.version)
    ), obligations AS (
        SELECT t.tenant_id, t.version, t.first_on, t.last_on, t.can_absent_members_pay, o.kind, o.type_code, o.name, o.amount,
               o.frequency
        FROM terms t
        CROSS JOIN LATERAL (
            SELECT 'SAVINGS' AS kind, NULL AS type_code, NULL AS name, t.contribution_amount AS amount,
                   t.contribution_frequency AS frequency
            WHERE t.contribution_amount IS NOT NULL
            UNION ALL SELECT 'SOCIAL_FUND', NULL, NULL, t.social_fund_amount, 'FLEXIBLE' WHERE t.social_fund_amount > 0
            UNION ALL SELECT 'OTHER', e ->> 'code', e ->> 'name', (e ->> 'amount')::numeric, e ->> 'frequency'
            FROM jsonb_array_elements(t.contribution_types) e
            WHERE (e ->> 'is_mandatory')::boolean AND e ->> 'amount' IS NOT NULL
        ) o
        WHERE t.first_on <= t.last_on
    ), due AS (
        SELECT o.tenant_id, o.kind, o.type_code, o.amount, o.can_absent_members_pay, h.held_on AS due_on, h.id AS meeting_id
        FROM obligations o
        JOIN held h ON h.tenant_id = o.tenant_id AND h.held_on BETWEEN o.first_on AND o.last_on
        WHERE o.frequency = 'FLEXIBLE'
        UNION ALL
        SELECT o.tenant_id, o.kind, o.type_code, o.amount, true, p.due_on, NULL
        FROM obligations o
        CROSS JOIN LATERAL (
            SELECT CASE o.frequency
                       WHEN 'WEEKLY' THEN interval '7 days' WHEN 'FORTNIGHTLY' THEN interval '14 days'
                       WHEN 'MONTHLY' THEN interval '1 month' WHEN 'QUARTERLY' THEN interval '3 months'
                       ELSE interval '1 year'
                   END AS step,
                   -- Pairs of weeks are counted from a Monday in the year 2000.
                   (CASE o.frequency
                       WHEN 'WEEKLY' THEN o.first_on - (((o.first_on - date '2000-01-03') % 7) + 7) % 7
                       WHEN 'FORTNIGHTLY' THEN o.first_on - (((o.first_on - date '2000-01-03') % 14) + 14) % 14
                       WHEN 'MONTHLY' THEN date_trunc('month', o.first_on::timestamp)::date
                       WHEN 'QUARTERLY' THEN date_trunc('quarter', o.first_on::timestamp)::date
                       ELSE date_trunc('year', o.first_on::timestamp)::date
                   END)::timestamp AS start
        ) f
        CROSS JOIN LATERAL (
            SELECT (x + f.step)::date - 1 AS due_on FROM generate_series(f.start, o.last_on::timestamp, f.step) x
        ) p
        WHERE o.frequency <> 'FLEXIBLE' AND p.due_on BETWEEN o.first_on AND o.last_on
    ), wanted AS (
        SELECT d.tenant_id, m.id AS member_id, d.kind, d.type_code, sum(d.amount) AS amount
        FROM due d
        JOIN app.members m ON m.tenant_id = d.tenant_id AND m.joined_on <= d.due_on
            AND (m.left_on IS NULL OR d.due_on < m.left_on)
        WHERE d.can_absent_members_pay OR NOT EXISTS (
            SELECT FROM app.attendances a
            WHERE a.tenant_id = d.tenant_id AND a.meeting_id = d.meeting_id AND a.member_id = m.id
              AND a.status IN ('ABSENT', 'EXCUSED')
        )
        GROUP BY d.tenant_id, m.id, d.kind, d.type_code
    ), came AS (
        SELECT l.tenant_id, l.member_id,
               CASE l.kind
                   WHEN 'SOCIAL_FUND_CONTRIBUTION' THEN 'SOCIAL_FUND' WHEN 'OTHER_CONTRIBUTION' THEN 'OTHER' ELSE 'SAVINGS'
               END AS kind,
               c.type_code, sum(-l.amount) AS amount
        FROM ledger.lines l
        JOIN seen s ON s.tenant_id = l.tenant_id AND l.effective_on <= s.through
        LEFT JOIN ledger.entries e
            ON e.tenant_id = l.tenant_id AND e.number = l.entry_number AND l.kind = 'OTHER_CONTRIBUTION'
        LEFT JOIN app.contributions c ON c.tenant_id = e.tenant_id AND c.id = coalesce(e.reverses_id, e.id)
        WHERE l.member_id IS NOT NULL
          AND l.kind IN ('SHARE_PURCHASE', 'SAVINGS_DEPOSIT', 'SOCIAL_FUND_CONTRIBUTION', 'OTHER_CONTRIBUTION')
        GROUP BY 1, 2, 3, 4
    ), forgone AS (
        SELECT w.tenant_id, w.member_id, w.kind, w.type_code, sum(w.amount) AS amount
        FROM app.contribution_waivers w JOIN seen s ON s.tenant_id = w.tenant_id
        WHERE w.status = 'APPROVED' AND w.counts_on <= s.through
        GROUP BY w.tenant_id, w.member_id, w.kind, w.type_code
    ), parts AS (
        SELECT u.tenant_id, u.member_id, u.kind, u.type_code, sum(u.wanted) AS wanted, sum(u.came) AS came,
               sum(u.forgone) AS forgone
        FROM (
            SELECT x.tenant_id, x.member_id, x.kind, x.type_code, x.amount AS wanted, 0 AS came, 0 AS forgone FROM wanted x
            UNION ALL SELECT x.tenant_id, x.member_id, x.kind, x.type_code, 0, x.amount, 0 FROM came x
            UNION ALL SELECT x.tenant_id, x.member_id, x.kind, x.type_code, 0, 0, x.amount FROM forgone x
        ) u
        GROUP BY u.tenant_id, u.member_id, u.kind, u.type_code
    )
    SELECT k.tenant_id, k.kind, k.type_code, k.name, coalesce(sum(p.wanted), 0), coalesce(sum(p.came), 0),
           coalesce(sum(p.forgone), 0), coalesce(sum(greatest(p.wanted - greatest(p.came + p.forgone, 0), 0)), 0)
    FROM (
        SELECT o.tenant_id, o.kind, o.type_code, (array_agg(o.name ORDER BY o.version DESC))[1] AS name
        FROM obligations o GROUP BY o.tenant_id, o.kind, o.type_code
    ) k
    LEFT JOIN parts p
        ON p.tenant_id = k.tenant_id AND p.kind = k.kind AND p.type_code IS NOT DISTINCT FROM k.type_code
    GROUP BY k.tenant_id, k.kind, k.type_code, k.name
$$;

-- How many were at each meeting of a group, of how many: no more than that, for whoever sees the group.
CREATE FUNCTION app.meeting_rolls(tenant uuid)
RETURNS TABLE (
    number integer, kind text, held_on date, member_count bigint, recorded_count bigint, present_count bigint,
    late_count bigint, absent_count bigint, excused_count bigint, represented_count bigint, quorum_percent integer
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.number, m.kind, m.held_on,
           (
               SELECT count(*) FROM app.members x
               WHERE x.tenant_id = m.tenant_id AND x.joined_on <= m.held_on
                 AND (x.left_on IS NULL OR x.left_on > m.held_on)
           ),
           coalesce(c.recorded, 0), coalesce(c.present, 0), coalesce(c.late, 0), coalesce(c.absent, 0),
           coalesce(c.excused, 0), coalesce(c.represented, 0),
           (
               SELECT r.quorum_percent FROM app.constitutions r
               WHERE r.tenant_id = m.tenant_id
               ORDER BY r.adopted_on <= m.held_on DESC,
                        CASE WHEN r.adopted_on <= m.held_on THEN r.version ELSE -r.version END DESC
               LIMIT 1
           )
    FROM app.meetings m
    LEFT JOIN (
        SELECT a.meeting_id, count(*) AS recorded, count(*) FILTER (WHERE a.status = 'PRESENT') AS present,
               count(*) FILTER (WHERE a.status = 'LATE') AS late, count(*) FILTER (WHERE a.status = 'ABSENT') AS absent,
               count(*) FILTER (WHERE a.status = 'EXCUSED') AS excused,
               count(*) FILTER (WHERE a.status = 'REPRESENTED') AS represented
        FROM app.attendances a WHERE a.tenant_id = tenant
        GROUP BY a.meeting_id
    ) c ON c.meeting_id = m.id
    WHERE m.tenant_id = tenant AND m.status NOT IN ('DRAFT', 'CANCELLED') AND app.allows('group', 'read', tenant)
$$;
