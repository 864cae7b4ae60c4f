-- What the services see to of the records beside the book is seen to once more where the records are. These triggers fire
-- after the rows are written, so that row-level security answers first; most at the end of the transaction, since what they
-- compare is written by several statements.

-- A draft could be posted: its kind is one, its lines sum to zero and stand on accounts that take entries, its members are
-- the group's.
CREATE FUNCTION ledger.check_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    amount_limit CONSTANT numeric := 100000000000000;
BEGIN
    PERFORM FROM ledger.entry_kinds k WHERE k.kind = NEW.kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no entry is of such a kind' USING ERRCODE = 'KB422';
    END IF;
    -- What is not a number is not below the limit.
    PERFORM FROM unnest(NEW.line_amounts) l (amount)
    HAVING sum(l.amount) = 0 AND bool_and(coalesce(l.amount <> 0 AND abs(l.amount) <= amount_limit, false));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lines of a draft sum to zero' USING ERRCODE = 'KB422';
    END IF;
    PERFORM FROM unnest(NEW.line_accounts) l (account_id)
    LEFT JOIN ledger.accounts a ON a.tenant_id = NEW.tenant_id AND a.id = l.account_id AND a.is_postable
    WHERE a.id IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'a draft stands on accounts of the book that take entries' USING ERRCODE = 'KB422';
    END IF;
    PERFORM FROM unnest(NEW.line_members) l (member_id)
    LEFT JOIN app.members m ON m.tenant_id = NEW.tenant_id AND m.id = l.member_id
    WHERE l.member_id IS NOT NULL AND m.id IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'a draft names members of the group' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER drafts_checked AFTER INSERT OR UPDATE ON app.drafts
    FOR EACH ROW WHEN (NEW.status = 'OPEN') EXECUTE FUNCTION ledger.check_draft();

-- Words stand beside an entry from the unit of work that posts it, and are its poster's.
CREATE FUNCTION app.check_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.changes c
    JOIN ledger.entries e ON e.tenant_id = c.tenant_id AND e.id = c.entity_id
    WHERE c.transaction_id = pg_current_xact_id() AND c.tenant_id = NEW.tenant_id AND c.entity = 'entry'
      AND c.entity_id = NEW.id AND e.actor_id = app.user_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'words are written by who posts the entry, as it is posted' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER vouchers_with_entry AFTER INSERT ON app.vouchers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_words();

-- A meeting that is planned opens, or is opened at once, by who opens it, after all that is booked, in an open period; it is
-- closed once the cash of each place was counted, and the book has what was counted. Which status follows which, and who did
-- it, is seen to by app.move_meeting.
CREATE FUNCTION app.check_meeting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    IF NEW.status = 'OPEN' AND (TG_OP = 'INSERT' OR OLD.status = 'DRAFT') THEN
        PERFORM FROM ledger.heads h
        WHERE h.tenant_id = NEW.tenant_id AND NEW.opened_by = app.user_id() AND NEW.held_on > h.closed_through
          AND NEW.closed_by IS NULL AND (TG_OP = 'UPDATE' OR NEW.version = 1)
          -- A group's today may be a day ahead of UTC's, and a meeting be held the day after.
          AND NEW.held_on BETWEEN '1990-01-01' AND today + 2
          AND NEW.opened_after = h.entry_number - (
              SELECT count(*) FROM app.changes c
              WHERE c.transaction_id = pg_current_xact_id() AND c.tenant_id = NEW.tenant_id AND c.entity = 'entry'
          );
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a meeting is opened by who opens it, in an open period, after all that is booked'
                USING ERRCODE = 'KB422';
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.status <> 'CLOSED' THEN
        RETURN NULL;
    END IF;
    IF NEW.closed_by IS DISTINCT FROM app.user_id() OR abs(NEW.closed_at::date - today) > 1 THEN
        RAISE EXCEPTION 'a meeting is closed by who closes it, when she does' USING ERRCODE = 'KB422';
    END IF;
    PERFORM FROM (
        SELECT b.balance, o.expected AS opening_expected, o.counted AS opening, c.expected AS closing_expected, c.counted AS closing,
               b.balance - (
                   SELECT coalesce(sum(l.amount), 0) FROM ledger.lines l
                   WHERE l.tenant_id = NEW.tenant_id AND l.account_id = a.id AND l.entry_number > NEW.opened_after
               ) AS at_opening,
               (
                   SELECT coalesce(sum(l.amount), 0) FROM ledger.entries e
                   JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number AND l.account_id = a.id
                   WHERE e.tenant_id = NEW.tenant_id AND e.meeting_id = NEW.id AND e.kind = 'CASH_DIFFERENCE'
                     AND e.reverses_id IS NULL
               ) AS corrected
        FROM ledger.accounts a
        JOIN ledger.account_balances b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
        LEFT JOIN app.cash_counts o
            ON o.tenant_id = a.tenant_id AND o.meeting_id = NEW.id AND o.account_id = a.id AND o.moment = 'OPENING'
        LEFT JOIN app.cash_counts c
            ON c.tenant_id = a.tenant_id AND c.meeting_id = NEW.id AND c.account_id = a.id AND c.moment = 'CLOSING'
        WHERE a.tenant_id = NEW.tenant_id AND a.place IS NOT NULL
    ) x
    WHERE x.at_opening <> coalesce(x.opening_expected, 0) OR x.balance <> coalesce(x.closing, 0)
       OR x.corrected <> coalesce(x.opening - x.opening_expected, 0) + coalesce(x.closing - x.closing_expected, 0);
    IF FOUND THEN
        RAISE EXCEPTION 'a meeting is closed once the cash of each place was counted and the book has what was counted'
            USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER meetings_opened AFTER INSERT ON app.meetings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_meeting();

CREATE CONSTRAINT TRIGGER meetings_decided AFTER UPDATE OF status ON app.meetings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_meeting();

-- Cash is counted in places, in whole coins, as a meeting closes: it is open or confirmed before, and closed in the end.
CREATE FUNCTION app.check_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.meetings m
    JOIN ledger.accounts a ON a.tenant_id = m.tenant_id AND a.id = NEW.account_id AND a.place IS NOT NULL
    JOIN app.currencies u ON u.code = a.currency AND NEW.counted = round(NEW.counted, u.minor_unit)
    WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.meeting_id AND m.status = ANY (TG_ARGV);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'cash is counted in places, in whole coins, as a meeting closes' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER cash_counts_before_closing AFTER INSERT ON app.cash_counts
    FOR EACH ROW EXECUTE FUNCTION app.check_count('OPEN', 'CONFIRMED');

CREATE CONSTRAINT TRIGGER cash_counts_closed AFTER INSERT ON app.cash_counts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_count('CLOSED');
