-- The backstop behind ledger.post: whoever inserts an entry, its lines are there, and sum to zero; and what was counted
-- otherwise than the book has it is posted by the closing of the meeting that counted it.
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
    IF NEW.kind = 'CASH_DIFFERENCE' AND NEW.reverses_id IS NULL THEN
        PERFORM FROM app.meetings m WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.meeting_id AND m.status = 'CLOSED';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a difference is posted as the meeting closes that counted it' USING ERRCODE = 'KB422';
        END IF;
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

CREATE TRIGGER vouchers_immutable BEFORE UPDATE OR DELETE ON app.vouchers
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER vouchers_not_truncated BEFORE TRUNCATE ON app.vouchers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER closings_immutable BEFORE UPDATE OR DELETE ON ledger.closings
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER closings_not_truncated BEFORE TRUNCATE ON ledger.closings
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

ALTER TABLE app.vouchers ENABLE ALWAYS TRIGGER vouchers_immutable;

ALTER TABLE app.vouchers ENABLE ALWAYS TRIGGER vouchers_not_truncated;

ALTER TABLE ledger.closings ENABLE ALWAYS TRIGGER closings_immutable;

ALTER TABLE ledger.closings ENABLE ALWAYS TRIGGER closings_not_truncated;

ALTER TABLE app.contributions ENABLE ALWAYS TRIGGER contributions_immutable;

ALTER TABLE app.contributions ENABLE ALWAYS TRIGGER contributions_not_truncated;

-- The kind of the entry that a kind of contribution is posted as.
CREATE FUNCTION app.entry_kind(contribution text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE contribution
    WHEN 'SHARE' THEN 'SHARE_PURCHASE' WHEN 'SAVINGS' THEN 'SAVINGS_DEPOSIT' WHEN 'SOCIAL_FUND' THEN 'SOCIAL_FUND_CONTRIBUTION'
    WHEN 'OTHER' THEN 'OTHER_CONTRIBUTION'
END;

-- A contribution says of its entry what the entry says: member, meeting, money, where it went, and who posted it.
CREATE FUNCTION app.check_contribution() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.entries e
    JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number
    JOIN ledger.lines d ON d.tenant_id = e.tenant_id AND d.entry_number = e.number AND d.amount = NEW.amount
    JOIN ledger.accounts a ON a.tenant_id = d.tenant_id AND a.id = d.account_id AND a.place = NEW.place
        AND a.fund = CASE NEW.kind WHEN 'SOCIAL_FUND' THEN 'SOCIAL_FUND' WHEN 'OTHER' THEN a.fund ELSE 'LOAN_FUND' END
    WHERE e.tenant_id = NEW.tenant_id AND e.number = NEW.entry_number AND e.id = NEW.id
      AND e.meeting_id IS NOT DISTINCT FROM NEW.meeting_id AND l.member_id = NEW.member_id
      AND l.amount = -NEW.amount AND l.currency = NEW.currency AND l.shares IS NOT DISTINCT FROM NEW.shares
      AND e.reverses_id IS NULL AND e.kind = app.entry_kind(NEW.kind) AND e.actor_id = NEW.recorded_by;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the contribution differs from its entry'
            USING ERRCODE = '23514', CONSTRAINT = 'contributions_as_entry';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER contributions_as_entry BEFORE INSERT ON app.contributions
    FOR EACH ROW EXECUTE FUNCTION app.check_contribution();

-- The words of an entry are shown to the member whom it is about.
CREATE FUNCTION app.check_voucher() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.entries e
    WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.id AND e.member_id IS NOT DISTINCT FROM NEW.member_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the voucher is about another member than its entry'
            USING ERRCODE = '23514', CONSTRAINT = 'vouchers_as_entry';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER vouchers_as_entry BEFORE INSERT ON app.vouchers
    FOR EACH ROW EXECUTE FUNCTION app.check_voucher();

-- Posts a sheet's entries and keeps the contributions they hold, in one round trip. It runs as its caller: the entries go
-- through ledger.post, the contributions through their policy.
CREATE FUNCTION app.post_contributions(
    tenant uuid, command uuid,
    entry_ids uuid[], entry_kinds text[], effective_dates date[], meetings uuid[], members uuid[], reversed uuid[], line_counts integer[],
    line_accounts uuid[], line_members uuid[], line_amounts numeric[], line_shares integer[],
    kinds text[], type_codes text[], shares integer[], amounts numeric[], currencies text[], places text[],
    device_times timestamptz[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first_number bigint := ledger.post(
        tenant, command, 1, entry_ids, entry_kinds, effective_dates, meetings, members, reversed, line_counts,
        line_accounts, line_members, line_amounts, line_shares
    );
BEGIN
    INSERT INTO app.contributions (
        tenant_id, id, entry_number, meeting_id, member_id, kind, type_code, shares, amount, currency, place, recorded_by,
        device_time
    )
    SELECT tenant, c.id, first_number + c.i - 1, c.meeting_id, c.member_id, c.kind, c.type_code, c.shares, c.amount, c.currency,
           c.place, app.user_id(), c.device_time
    FROM unnest(entry_ids, meetings, members, kinds, type_codes, shares, amounts, currencies, places, device_times)
        WITH ORDINALITY c (id, meeting_id, member_id, kind, type_code, shares, amount, currency, place, device_time, i);
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
