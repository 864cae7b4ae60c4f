-- Opens an account of a book; its balance row is made with it, so that a posting never has to. The chart is opened with the
-- book, by codes of four digits; what a group adds later is of no fund, place or member, has a longer code, and stands below a
-- heading.
CREATE FUNCTION ledger.open_account(
    tenant uuid, account uuid, code text, name text, type text, parent uuid, is_postable boolean, needs_member boolean,
    member_side text, counts_shares boolean, fund text, place text, minimum numeric, maximum numeric, is_required boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    book_currency text;
    change bigint := app.change_number(tenant);
BEGIN
    IF NOT app.allows('account', 'create', tenant) THEN
        RAISE EXCEPTION 'the viewer may not open accounts' USING ERRCODE = 'KB403';
    END IF;
    IF is_required IS NOT TRUE AND (
        length(code) = 4 OR parent IS NULL OR needs_member OR counts_shares OR fund IS NOT NULL OR place IS NOT NULL
        OR minimum > 0 OR maximum < 0 OR (NOT is_postable AND (minimum IS NOT NULL OR maximum IS NOT NULL))
    ) OR is_required AND (change > 1 OR length(code) > 4 OR (place IS NOT NULL AND (minimum >= 0) IS NOT TRUE)) THEN
        RAISE EXCEPTION 'the chart is opened with the book; what is added stands below its headings, and is no one''s'
            USING ERRCODE = 'KB422';
    END IF;
    SELECT h.base_currency INTO book_currency FROM ledger.heads h WHERE h.tenant_id = tenant;
    IF parent IS NOT NULL THEN
        PERFORM FROM ledger.accounts p
        WHERE p.tenant_id = tenant AND p.id = parent AND NOT p.is_postable AND p.type = open_account.type
          AND p.closed_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'an account stands below an open heading of its own type' USING ERRCODE = 'KB422';
        END IF;
    END IF;
    INSERT INTO ledger.accounts (
        tenant_id, id, code, name, type, parent_id, currency, is_postable, needs_member, member_side, counts_shares, fund,
        place, minimum, maximum, is_required
    ) VALUES (
        tenant, account, code, name, type, parent, book_currency, is_postable, needs_member, member_side, counts_shares, fund,
        place, minimum, maximum, is_required
    );
    IF is_postable THEN
        INSERT INTO ledger.account_balances (tenant_id, account_id) VALUES (tenant, account);
    END IF;
END
$$;

-- Ends the holds of a book whose time is over.
CREATE FUNCTION ledger.expire_holds(tenant uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH over AS (
        UPDATE ledger.holds h SET outcome = 'EXPIRED', ended_at = clock_timestamp()
        WHERE h.tenant_id = tenant AND h.outcome IS NULL AND h.expires_at <= clock_timestamp()
        RETURNING h.account_id, h.amount
    )
    UPDATE ledger.account_balances b SET held = b.held - o.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM over GROUP BY account_id) o
    WHERE b.tenant_id = tenant AND b.account_id = o.account_id
$$;

-- Renames an account, draws its limits, or closes it, if it is still as the caller saw it.
CREATE FUNCTION ledger.change_account(
    tenant uuid, account uuid, expected_version integer, name text, minimum numeric, maximum numeric, is_closed boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('account', 'update', tenant) THEN
        RAISE EXCEPTION 'the viewer may not change accounts' USING ERRCODE = 'KB403';
    END IF;
    -- What is not held any more stands in the way of no limit, and of no closing.
    PERFORM ledger.expire_holds(tenant);
    UPDATE ledger.accounts a
    SET name = change_account.name, minimum = change_account.minimum, maximum = change_account.maximum,
        closed_at = CASE WHEN is_closed THEN coalesce(a.closed_at, clock_timestamp()) END, version = a.version + 1
    WHERE a.tenant_id = tenant AND a.id = account AND a.version = expected_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such account, or it was changed meanwhile' USING ERRCODE = 'KB409';
    END IF;
END
$$;

-- An account is closed empty, and for good; limits are drawn around what is there, and there is never less than no money in
-- a place. No account is ever deleted.
CREATE FUNCTION ledger.check_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'accounts are closed, never deleted' USING ERRCODE = 'KB405';
    END IF;
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a closed account stays as it was closed' USING ERRCODE = 'KB409';
    END IF;
    IF NEW.place IS NOT NULL AND (NEW.minimum IS NULL OR NEW.minimum < 0) THEN
        RAISE EXCEPTION 'money in a place never falls below zero' USING ERRCODE = 'KB422';
    END IF;
    IF NEW.closed_at IS NOT NULL THEN
        PERFORM FROM ledger.account_balances b
        WHERE b.tenant_id = NEW.tenant_id AND b.account_id = NEW.id AND (b.balance <> 0 OR b.held <> 0);
        IF FOUND THEN
            RAISE EXCEPTION 'an account with money on it cannot be closed' USING ERRCODE = 'KB409';
        END IF;
        PERFORM FROM ledger.member_balances b
        WHERE b.tenant_id = NEW.tenant_id AND b.account_id = NEW.id AND b.balance <> 0;
        IF FOUND THEN
            RAISE EXCEPTION 'an account on which members have balances cannot be closed' USING ERRCODE = 'KB409';
        END IF;
        PERFORM FROM ledger.accounts c
        WHERE c.tenant_id = NEW.tenant_id AND c.parent_id = NEW.id AND c.closed_at IS NULL;
        IF FOUND THEN
            RAISE EXCEPTION 'a heading with open accounts below it cannot be closed' USING ERRCODE = 'KB409';
        END IF;
    END IF;
    IF NEW.minimum IS DISTINCT FROM OLD.minimum OR NEW.maximum IS DISTINCT FROM OLD.maximum THEN
        PERFORM FROM ledger.account_balances b
        WHERE b.tenant_id = NEW.tenant_id AND b.account_id = NEW.id
          AND (b.balance - b.held < NEW.minimum OR b.balance > NEW.maximum);
        IF FOUND THEN
            RAISE EXCEPTION 'the balance is beyond the limit' USING ERRCODE = 'KB409';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER accounts_checked BEFORE UPDATE OR DELETE ON ledger.accounts
    FOR EACH ROW EXECUTE FUNCTION ledger.check_account();

CREATE TRIGGER accounts_not_truncated BEFORE TRUNCATE ON ledger.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_account();

ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER accounts_checked;

ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER accounts_not_truncated;

-- Sets money of an account aside, as far as it is free. Who may is seen to by who calls this.
CREATE FUNCTION ledger.set_aside(
    tenant uuid, hold uuid, account uuid, amount numeric, purpose text, expires_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing numeric;
BEGIN
    PERFORM ledger.expire_holds(tenant);
    SELECT a.minimum + b.held + set_aside.amount - b.balance INTO missing
    FROM ledger.accounts a
    JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
    JOIN app.currencies c ON c.code = a.currency
    WHERE a.tenant_id = tenant AND a.id = account AND a.closed_at IS NULL AND a.type = 'ASSET' AND a.minimum IS NOT NULL
      AND set_aside.amount > 0 AND set_aside.amount = round(set_aside.amount, c.minor_unit)
      AND set_aside.expires_at > clock_timestamp()
      -- A moment more than the services grant, since their clock is read before.
      AND set_aside.expires_at < clock_timestamp() + interval '367 days';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a hold is on an open asset account with a minimum, of whole coins, until a moment to come'
            USING ERRCODE = 'KB422';
    END IF;
    IF missing > 0 THEN
        RAISE EXCEPTION 'not so much is free on the account' USING ERRCODE = 'KB402', DETAIL = missing::text;
    END IF;
    INSERT INTO ledger.holds (tenant_id, id, account_id, amount, purpose, placed_by, expires_at)
    VALUES (tenant, hold, account, amount, purpose, app.user_id(), expires_at);
    UPDATE ledger.account_balances b SET held = b.held + set_aside.amount
    WHERE b.tenant_id = tenant AND b.account_id = account;
END
$$;

CREATE FUNCTION ledger.place_hold(
    tenant uuid, hold uuid, account uuid, amount numeric, purpose text, expires_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('hold', 'create', tenant) THEN
        RAISE EXCEPTION 'the viewer may not set money aside' USING ERRCODE = 'KB403';
    END IF;
    PERFORM ledger.set_aside(tenant, hold, account, amount, purpose, expires_at);
END
$$;

-- Ends a hold: released, or used by the entry that this transaction posts after it.
CREATE FUNCTION ledger.let_go(tenant uuid, hold uuid, used_by uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended ledger.holds;
BEGIN
    PERFORM ledger.expire_holds(tenant);
    UPDATE ledger.holds h
    SET outcome = CASE WHEN used_by IS NULL THEN 'RELEASED' ELSE 'USED' END, ended_at = clock_timestamp(),
        ended_by = app.user_id(), entry_id = used_by
    WHERE h.tenant_id = tenant AND h.id = hold AND h.outcome IS NULL
    RETURNING * INTO ended;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold, or it is over' USING ERRCODE = 'KB409';
    END IF;
    UPDATE ledger.account_balances b SET held = b.held - ended.amount
    WHERE b.tenant_id = tenant AND b.account_id = ended.account_id;
END
$$;

CREATE FUNCTION ledger.end_hold(tenant uuid, hold uuid, used_by uuid DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('hold', 'update', tenant) THEN
        RAISE EXCEPTION 'the viewer may not end holds' USING ERRCODE = 'KB403';
    END IF;
    PERFORM ledger.let_go(tenant, hold, used_by);
END
$$;

-- A hold is used by an entry that is not older than itself, and that takes money from its account.
CREATE FUNCTION ledger.check_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.entries e
    JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
    WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.entry_id AND e.booked_at >= NEW.placed_at
      AND l.account_id = NEW.account_id AND l.amount < 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a hold is used by an entry that takes money from its account'
            USING ERRCODE = '23514', CONSTRAINT = 'holds_used_as_entry';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER holds_used_as_entry AFTER UPDATE ON ledger.holds
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.entry_id IS NOT NULL) EXECUTE FUNCTION ledger.check_use();

ALTER TABLE ledger.holds ENABLE ALWAYS TRIGGER holds_used_as_entry;

-- Who drafted what, and who decided, is never what the writer says. A draft that was decided stays as it is, and so does one
-- whose entry was posted, but for being marked as posted.
CREATE FUNCTION ledger.stamp_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    poster uuid;
BEGIN
    IF TG_OP NOT IN ('INSERT', 'UPDATE') OR (TG_OP = 'UPDATE' AND OLD.status <> 'OPEN') THEN
        RAISE EXCEPTION 'a draft that was decided stays as it was' USING ERRCODE = 'KB405';
    END IF;
    NEW.version := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.version + 1 END;
    SELECT e.actor_id INTO poster FROM ledger.entries e
    WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.id;
    IF FOUND <> (NEW.status = 'POSTED') THEN
        RAISE EXCEPTION 'a draft is posted by posting it' USING ERRCODE = 'KB405';
    END IF;
    IF TG_OP = 'UPDATE' AND ROW (NEW.tenant_id, NEW.id, NEW.kind, NEW.reverses_id) IS DISTINCT FROM
        ROW (OLD.tenant_id, OLD.id, OLD.kind, OLD.reverses_id)
    THEN
        RAISE EXCEPTION 'a draft stays the draft that it is' USING ERRCODE = 'KB405';
    END IF;
    IF NEW.status = 'OPEN' THEN
        NEW.drafted_by := app.user_id();
        NEW.drafted_at := clock_timestamp();
        NEW.decided_by := NULL;
        NEW.decided_at := NULL;
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' OR ROW (
        NEW.effective_on, NEW.meeting_id, NEW.member_id, NEW.line_accounts, NEW.line_members, NEW.line_amounts,
        NEW.line_shares, NEW.description, NEW.payee, NEW.receipt, NEW.drafted_by, NEW.drafted_at
    ) IS DISTINCT FROM ROW (
        OLD.effective_on, OLD.meeting_id, OLD.member_id, OLD.line_accounts, OLD.line_members, OLD.line_amounts,
        OLD.line_shares, OLD.description, OLD.payee, OLD.receipt, OLD.drafted_by, OLD.drafted_at
    ) THEN
        RAISE EXCEPTION 'a draft is decided as it stands' USING ERRCODE = 'KB405';
    END IF;
    -- The posting function has seen to it that another officer posted just this; the words go with it.
    IF NEW.status = 'POSTED' AND NOT EXISTS (
        SELECT FROM app.vouchers v
        WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.id
          AND ROW (v.description, v.payee, v.receipt) IS NOT DISTINCT FROM ROW (NEW.description, NEW.payee, NEW.receipt)
    ) THEN
        RAISE EXCEPTION 'a draft is posted with its words' USING ERRCODE = 'KB405';
    END IF;
    NEW.decided_by := CASE NEW.status WHEN 'POSTED' THEN poster ELSE app.user_id() END;
    NEW.decided_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE TRIGGER drafts_stamped BEFORE INSERT OR UPDATE OR DELETE ON app.drafts
    FOR EACH ROW EXECUTE FUNCTION ledger.stamp_draft();

CREATE TRIGGER drafts_not_truncated BEFORE TRUNCATE ON app.drafts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.stamp_draft();

ALTER TABLE app.drafts ENABLE ALWAYS TRIGGER drafts_stamped;

ALTER TABLE app.drafts ENABLE ALWAYS TRIGGER drafts_not_truncated;

-- Closes a book through a date: nothing counts for that day or one before it any more.
CREATE FUNCTION ledger.close_period(tenant uuid, through date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head ledger.heads;
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('book', 'update', tenant) THEN
        RAISE EXCEPTION 'the viewer may not close periods' USING ERRCODE = 'KB403';
    END IF;
    UPDATE ledger.heads h SET closed_through = through
    WHERE h.tenant_id = tenant AND h.closed_through < through AND through < (clock_timestamp() AT TIME ZONE 'UTC')::date + 1
      AND NOT EXISTS (
          SELECT FROM app.meetings m WHERE m.tenant_id = tenant AND m.status IN ('OPEN', 'CONFIRMED') AND m.held_on <= through
      )
    RETURNING * INTO head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a period is closed through a later day than before, none to come, that has no open meeting'
            USING ERRCODE = 'KB422';
    END IF;
    INSERT INTO ledger.closings (tenant_id, closed_through, entry_number, entry_hash, closed_by)
    VALUES (tenant, through, head.entry_number, head.entry_hash, app.user_id());
END
$$;
