-- The canonical bytes of an entry (docs/hash-chain.md); written again, independently, in Python. The functions are STABLE,
-- as what they call is, so that PostgreSQL writes them into the expressions that use them.
CREATE FUNCTION ledger.optional_bytes(value uuid) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || uuid_send(value) END;

CREATE FUNCTION ledger.line_bytes(
    account uuid, member uuid, currency text, amount numeric, base_amount numeric, shares integer
) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN uuid_send(account) || ledger.optional_bytes(member) || convert_to(currency, 'UTF8')
    || int8send((amount * 10000)::bigint) || int8send((base_amount * 10000)::bigint)
    || CASE WHEN shares IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || int8send(shares) END;

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

-- What has to be looked at of few entries only: a reversal is the mirror of what it takes back, and what stood as a draft, or
-- needs a second officer, is posted as one officer drafted it and by another. What two officers decided takes two to undo.
CREATE FUNCTION ledger.check_special(
    tenant uuid, actor uuid, entry_ids uuid[], kinds text[], effective_dates date[], meetings uuid[], members uuid[],
    reversed uuid[], line_counts integer[], line_accounts uuid[], line_members uuid[], line_amounts numeric[],
    line_shares integer[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first integer := 1;
    last integer;
    draft app.drafts;
BEGIN
    FOR i IN 1 .. cardinality(entry_ids) LOOP
        last := first + line_counts[i] - 1;
        IF reversed[i] IS NOT NULL THEN
            PERFORM FROM ledger.entries e
            WHERE e.tenant_id = tenant AND e.id = reversed[i] AND e.reverses_id IS NULL AND e.kind = kinds[i]
              AND e.member_id IS NOT DISTINCT FROM members[i]
              AND (
                  SELECT ROW (
                      array_agg(l.account_id ORDER BY l.line_number), array_agg(l.member_id ORDER BY l.line_number),
                      array_agg(-l.amount ORDER BY l.line_number), array_agg(-l.shares ORDER BY l.line_number)
                  ) IS NOT DISTINCT FROM ROW (
                      line_accounts[first:last], line_members[first:last],
                      line_amounts[first:last], line_shares[first:last]
                  )
                  FROM ledger.lines l WHERE l.tenant_id = tenant AND l.entry_number = e.number
              );
            IF NOT FOUND THEN
                RAISE EXCEPTION 'a reversal is the mirror of an entry that is none itself' USING ERRCODE = 'KB422';
            END IF;
            PERFORM FROM ledger.entries e WHERE e.tenant_id = tenant AND e.reverses_id = reversed[i];
            IF FOUND THEN
                RAISE EXCEPTION 'the entry was reversed before' USING ERRCODE = 'KB409';
            END IF;
        END IF;
        SELECT * INTO draft FROM app.drafts d WHERE d.tenant_id = tenant AND d.id = entry_ids[i];
        IF FOUND THEN
            IF draft.status <> 'OPEN' OR draft.drafted_by = actor
                OR ROW (
                    draft.kind, draft.effective_on, draft.meeting_id, draft.member_id, draft.reverses_id, draft.line_accounts,
                    draft.line_members, draft.line_amounts, draft.line_shares
                ) IS DISTINCT FROM ROW (
                    kinds[i], effective_dates[i], meetings[i], members[i], reversed[i], line_accounts[first:last],
                    line_members[first:last], line_amounts[first:last], line_shares[first:last]
                )
            THEN
                RAISE EXCEPTION 'a draft is posted as it stands, by an officer other than the one who drafted it'
                    USING ERRCODE = 'KB403';
            END IF;
            IF kinds[i] = 'OPENING_BALANCES' AND reversed[i] IS NULL
                AND EXISTS (SELECT FROM ledger.entries e WHERE e.tenant_id = tenant)
            THEN
                RAISE EXCEPTION 'opening balances are the first entry of a book' USING ERRCODE = 'KB409';
            END IF;
        ELSIF EXISTS (SELECT FROM ledger.entry_kinds k WHERE k.kind = kinds[i] AND k.needs_approval) THEN
            RAISE EXCEPTION 'an entry of this kind is drafted by one officer and posted by another'
                USING ERRCODE = 'KB403';
        END IF;
        first := last + 1;
    END LOOP;
END
$$;

-- What of the book is set aside on an account now: holds that are over count no more, ended or not.
CREATE FUNCTION ledger.held_now(tenant uuid, account uuid) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(h.amount), 0) FROM ledger.holds h
    WHERE h.tenant_id = tenant AND h.account_id = account AND h.outcome IS NULL AND h.expires_at > clock_timestamp()
$$;

-- Posts one entry or a batch, all or nothing; returns the number of the first. The lines of entry i are the next
-- line_counts[i] elements of the line arrays. Debits are positive, credits negative; shares that a member gains are positive.
-- Limits hold for the balances when the batch is done; every line keeps the balances right after itself. All that the
-- entries are checked against is read by one statement, since each statement costs more than what it does.
CREATE FUNCTION ledger.post(
    tenant uuid, command uuid, first_ordinal integer,
    entry_ids uuid[], kinds text[], effective_dates date[], meetings uuid[], members uuid[], reversed uuid[],
    line_counts integer[], line_accounts uuid[], line_members uuid[], line_amounts numeric[], line_shares integer[]
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
    -- What members owe on loans, or paid in advance: the rows of their loans say the same, so that nothing else moves it.
    loan_classes CONSTANT text[] := '{1320,1325,1330,1340,2110}';
    is_named boolean;
    names_others boolean;
    moves_loans boolean;
    debited text;
    credited text;
    n integer := 0;
    a integer;
    total numeric;
    held numeric;
    amount numeric;
    member uuid;
    bought integer;
    member_balance numeric;
    member_shares integer;
    hashed bytea;
    hash bytea;
    -- What the batch moves by date, meeting, kind and account; the first line of each sum is remembered by its entry.
    sum_keys text[] := '{}'; sum_entries integer[] := '{}'; sum_accounts integer[] := '{}'; sum_amounts numeric[] := '{}';
    sum_counts integer[] := '{}';
    s integer;
    i integer;
    sum_key text;
BEGIN
    SELECT h.entry_number, h.entry_hash, h.change_number, h.base_currency, h.closed_through,
           (SELECT u.minor_unit FROM app.currencies u WHERE u.code = h.base_currency) AS minor_unit,
           c.ids, c.classes, c.needs_members, c.sides, c.counts, c.minimums, c.maximums, c.balances, c.helds, c.are_open,
           EXISTS (
               SELECT FROM app.meetings m
               WHERE m.tenant_id = tenant AND m.id = ANY (meetings)
                 -- What is confirmed takes nothing but what the count at its end found.
                 AND m.status <> 'OPEN' AND (m.status <> 'CONFIRMED' OR NOT kinds <@ ARRAY['CASH_DIFFERENCE'])
           ) AS meets_no_more,
           EXISTS (SELECT FROM app.drafts d WHERE d.tenant_id = tenant AND d.id = ANY (entry_ids))
               OR EXISTS (SELECT FROM ledger.entry_kinds k WHERE k.kind = ANY (kinds) AND k.needs_approval) AS needs_approval,
           ARRAY(SELECT unnest(k.shapes) FROM ledger.entry_kinds k WHERE k.kind = ANY (kinds)) AS shapes,
           (
               SELECT min(coalesce(x.kind, '')) FROM unnest(kinds) x (kind)
               WHERE NOT EXISTS (
                   SELECT FROM ledger.entry_kinds k, unnest(k.terms) t (term)
                   WHERE k.kind = x.kind AND CASE t.term
                       WHEN 'job' THEN current_setting('role') = 'kibubu_worker' AND app.is_entered_as('job')
                       ELSE tenant = ANY (app.tenants_as(t.term))
                   END
               )
           ) AS denied_kind
    INTO book
    FROM ledger.heads h
    CROSS JOIN LATERAL (
        SELECT array_agg(o.id) AS ids, array_agg(ledger.account_class(o.code, o.type, o.fund, o.place)) AS classes,
               array_agg(o.needs_member) AS needs_members, array_agg(o.member_side) AS sides,
               array_agg(o.counts_shares) AS counts, array_agg(o.minimum) AS minimums, array_agg(o.maximum) AS maximums,
               array_agg(b.balance) AS balances, array_agg(b.held) AS helds,
               bool_and(o.is_postable AND o.closed_at IS NULL AND o.currency = h.base_currency) AS are_open
        FROM ledger.accounts o
        JOIN ledger.account_balances b ON b.tenant_id = o.tenant_id AND b.account_id = o.id
        WHERE o.tenant_id = tenant AND o.id = ANY (line_accounts)
    ) c
    WHERE h.tenant_id = tenant AND h.writer = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a posting outside app.enter_write' USING ERRCODE = 'KB500';
    END IF;
    IF book.denied_kind IS NOT NULL OR current_setting('role') NOT IN ('kibubu_app', 'kibubu_worker') THEN
        RAISE EXCEPTION 'the viewer may not post %', book.denied_kind USING ERRCODE = 'KB403';
    END IF;
    IF entry_count IS NULL OR entry_count = 0 OR cardinality(kinds) <> entry_count
        OR cardinality(effective_dates) <> entry_count OR cardinality(meetings) <> entry_count
        OR cardinality(members) <> entry_count OR cardinality(line_counts) <> entry_count
        OR cardinality(reversed) <> entry_count OR array_position(line_counts, NULL) IS NOT NULL
        OR cardinality(line_members) <> cardinality(line_accounts) OR cardinality(line_amounts) <> cardinality(line_accounts)
        OR cardinality(line_shares) <> cardinality(line_accounts)
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
    IF book.needs_approval OR cardinality(array_remove(reversed, NULL)) > 0 THEN
        PERFORM ledger.check_special(
            tenant, actor, entry_ids, kinds, effective_dates, meetings, members, reversed, line_counts, line_accounts,
            line_members, line_amounts, line_shares
        );
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
        is_named := false;
        names_others := false;
        moves_loans := false;
        debited := '';
        credited := '';
        FOR k IN 1 .. line_counts[i] LOOP
            n := n + 1;
            amount := line_amounts[n];
            member := line_members[n];
            bought := line_shares[n];
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
            IF (bought IS NOT NULL) <> book.counts[a] OR sign(bought) <> -sign(amount) THEN
                RAISE EXCEPTION 'a line of the shares, and no other, says how many' USING ERRCODE = 'KB422';
            END IF;
            IF amount > 0 THEN
                debited := debited || ' ' || book.classes[a] || CASE WHEN member IS NULL THEN '' ELSE '*' END;
            ELSE
                credited := credited || ' ' || book.classes[a] || CASE WHEN member IS NULL THEN '' ELSE '*' END;
            END IF;
            moves_loans := moves_loans OR book.classes[a] = ANY (loan_classes);
            total := total + amount;
            balances[a] := balances[a] + amount;
            member_balance := NULL;
            IF member IS NOT NULL THEN
                is_named := is_named OR member = members[i];
                names_others := names_others OR member IS DISTINCT FROM members[i];
                UPDATE ledger.member_balances b SET balance = b.balance + amount, shares = b.shares + coalesce(bought, 0)
                WHERE b.tenant_id = tenant AND b.member_id = member AND b.account_id = book.ids[a]
                RETURNING b.balance, b.shares INTO member_balance, member_shares;
                IF member_balance IS NULL THEN
                    INSERT INTO ledger.member_balances (tenant_id, member_id, account_id, balance, shares)
                    VALUES (tenant, member, book.ids[a], amount, coalesce(bought, 0));
                    member_balance := amount;
                    member_shares := bought;
                END IF;
                IF member_shares < 0 THEN
                    RAISE EXCEPTION 'the member has not so many shares' USING ERRCODE = 'KB412', DETAIL = (-member_shares)::text;
                END IF;
                IF abs(member_balance) > amount_limit THEN
                    RAISE EXCEPTION 'a balance beyond the largest amount' USING ERRCODE = '22003';
                END IF;
                IF (book.sides[a] = 'DEBIT' AND member_balance < 0) OR (book.sides[a] = 'CREDIT' AND member_balance > 0) THEN
                    RAISE EXCEPTION 'the member has not so much on this account'
                        USING ERRCODE = 'KB410', DETAIL = abs(member_balance)::text;
                END IF;
            END IF;
            INSERT INTO ledger.lines (
                tenant_id, entry_number, line_number, account_id, member_id, kind, effective_on, currency, amount, base_amount,
                shares, account_balance_after, member_balance_after
            ) VALUES (
                tenant, last_number, k, book.ids[a], member, kinds[i], effective_dates[i], book.base_currency, amount, amount,
                bought, balances[a], member_balance
            );
            hashed := hashed || ledger.line_bytes(book.ids[a], member, book.base_currency, amount, amount, bought);
            sum_key := concat_ws(' ', effective_dates[i], meetings[i], kinds[i], a);
            s := array_position(sum_keys, sum_key);
            IF s IS NULL THEN
                sum_keys := sum_keys || sum_key;
                sum_entries := sum_entries || i;
                sum_accounts := sum_accounts || a;
                sum_amounts := sum_amounts || amount;
                sum_counts := sum_counts || 1;
            ELSE
                sum_amounts[s] := sum_amounts[s] + amount;
                sum_counts[s] := sum_counts[s] + 1;
            END IF;
        END LOOP;
        -- Whom an entry is about may see it, and only the lines' members are hashed.
        IF total <> 0 OR line_counts[i] < 2 OR (members[i] IS NOT NULL AND is_named IS NOT TRUE)
            OR (names_others AND kinds[i] NOT IN ('MANUAL_ENTRY', 'OPENING_BALANCES'))
        THEN
            RAISE EXCEPTION 'an entry has two lines or more, which sum to zero, and is about the member whom they name'
                USING ERRCODE = 'KB422';
        END IF;
        -- A reversal is the mirror of an entry that had the shape.
        IF reversed[i] IS NULL AND (CASE
            WHEN kinds[i] = ANY (book.shapes) THEN moves_loans AND kinds[i] <> 'OPENING_BALANCES'
            ELSE NOT kinds[i] || debited || ' /' || credited = ANY (book.shapes)
        END) THEN
            RAISE EXCEPTION 'an entry of this kind moves other accounts' USING ERRCODE = 'KB422';
        END IF;
        IF kinds[i] = 'SHARES_REDEEMED' AND reversed[i] IS NULL AND EXISTS (
            SELECT FROM ledger.member_balances b
            JOIN ledger.accounts o ON o.tenant_id = b.tenant_id AND o.id = b.account_id AND o.counts_shares
            WHERE b.tenant_id = tenant AND b.member_id = members[i] AND (b.balance <> 0 OR b.shares <> 0)
        ) THEN
            RAISE EXCEPTION 'shares are redeemed all at once, at what was paid for them' USING ERRCODE = 'KB422';
        END IF;
        hash := ledger.entry_hash(
            tenant, hash, last_number, entry_ids[i], kinds[i], booked, effective_dates[i], meetings[i], reversed[i],
            actor, line_counts[i], hashed
        );
        INSERT INTO ledger.entries (
            tenant_id, number, id, kind, effective_on, booked_at, meeting_id, member_id, reverses_id, actor_id, command_key,
            ordinal, hash
        ) VALUES (
            tenant, last_number, entry_ids[i], kinds[i], effective_dates[i], booked, meetings[i], members[i], reversed[i], actor,
            command, first_ordinal + i - 1, hash
        );
        INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)
        VALUES (tenant, book.change_number, 'entry', entry_ids[i], 'CREATE');
    END LOOP;
    IF n IS DISTINCT FROM cardinality(line_accounts) THEN
        RAISE EXCEPTION 'every line belongs to an entry' USING ERRCODE = 'KB422';
    END IF;
    FOR x IN 1 .. cardinality(balances) LOOP
        held := CASE WHEN book.helds[x] = 0 THEN 0 ELSE ledger.held_now(tenant, book.ids[x]) END;
        IF balances[x] - held < book.minimums[x] AND balances[x] < book.balances[x] THEN
            RAISE EXCEPTION 'the account would fall below its minimum'
                USING ERRCODE = 'KB402', DETAIL = (book.minimums[x] + held - balances[x])::text;
        END IF;
        IF balances[x] > book.maximums[x] AND balances[x] > book.balances[x] THEN
            RAISE EXCEPTION 'the account would rise above its maximum'
                USING ERRCODE = 'KB411', DETAIL = (balances[x] - book.maximums[x])::text;
        END IF;
        IF abs(balances[x]) > amount_limit THEN
            RAISE EXCEPTION 'a balance beyond the largest amount' USING ERRCODE = '22003';
        END IF;
        UPDATE ledger.account_balances b SET balance = balances[x]
        WHERE b.tenant_id = tenant AND b.account_id = book.ids[x];
    END LOOP;
    FOR x IN 1 .. cardinality(sum_entries) LOOP
        i := sum_entries[x];
        UPDATE ledger.movements m SET amount = m.amount + sum_amounts[x], lines_count = m.lines_count + sum_counts[x]
        WHERE m.tenant_id = tenant AND m.account_id = book.ids[sum_accounts[x]] AND m.effective_on = effective_dates[i]
          AND m.meeting_key = coalesce(meetings[i], tenant) AND m.kind = kinds[i];
        IF NOT FOUND THEN
            INSERT INTO ledger.movements (tenant_id, account_id, effective_on, meeting_id, kind, amount, lines_count)
            VALUES (
                tenant, book.ids[sum_accounts[x]], effective_dates[i], meetings[i], kinds[i], sum_amounts[x], sum_counts[x]
            );
        END IF;
    END LOOP;
    UPDATE ledger.heads h SET entry_number = last_number, entry_hash = hash WHERE h.tenant_id = tenant;
    RETURN book.entry_number + 1;
END
$$;
