-- A meeting moves from planned to cancelled, or to open, to confirmed by a second officer or back, and to closed; who did it is never what the
-- writer says. What is confirmed or planned takes no entries (ledger.post), and what is closed never changes.
CREATE FUNCTION app.move_meeting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.user_id();
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('DRAFT', 'OPEN') THEN
            RAISE EXCEPTION 'a meeting begins planned or open' USING ERRCODE = 'KB405';
        END IF;
        NEW.created_by := coalesce(who, NEW.created_by);
        IF NEW.status = 'OPEN' THEN
            NEW.opened_by := coalesce(who, NEW.opened_by);
        END IF;
        RETURN NEW;
    END IF;
    IF ROW (NEW.created_at, NEW.created_by) IS DISTINCT FROM ROW (OLD.created_at, OLD.created_by)
        OR (OLD.status || ' ' || NEW.status) NOT IN (
            'DRAFT DRAFT', 'DRAFT CANCELLED', 'DRAFT OPEN', 'OPEN OPEN', 'OPEN CONFIRMED', 'OPEN CLOSED', 'CONFIRMED OPEN', 'CONFIRMED CLOSED'
        )
    THEN
        RAISE EXCEPTION 'a meeting that is % does not become %', OLD.status, NEW.status USING ERRCODE = 'KB405';
    END IF;
    IF OLD.status <> 'DRAFT' AND ROW (NEW.number, NEW.held_on, NEW.opened_at, NEW.opened_by, NEW.opened_after)
        IS DISTINCT FROM ROW (OLD.number, OLD.held_on, OLD.opened_at, OLD.opened_by, OLD.opened_after)
    THEN
        RAISE EXCEPTION 'the number and the date of an open meeting stay' USING ERRCODE = 'KB405';
    END IF;
    IF NEW.status = 'CLOSED' AND ROW (NEW.confirmed_at, NEW.confirmed_by)
        IS DISTINCT FROM ROW (OLD.confirmed_at, OLD.confirmed_by)
    THEN
        RAISE EXCEPTION 'a meeting is confirmed before it is closed' USING ERRCODE = 'KB405';
    END IF;
    NEW.version := OLD.version + 1;
    IF OLD.status = 'DRAFT' AND NEW.status = 'OPEN' THEN
        NEW.opened_by := coalesce(who, NEW.opened_by);
    ELSIF NEW.status = 'CONFIRMED' THEN
        NEW.confirmed_by := coalesce(who, NEW.confirmed_by);
    ELSIF NEW.status = 'CLOSED' THEN
        NEW.closed_by := coalesce(who, NEW.closed_by);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER meetings_moved BEFORE INSERT OR UPDATE ON app.meetings
    FOR EACH ROW EXECUTE FUNCTION app.move_meeting();

