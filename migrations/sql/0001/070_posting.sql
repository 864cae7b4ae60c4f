-- The canonical bytes of an entry (docs/hash-chain.md); written again, independently, in Python. The functions are STABLE,
-- as what they call is, so that PostgreSQL writes them into the expressions that use them.
CREATE FUNCTION ledger.optional_bytes(value uuid) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || uuid_send(value) END;

CREATE FUNCTION ledger.line_bytes(account uuid, member uuid, currency text, amount numeric, base_amount numeric)
RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN uuid_send(account) || ledger.optional_bytes(member) || convert_to(currency, 'UTF8')
    || int8send((amount * 10000)::bigint) || int8send((base_amount * 10000)::bigint);

CREATE FUNCTION ledger.entry_hash(
    tenant uuid, previous bytea, number bigint, entry uuid, kind text, booked_at timestamptz, effective_on date,
    meeting uuid, reversed uuid, actor uuid, lines_count integer, lines bytea
) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(
    '\x01'::bytea || uuid_send(tenant) || previous || int8send(number) || uuid_send(entry)
    || int2send(octet_length(convert_to(kind, 'UTF8'))::smallint) || convert_to(kind, 'UTF8')
    || int8send((extract(epoch FROM booked_at) * 1000000)::bigint) || int4send(effective_on - date '1970-01-01')
    || ledger.optional_bytes(meeting) || ledger.optional_bytes(reversed) || ledger.optional_bytes(actor)
    || int4send(lines_count) || lines
);

