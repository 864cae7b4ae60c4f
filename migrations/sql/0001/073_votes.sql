-- How many members the constitution in force on the day of a meeting wants there, and how many are, by its roll. A committee
-- decides as it is. Other functions alone call it.
CREATE FUNCTION app.quorum_of(tenant uuid, meeting uuid, OUT present integer, OUT needed integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (
               SELECT count(*) FROM app.attendances a
               WHERE a.tenant_id = m.tenant_id AND a.meeting_id = m.id AND a.status IN ('PRESENT', 'LATE', 'REPRESENTED')
           )::integer,
           CASE WHEN m.kind = 'COMMITTEE' THEN 0 ELSE ceil((
               SELECT count(*) FROM app.members x
               WHERE x.tenant_id = m.tenant_id AND x.joined_on <= m.held_on
                 AND (x.left_on IS NULL OR x.left_on > m.held_on)
           ) * (
               SELECT r.quorum_percent FROM app.constitutions r
               WHERE r.tenant_id = m.tenant_id
               ORDER BY r.adopted_on <= m.held_on DESC,
                        CASE WHEN r.adopted_on <= m.held_on THEN r.version ELSE -r.version END DESC
               LIMIT 1
           ) / 100.0)::integer END
    FROM app.meetings m WHERE m.tenant_id = tenant AND m.id = meeting
$$;

-- A question is put, and its votes are taken, while the meeting is open, and where enough are there. What was asked stays as it
-- is; who asked and who counted is never what the writer says.
CREATE FUNCTION app.check_vote() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    quorum record;
BEGIN
    IF TG_OP NOT IN ('INSERT', 'UPDATE') OR NOT EXISTS (
        SELECT FROM app.meetings m
        WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.meeting_id AND m.status = 'OPEN'
    ) THEN
        RAISE EXCEPTION 'a vote belongs to an open meeting' USING ERRCODE = 'KB405';
    END IF;
    IF EXISTS (SELECT FROM unnest(NEW.options) o WHERE length(o) NOT BETWEEN 1 AND 120) THEN
        RAISE EXCEPTION 'an option has a name' USING ERRCODE = 'KB422';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.hands IS NOT NULL OR NEW.counted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a question is put before it is counted' USING ERRCODE = 'KB405';
        END IF;
        NEW.put_by := coalesce(app.user_id(), NEW.put_by);
        NEW.put_at := clock_timestamp();
        NEW.version := 1;
        RETURN NEW;
    END IF;
    IF ROW (
        NEW.tenant_id, NEW.id, NEW.meeting_id, NEW.number, NEW.question, NEW.kind, NEW.method, NEW.options, NEW.put_at,
        NEW.put_by
    ) IS DISTINCT FROM ROW (
        OLD.tenant_id, OLD.id, OLD.meeting_id, OLD.number, OLD.question, OLD.kind, OLD.method, OLD.options, OLD.put_at,
        OLD.put_by
    ) OR (OLD.hands IS NOT NULL AND NEW.hands IS NULL) THEN
        RAISE EXCEPTION 'what was put to the vote stays' USING ERRCODE = 'KB405';
    END IF;
    quorum := app.quorum_of(NEW.tenant_id, NEW.meeting_id);
    IF quorum.present < quorum.needed
        OR (SELECT coalesce(sum(h), 0) FROM unnest(NEW.hands) h) + coalesce(NEW.abstained, 0) > quorum.present
    THEN
        RAISE EXCEPTION 'too few are there for this vote' USING ERRCODE = 'KB422';
    END IF;
    NEW.counted_by := coalesce(app.user_id(), NEW.counted_by, OLD.counted_by);
    NEW.counted_at := clock_timestamp();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER votes_of_meeting BEFORE INSERT ON app.votes
    FOR EACH ROW EXECUTE FUNCTION app.check_vote();

CREATE TRIGGER votes_kept BEFORE UPDATE OR DELETE ON app.votes
    FOR EACH ROW EXECUTE FUNCTION app.check_vote();

ALTER TABLE app.votes ENABLE ALWAYS TRIGGER votes_kept;

-- A ballot is of a member who is there by the roll, or whom somebody represents, for one of the options.
CREATE FUNCTION app.check_ballot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    quorum record;
    meeting uuid;
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        SELECT m.id INTO meeting
        FROM app.votes v
        JOIN app.meetings m ON m.tenant_id = v.tenant_id AND m.id = v.meeting_id AND m.status = 'OPEN'
        JOIN app.attendances a ON a.tenant_id = v.tenant_id AND a.meeting_id = v.meeting_id
            AND a.member_id = NEW.member_id AND a.status IN ('PRESENT', 'LATE', 'REPRESENTED')
        WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.vote_id AND v.method = 'BALLOTS'
          AND NEW.option <= cardinality(v.options);
    END IF;
    IF meeting IS NULL THEN
        RAISE EXCEPTION 'a ballot is of a member who is there, in an open meeting' USING ERRCODE = 'KB405';
    END IF;
    quorum := app.quorum_of(NEW.tenant_id, meeting);
    IF quorum.present < quorum.needed THEN
        RAISE EXCEPTION 'too few are there for this vote' USING ERRCODE = 'KB422';
    END IF;
    IF TG_OP = 'UPDATE' AND ROW (NEW.tenant_id, NEW.vote_id, NEW.member_id)
        IS DISTINCT FROM ROW (OLD.tenant_id, OLD.vote_id, OLD.member_id)
    THEN
        RAISE EXCEPTION 'a ballot stays whose it is' USING ERRCODE = 'KB405';
    END IF;
    NEW.recorded_by := coalesce(app.user_id(), NEW.recorded_by);
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;

CREATE TRIGGER ballots_of_vote BEFORE INSERT ON app.ballots
    FOR EACH ROW EXECUTE FUNCTION app.check_ballot();

CREATE TRIGGER ballots_kept BEFORE UPDATE OR DELETE ON app.ballots
    FOR EACH ROW EXECUTE FUNCTION app.check_ballot();

ALTER TABLE app.ballots ENABLE ALWAYS TRIGGER ballots_kept;

CREATE TRIGGER votes_log_insert AFTER INSERT ON app.votes REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('vote');

CREATE TRIGGER votes_log_update AFTER UPDATE ON app.votes REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('vote');

-- A ballot is a part of its vote.
CREATE FUNCTION app.log_vote_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, app.change_number(w.tenant_id), TG_ARGV[0], w.vote_id, 'UPDATE'
    FROM (SELECT DISTINCT tenant_id, vote_id FROM written) w
    ON CONFLICT (tenant_id, number, entity, entity_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER ballots_log_insert AFTER INSERT ON app.ballots REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_vote_part('vote');

CREATE TRIGGER ballots_log_update AFTER UPDATE ON app.ballots REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_vote_part('vote');

CREATE TRIGGER votes_audit AFTER INSERT OR UPDATE OR DELETE ON app.votes
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('vote', 'id', 'question options');

CREATE TRIGGER ballots_audit AFTER UPDATE OR DELETE ON app.ballots
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('ballot', 'vote_id', 'option');

-- How many ballots each option has, of whoever is there by the roll, for whoever sees the vote: how single members voted, fewer
-- see. A vote of which nothing was written down has no row.
CREATE FUNCTION app.ballot_counts(tenants uuid[], vote_ids uuid[])
RETURNS TABLE (tenant_id uuid, vote_id uuid, option integer, votes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT b.tenant_id, b.vote_id, b.option, count(*)
    FROM app.ballots b
    JOIN app.votes v ON v.tenant_id = b.tenant_id AND v.id = b.vote_id
    JOIN app.attendances a ON a.tenant_id = v.tenant_id AND a.meeting_id = v.meeting_id AND a.member_id = b.member_id
        AND a.status IN ('PRESENT', 'LATE', 'REPRESENTED')
    WHERE b.tenant_id IN (SELECT t.id FROM unnest(tenants) t (id) WHERE app.allows('vote', 'read', t.id))
      AND b.vote_id = ANY (vote_ids)
    GROUP BY b.tenant_id, b.vote_id, b.option
$$;