-- A meeting is cancelled for a reason, as it was planned, and not once anything was recorded of it.
CREATE FUNCTION app.check_cancelled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.meeting_texts t
    WHERE t.tenant_id = NEW.tenant_id AND t.meeting_id = NEW.id AND t.cancel_reason IS NOT NULL
      AND ROW (NEW.number, NEW.held_on, NEW.kind) = ROW (OLD.number, OLD.held_on, OLD.kind)
      AND NOT EXISTS (SELECT FROM ledger.entries e WHERE e.tenant_id = NEW.tenant_id AND e.meeting_id = NEW.id)
      AND NOT EXISTS (SELECT FROM app.attendances a WHERE a.tenant_id = NEW.tenant_id AND a.meeting_id = NEW.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a meeting is cancelled for a reason, and without records' USING ERRCODE = 'KB405';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER meetings_cancelled AFTER UPDATE ON app.meetings
    FOR EACH ROW WHEN (NEW.status = 'CANCELLED') EXECUTE FUNCTION app.check_cancelled();

-- What belongs to a meeting is written while that may be: texts until it is confirmed, the roll while it is open.
CREATE FUNCTION app.check_meeting_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP NOT IN ('INSERT', 'UPDATE') OR NOT EXISTS (
        SELECT FROM app.meetings m
        WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.meeting_id AND m.status = ANY (TG_ARGV)
    ) THEN
        RAISE EXCEPTION 'what was recorded of the meeting stays' USING ERRCODE = 'KB405';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER meeting_texts_of_meeting BEFORE INSERT ON app.meeting_texts
    FOR EACH ROW EXECUTE FUNCTION app.check_meeting_part('DRAFT', 'OPEN');

CREATE TRIGGER meeting_texts_kept BEFORE UPDATE OR DELETE ON app.meeting_texts
    FOR EACH ROW EXECUTE FUNCTION app.check_meeting_part('DRAFT', 'OPEN');

ALTER TABLE app.meeting_texts ENABLE ALWAYS TRIGGER meeting_texts_kept;

-- On the roll stands who was a member on the day of the meeting; who wrote it is never what the writer says.
CREATE FUNCTION app.check_attendance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP NOT IN ('INSERT', 'UPDATE') OR NOT EXISTS (
        SELECT FROM app.meetings m
        JOIN app.members x ON x.tenant_id = m.tenant_id AND x.id = NEW.member_id
        WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.meeting_id AND m.status = 'OPEN'
          AND x.joined_on <= m.held_on AND (x.left_on IS NULL OR x.left_on > m.held_on)
    ) THEN
        RAISE EXCEPTION 'the roll of an open meeting takes its members' USING ERRCODE = 'KB405';
    END IF;
    IF TG_OP = 'UPDATE' AND ROW (NEW.tenant_id, NEW.meeting_id, NEW.member_id)
        IS DISTINCT FROM ROW (OLD.tenant_id, OLD.meeting_id, OLD.member_id)
    THEN
        RAISE EXCEPTION 'a line of the roll stays the one that it is' USING ERRCODE = 'KB405';
    END IF;
    NEW.recorded_by := coalesce(app.user_id(), NEW.recorded_by);
    NEW.recorded_at := clock_timestamp();
    NEW.version := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.version + 1 END;
    RETURN NEW;
END
$$;

CREATE TRIGGER attendances_of_meeting BEFORE INSERT ON app.attendances
    FOR EACH ROW EXECUTE FUNCTION app.check_attendance();

CREATE TRIGGER attendances_kept BEFORE UPDATE OR DELETE ON app.attendances
    FOR EACH ROW EXECUTE FUNCTION app.check_attendance();

ALTER TABLE app.attendances ENABLE ALWAYS TRIGGER attendances_kept;

CREATE TRIGGER attendance_words_of_meeting BEFORE INSERT ON app.attendance_words
    FOR EACH ROW EXECUTE FUNCTION app.check_meeting_part('OPEN');

CREATE TRIGGER attendance_words_kept BEFORE UPDATE OR DELETE ON app.attendance_words
    FOR EACH ROW EXECUTE FUNCTION app.check_meeting_part('OPEN');

ALTER TABLE app.attendance_words ENABLE ALWAYS TRIGGER attendance_words_kept;

CREATE TRIGGER meeting_texts_log_insert AFTER INSERT ON app.meeting_texts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER meeting_texts_log_update AFTER UPDATE ON app.meeting_texts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER attendances_log_insert AFTER INSERT ON app.attendances REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER attendances_log_update AFTER UPDATE ON app.attendances REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER attendance_words_log_insert AFTER INSERT ON app.attendance_words REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER attendance_words_log_update AFTER UPDATE ON app.attendance_words REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

-- What is said of a fine is said of an entry that levied one, from the same member; and once.
CREATE FUNCTION app.check_fine() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.entries e
    WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.id AND e.member_id = NEW.member_id AND e.kind = 'FINE_LEVIED'
      AND e.reverses_id IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the fine differs from its entry' USING ERRCODE = '23514', CONSTRAINT = 'fines_as_entry';
    END IF;
    -- What stands on the roll once is fined once.
    IF NEW.reason_code IN ('ABSENT', 'LATE') THEN
        PERFORM FROM ledger.entries e
        JOIN ledger.entries o ON o.tenant_id = e.tenant_id AND o.meeting_id = e.meeting_id AND o.id <> e.id
        JOIN app.fines f ON f.tenant_id = o.tenant_id AND f.id = o.id
        WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.id AND f.member_id = NEW.member_id
          AND f.reason_code = NEW.reason_code AND NOT EXISTS (
              SELECT FROM ledger.entries r WHERE r.tenant_id = o.tenant_id AND r.reverses_id = o.id
          );
        IF FOUND THEN
            RAISE EXCEPTION 'the member was fined for this in the meeting'
                USING ERRCODE = '23505', CONSTRAINT = 'fines_of_roll_once';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER fines_as_entry BEFORE INSERT ON app.fines FOR EACH ROW EXECUTE FUNCTION app.check_fine();

-- A payment, or a waiver, settles a fine of the same member that was levied before it.
CREATE FUNCTION app.check_settlement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.entries e
    JOIN ledger.entries f ON f.tenant_id = e.tenant_id AND f.id = NEW.fine_id AND f.kind = 'FINE_LEVIED'
        AND f.reverses_id IS NULL AND f.member_id = e.member_id AND f.number < e.number
    WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.id AND e.member_id = NEW.member_id
      AND e.kind IN ('FINE_PAID', 'FINE_WAIVED') AND e.reverses_id IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the settlement differs from its entry'
            USING ERRCODE = '23514', CONSTRAINT = 'fine_settlements_as_entry';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER fine_settlements_as_entry BEFORE INSERT ON app.fine_settlements
    FOR EACH ROW EXECUTE FUNCTION app.check_settlement();

CREATE TRIGGER fines_immutable BEFORE UPDATE OR DELETE ON app.fines
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER fines_not_truncated BEFORE TRUNCATE ON app.fines
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER fine_settlements_immutable BEFORE UPDATE OR DELETE ON app.fine_settlements
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER fine_settlements_not_truncated BEFORE TRUNCATE ON app.fine_settlements
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE app.fines ENABLE ALWAYS TRIGGER fines_immutable;

ALTER TABLE app.fines ENABLE ALWAYS TRIGGER fines_not_truncated;

ALTER TABLE app.fine_settlements ENABLE ALWAYS TRIGGER fine_settlements_immutable;

ALTER TABLE app.fine_settlements ENABLE ALWAYS TRIGGER fine_settlements_not_truncated;

CREATE TRIGGER fines_log_insert AFTER INSERT ON app.fines REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('fine');

CREATE TRIGGER fine_settlements_log_insert AFTER INSERT ON app.fine_settlements REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('fine_settlement');

-- Who asked for a waiver, and who decided, is never what the writer says; what was decided stays.
CREATE FUNCTION app.stamp_waiver() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'REQUESTED' THEN
            RAISE EXCEPTION 'a waiver is asked for before it is decided' USING ERRCODE = 'KB405';
        END IF;
        NEW.requested_by := coalesce(app.user_id(), NEW.requested_by);
        NEW.requested_at := clock_timestamp();
        NEW.version := 1;
        RETURN NEW;
    END IF;
    IF TG_OP <> 'UPDATE' OR OLD.status <> 'REQUESTED' OR NEW.status = 'REQUESTED' OR ROW (
        NEW.tenant_id, NEW.id, NEW.member_id, NEW.kind, NEW.type_code, NEW.counts_on, NEW.amount, NEW.currency, NEW.reason,
        NEW.requested_at, NEW.requested_by
    ) IS DISTINCT FROM ROW (
        OLD.tenant_id, OLD.id, OLD.member_id, OLD.kind, OLD.type_code, OLD.counts_on, OLD.amount, OLD.currency, OLD.reason,
        OLD.requested_at, OLD.requested_by
    ) THEN
        RAISE EXCEPTION 'a waiver is decided once, as it stands' USING ERRCODE = 'KB405';
    END IF;
    NEW.decided_by := coalesce(app.user_id(), NEW.decided_by);
    NEW.decided_at := clock_timestamp();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER contribution_waivers_stamped BEFORE INSERT OR UPDATE OR DELETE ON app.contribution_waivers
    FOR EACH ROW EXECUTE FUNCTION app.stamp_waiver();

ALTER TABLE app.contribution_waivers ENABLE ALWAYS TRIGGER contribution_waivers_stamped;

CREATE TRIGGER contribution_waivers_log_insert AFTER INSERT ON app.contribution_waivers REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('contribution_waiver');

CREATE TRIGGER contribution_waivers_log_update AFTER UPDATE ON app.contribution_waivers REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('contribution_waiver');