-- Posts one entry or a batch, all or nothing; returns the number of the first. The lines of entry i are the next
-- line_counts[i] elements of the line arrays. Debits are positive, credits negative. Limits hold for the balances
-- when the batch is done; every line keeps the balances right after itself. All that the entries are checked against is
-- read by one statement, since each statement costs more than what it does.
CREATE FUNCTION ledger.post(
    tenant uuid, command uuid, first_ordinal integer,
    entry_ids uuid[], kinds text[], effective_dates date[], meetings uuid[], members uuid[], line_counts integer[],
    line_accounts uuid[], line_members uuid[], line_amounts numeric[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    book record;
    balances numeric[];
    actor uuid := app.user_id();
    booked timestamptz := clock_timestamp();
    -- A group's today may be a day ahead of UTC's, and a record may count for the day after.
    latest date := (booked AT TIME ZONE 'UTC')::date + 2;
    amount_limit CONSTANT numeric := 100000000000000;
    entry_count integer := cardinality(entry_ids);
    last_number bigint;
    is_named boolean;
    n integer := 0;
    a integer;
    total numeric;
    amount numeric;
    member uuid;
    member_balance numeric;
    hashed bytea;
    hash bytea;
    -- What the batch moves in each meeting, by kind and account; the first line of each sum is remembered by its entry.
    sum_keys text[] := '{}'; sum_entries integer[] := '{}'; sum_accounts integer[] := '{}'; sum_amounts numeric[] := '{}';
    sum_counts integer[] := '{}';
    s integer;
BEGIN
    SELECT h.entry_number, h.entry_hash, h.change_number, h.base_currency, h.closed_through,
           (SELECT u.minor_unit FROM app.currencies u WHERE u.code = h.base_currency) AS minor_unit,
           c.ids, c.needs_members, c.minimums, c.balances, c.are_open,
           EXISTS (
               SELECT FROM app.meetings m WHERE m.tenant_id = tenant AND m.id = ANY (meetings) AND m.status <> 'OPEN'
           ) AS meets_no_more,
           (
               SELECT min(coalesce(x.kind, '')) FROM unnest(kinds) x (kind)
               WHERE NOT EXISTS (
                   SELECT FROM ledger.entry_kinds k, unnest(k.terms) t (term)
                   WHERE k.kind = x.kind AND tenant = ANY (app.tenants_as(t.term))
               )
           ) AS denied_kind
    INTO book
    FROM ledger.heads h
    CROSS JOIN LATERAL (
        SELECT array_agg(o.id) AS ids, array_agg(o.needs_member) AS needs_members, array_agg(o.minimum) AS minimums,
               array_agg(b.balance) AS balances,
               bool_and(o.is_postable AND o.closed_at IS NULL AND o.currency = h.base_currency) AS are_open
        FROM ledger.accounts o
        JOIN ledger.account_balances b ON b.tenant_id = o.tenant_id AND b.account_id = o.id
        WHERE o.tenant_id = tenant AND o.id = ANY (line_accounts)
    ) c
    WHERE h.tenant_id = tenant AND h.writer = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a posting outside app.enter_write' USING ERRCODE = 'KB500';
    END IF;
    IF book.denied_kind IS NOT NULL OR current_setting('role') <> 'kibubu_app' THEN
        RAISE EXCEPTION 'the viewer may not post %', book.denied_kind USING ERRCODE = 'KB403';
    END IF;
    IF entry_count IS NULL OR entry_count = 0 OR cardinality(kinds) <> entry_count
        OR cardinality(effective_dates) <> entry_count OR cardinality(meetings) <> entry_count
        OR cardinality(members) <> entry_count OR cardinality(line_counts) <> entry_count
        OR array_position(line_counts, NULL) IS NOT NULL OR cardinality(line_members) <> cardinality(line_accounts) OR cardinality(line_amounts) <> cardinality(line_accounts)
    THEN
        RAISE EXCEPTION 'the arrays of the entries, and those of the lines, are of one length' USING ERRCODE = 'KB422';
    END IF;
    IF book.meets_no_more THEN
        RAISE EXCEPTION 'only an open meeting takes entries' USING ERRCODE = 'KB409';
    END IF;
    -- A book has one currency so far: what comes in another needs a rate, and so lines of its own.
    IF book.are_open IS NOT TRUE THEN
        RAISE EXCEPTION 'an account takes no entries, or none in the currency of the book' USING ERRCODE = 'KB422';
    END IF;
    last_number := book.entry_number;
    hash := book.entry_hash;
    balances := book.balances;
    FOR i IN 1 .. entry_count LOOP
        IF effective_dates[i] <= book.closed_through THEN
            RAISE EXCEPTION 'the period is closed through %', book.closed_through
                USING ERRCODE = 'KB423', DETAIL = book.closed_through::text;
        END IF;
        IF effective_dates[i] > latest THEN
            RAISE EXCEPTION 'an entry cannot take effect in the future' USING ERRCODE = 'KB422';
        END IF;
        last_number := last_number + 1;
        hashed := '';
        total := 0;
        is_named := members[i] IS NULL;
        FOR k IN 1 .. line_counts[i] LOOP
            n := n + 1;
            amount := line_amounts[n];
            member := line_members[n];
            a := array_position(book.ids, line_accounts[n]);
            IF a IS NULL THEN
                RAISE EXCEPTION 'no such account' USING ERRCODE = 'KB422';
            END IF;
            -- What is not a number is neither below the limit nor equal to itself rounded.
            IF amount IS NULL OR NOT abs(amount) <= amount_limit OR amount <> round(amount, book.minor_unit) THEN
                RAISE EXCEPTION 'an amount beyond the limit, or finer than the smallest coin' USING ERRCODE = 'KB422';
            END IF;
            IF member IS NULL AND book.needs_members[a] THEN
                RAISE EXCEPTION 'the account needs a member' USING ERRCODE = 'KB422';
            END IF;
            total := total + amount;
            balances[a] := balances[a] + amount;
            member_balance := NULL;
            IF member IS NOT NULL THEN
                is_named := is_named OR member = members[i];
                UPDATE ledger.member_balances b SET balance = b.balance + amount
                WHERE b.tenant_id = tenant AND b.member_id = member AND b.account_id = book.ids[a]
                RETURNING b.balance INTO member_balance;
                IF member_balance IS NULL THEN
                    INSERT INTO ledger.member_balances (tenant_id, member_id, account_id, balance)
                    VALUES (tenant, member, book.ids[a], amount);
                    member_balance := amount;
                END IF;
                IF abs(member_balance) > amount_limit THEN
                    RAISE EXCEPTION 'a balance beyond the largest amount' USING ERRCODE = '22003';
                END IF;
            END IF;
            INSERT INTO ledger.lines (
                tenant_id, entry_number, line_number, account_id, member_id, currency, amount, base_amount,
                account_balance_after, member_balance_after
            ) VALUES (
                tenant, last_number, k, book.ids[a], member, book.base_currency, amount, amount, balances[a], member_balance
            );
            hashed := hashed || ledger.line_bytes(book.ids[a], member, book.base_currency, amount, amount);
            IF meetings[i] IS NOT NULL THEN
                s := array_position(sum_keys, concat_ws(' ', meetings[i], kinds[i], a));
                IF s IS NULL THEN
                    sum_keys := sum_keys || concat_ws(' ', meetings[i], kinds[i], a);
                    sum_entries := sum_entries || i;
                    sum_accounts := sum_accounts || a;
                    sum_amounts := sum_amounts || amount;
                    sum_counts := sum_counts || 1;
                ELSE
                    sum_amounts[s] := sum_amounts[s] + amount;
                    sum_counts[s] := sum_counts[s] + 1;
                END IF;
            END IF;
        END LOOP;
        -- Whom an entry names may see it, and only the lines' members are hashed.
        IF total <> 0 OR line_counts[i] < 2 OR is_named IS NOT TRUE THEN
            RAISE EXCEPTION 'an entry has two lines or more, which sum to zero, and is about a member of one of them'
                USING ERRCODE = 'KB422';
        END IF;
        hash := ledger.entry_hash(
            tenant, hash, last_number, entry_ids[i], kinds[i], booked, effective_dates[i], meetings[i], NULL, actor,
            line_counts[i], hashed
        );
        INSERT INTO ledger.entries (
            tenant_id, number, id, kind, effective_on, booked_at, meeting_id, member_id, actor_id, command_key, ordinal, hash
        ) VALUES (
            tenant, last_number, entry_ids[i], kinds[i], effective_dates[i], booked, meetings[i], members[i], actor, command,
            first_ordinal + i - 1, hash
        );
        INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)
        VALUES (tenant, book.change_number, 'entry', entry_ids[i], 'CREATE');
    END LOOP;
    IF n IS DISTINCT FROM cardinality(line_accounts) THEN
        RAISE EXCEPTION 'every line belongs to an entry' USING ERRCODE = 'KB422';
    END IF;
    FOR x IN 1 .. cardinality(balances) LOOP
        IF balances[x] < book.minimums[x] THEN
            RAISE EXCEPTION 'the account would fall below its minimum'
                USING ERRCODE = 'KB402', DETAIL = (book.minimums[x] - balances[x])::text;
        END IF;
        IF abs(balances[x]) > amount_limit THEN
            RAISE EXCEPTION 'a balance beyond the largest amount' USING ERRCODE = '22003';
        END IF;
        UPDATE ledger.account_balances b SET balance = balances[x]
        WHERE b.tenant_id = tenant AND b.account_id = book.ids[x];
    END LOOP;
    FOR x IN 1 .. cardinality(sum_entries) LOOP
        UPDATE ledger.meeting_totals m
        SET amount = m.amount + sum_amounts[x], lines_count = m.lines_count + sum_counts[x]
        WHERE m.tenant_id = tenant AND m.meeting_id = meetings[sum_entries[x]] AND m.kind = kinds[sum_entries[x]]
          AND m.account_id = book.ids[sum_accounts[x]];
        IF NOT FOUND THEN
            INSERT INTO ledger.meeting_totals (tenant_id, meeting_id, kind, account_id, amount, lines_count)
            VALUES (
                tenant, meetings[sum_entries[x]], kinds[sum_entries[x]], book.ids[sum_accounts[x]], sum_amounts[x],
                sum_counts[x]
            );
        END IF;
    END LOOP;
    UPDATE ledger.heads h SET entry_number = last_number, entry_hash = hash WHERE h.tenant_id = tenant;
    RETURN book.entry_number + 1;
END
$$;

-- The backstop behind ledger.post: whoever inserts an entry, its lines are there, and sum to zero.
CREATE FUNCTION ledger.check_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM (
        SELECT sum(l.amount) AS amount, sum(l.base_amount) AS base_amount, count(*) AS lines
        FROM ledger.lines l WHERE l.tenant_id = NEW.tenant_id AND l.entry_number = NEW.number
        GROUP BY l.currency
    ) c
    HAVING count(*) FILTER (WHERE c.amount <> 0) > 0 OR coalesce(sum(c.base_amount), 0) <> 0 OR coalesce(sum(c.lines), 0) < 2;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % of % does not balance', NEW.number, NEW.tenant_id
            USING ERRCODE = '23514', CONSTRAINT = 'entries_balanced';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER entries_balanced AFTER INSERT ON ledger.entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_entry();

-- What is posted stays as it was posted.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: what is posted never changes, reverse it instead', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'KB405';
END
$$;

CREATE TRIGGER entries_immutable BEFORE UPDATE OR DELETE ON ledger.entries
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER entries_not_truncated BEFORE TRUNCATE ON ledger.entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER lines_immutable BEFORE UPDATE OR DELETE ON ledger.lines
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER lines_not_truncated BEFORE TRUNCATE ON ledger.lines
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER contributions_immutable BEFORE UPDATE OR DELETE ON app.contributions
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER contributions_not_truncated BEFORE TRUNCATE ON app.contributions
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE ledger.entries ENABLE ALWAYS TRIGGER entries_immutable;

ALTER TABLE ledger.entries ENABLE ALWAYS TRIGGER entries_not_truncated;

ALTER TABLE ledger.entries ENABLE ALWAYS TRIGGER entries_balanced;

ALTER TABLE ledger.lines ENABLE ALWAYS TRIGGER lines_immutable;

ALTER TABLE ledger.lines ENABLE ALWAYS TRIGGER lines_not_truncated;

ALTER TABLE app.contributions ENABLE ALWAYS TRIGGER contributions_immutable;

ALTER TABLE app.contributions ENABLE ALWAYS TRIGGER contributions_not_truncated;

-- A contribution says of its entry what the entry says: member, meeting, money and where it went.
CREATE FUNCTION app.check_contribution() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.entries e
    JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
    JOIN ledger.lines d ON d.tenant_id = e.tenant_id AND d.entry_number = e.number AND d.amount = NEW.amount
    JOIN ledger.accounts a ON a.tenant_id = d.tenant_id AND a.id = d.account_id AND a.place = NEW.place
    WHERE e.tenant_id = NEW.tenant_id AND e.number = NEW.entry_number AND e.id = NEW.id
      AND e.meeting_id = NEW.meeting_id AND l.member_id = NEW.member_id
      AND l.amount = -NEW.amount AND l.currency = NEW.currency
      AND e.kind = CASE NEW.kind WHEN 'SHARE' THEN 'SHARE_PURCHASE' ELSE 'SOCIAL_FUND_CONTRIBUTION' END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the contribution differs from its entry'
            USING ERRCODE = '23514', CONSTRAINT = 'contributions_as_entry';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER contributions_as_entry BEFORE INSERT ON app.contributions
    FOR EACH ROW EXECUTE FUNCTION app.check_contribution();

-- Posts a sheet's entries and keeps the contributions they hold, in one round trip. It runs as its caller: the entries go
-- through ledger.post, the contributions through their policy.
CREATE FUNCTION app.post_contributions(
    tenant uuid, command uuid,
    entry_ids uuid[], entry_kinds text[], effective_dates date[], meetings uuid[], members uuid[], line_counts integer[],
    line_accounts uuid[], line_members uuid[], line_amounts numeric[],
    kinds text[], shares integer[], amounts numeric[], currencies text[], places text[], device_times timestamptz[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first_number bigint := ledger.post(
        tenant, command, 1, entry_ids, entry_kinds, effective_dates, meetings, members, line_counts, line_accounts,
        line_members, line_amounts
    );
BEGIN
    INSERT INTO app.contributions (
        tenant_id, id, entry_number, meeting_id, member_id, kind, shares, amount, currency, place, recorded_by, device_time
    )
    SELECT tenant, c.id, first_number + c.i - 1, c.meeting_id, c.member_id, c.kind, c.shares, c.amount, c.currency, c.place,
           app.user_id(), c.device_time
    FROM unnest(entry_ids, meetings, members, kinds, shares, amounts, currencies, places, device_times) WITH ORDINALITY
        c (id, meeting_id, member_id, kind, shares, amount, currency, place, device_time, i);
END
$$;

-- A closed meeting stays as it was closed.
CREATE FUNCTION app.refuse_reopening() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'meeting % is closed and never changes', OLD.number USING ERRCODE = 'KB405';
END
$$;

CREATE TRIGGER meetings_closed_for_good BEFORE UPDATE OR DELETE ON app.meetings
    FOR EACH ROW WHEN (OLD.status = 'CLOSED') EXECUTE FUNCTION app.refuse_reopening();

ALTER TABLE app.meetings ENABLE ALWAYS TRIGGER meetings_closed_for_good;

-- Opens an account of a book; its balance row is made with it, so that a posting never has to.
CREATE FUNCTION ledger.open_account(
    tenant uuid, account uuid, code text, name text, type text, parent uuid, is_postable boolean, needs_member boolean,
    fund text, place text, minimum numeric
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    book_currency text;
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT tenant = ANY (app.tenants_as('secretary')) OR current_setting('role') <> 'kibubu_app' THEN
        RAISE EXCEPTION 'the viewer may not open accounts' USING ERRCODE = 'KB403';
    END IF;
    SELECT h.base_currency INTO book_currency FROM ledger.heads h WHERE h.tenant_id = tenant;
    IF parent IS NOT NULL THEN
        PERFORM FROM ledger.accounts p
        WHERE p.tenant_id = tenant AND p.id = parent AND NOT p.is_postable AND p.type = open_account.type;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an account stands below a heading of its own type' USING ERRCODE = 'KB422';
        END IF;
    END IF;
    INSERT INTO ledger.accounts (
        tenant_id, id, code, name, type, parent_id, currency, is_postable, needs_member, fund, place, minimum
    ) VALUES (
        tenant, account, code, name, type, parent, book_currency, is_postable, needs_member, fund, place, minimum
    );
    IF is_postable THEN
        INSERT INTO ledger.account_balances (tenant_id, account_id) VALUES (tenant, account);
    END IF;
END
$$;
