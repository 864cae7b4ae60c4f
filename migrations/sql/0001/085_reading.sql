-- Balances right after an entry. From one entry to the next they tell what each moved, so they are for whoever may see every
-- entry; whoever may see totals only, sees them by the day.
CREATE FUNCTION ledger.balances_after(tenants uuid[], number bigint)
RETURNS TABLE (tenant_id uuid, account_id uuid, balance numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    -- First the account's last entry, by its own index: in the order of lines, the book would be read back from the entry
    -- until the account is met, and to its beginning for one that is not.
    SELECT b.tenant_id, b.account_id, coalesce((
        SELECT l.account_balance_after FROM ledger.lines l
        WHERE l.tenant_id = b.tenant_id AND l.account_id = b.account_id AND l.entry_number = (
            SELECT max(m.entry_number) FROM ledger.lines m
            WHERE m.tenant_id = b.tenant_id AND m.account_id = b.account_id AND m.entry_number <= number
        )
        ORDER BY l.line_number DESC LIMIT 1
    ), 0)
    -- Each tenant is asked about once, not each of its accounts.
    FROM (
        SELECT DISTINCT d.id FROM unnest(tenants) d (id)
        WHERE app.allows('account_balance', 'read', d.id) AND app.allows('entry', 'read', d.id)
    ) t
    JOIN ledger.account_balances b ON b.tenant_id = t.id
$$;

-- The balance of a line's account right after the line, of lines that the viewer may see.
CREATE FUNCTION ledger.balances_after_lines(tenants uuid[], numbers bigint[], line_numbers integer[])
RETURNS TABLE (tenant_id uuid, entry_number bigint, line_number smallint, balance numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.tenant_id, l.entry_number, l.line_number, l.account_balance_after
    FROM unnest(tenants, numbers, line_numbers) w (tenant_id, entry_number, line_number)
    JOIN ledger.lines l
        ON l.tenant_id = w.tenant_id AND l.entry_number = w.entry_number AND l.line_number = w.line_number
    JOIN (
        SELECT d.id, app.allows('line', 'read', d.id) AS sees_lines FROM (SELECT DISTINCT unnest(tenants) AS id) d
        WHERE app.allows('account_balance', 'read', d.id)
    ) v ON v.id = l.tenant_id
    WHERE v.sees_lines OR l.tenant_id::text || l.member_id::text = ANY (app.own_pairs())
$$;

-- The thirty bits of the closing code that the book had at each entry (docs/hash-chain.md), so that a code is looked up.
CREATE INDEX entries_code_idx ON ledger.entries (
    tenant_id, (('x' || left(encode(sha256('\x6b69627562752d636c6f73696e672d31'::bytea || hash), 'hex'), 8))::bit(30)::integer)
);

-- The entries at which a book's closing code was the one with these thirty bits: found by the index, whose expression it is.
CREATE FUNCTION ledger.find_closing_code(tenant uuid, bits integer)
RETURNS TABLE (entry_number bigint, booked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.number, e.booked_at FROM ledger.entries e
    WHERE e.tenant_id = tenant AND app.allows('book', 'read', tenant)
      AND ('x' || left(encode(sha256('\x6b69627562752d636c6f73696e672d31'::bytea || e.hash), 'hex'), 8))::bit(30)::integer = bits
    ORDER BY e.number DESC
$$;
