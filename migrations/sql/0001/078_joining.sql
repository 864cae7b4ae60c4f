-- Coming to a group: what happens before somebody belongs to it, and the code by which she is let in.

CREATE FUNCTION app.change_join_code(tenant uuid, next_code text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('join_code', 'create', tenant) THEN
        RAISE EXCEPTION 'the viewer may not change the join code' USING ERRCODE = 'KB403';
    END IF;
    INSERT INTO app.join_codes AS j (tenant_id, code, made_by) VALUES (tenant, next_code, app.user_id())
    ON CONFLICT (tenant_id) DO UPDATE SET code = excluded.code, made_at = now(), made_by = excluded.made_by;
END
$$;

-- Asks to join the group with a code. A user has ten guesses, and gets one back every five minutes, right or wrong: of a
-- thousand, no more are heard, however many programs send them at once. `state` is WAIT with how long; UNKNOWN for a code that
-- no group at work has now; MEMBER or PENDING for whoever need not ask; else ASKED.
CREATE FUNCTION app.request_join(
    wanted text, request uuid, person text, words text, OUT state text, OUT wait interval
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guesses CONSTANT integer := 10;
    back_after CONSTANT interval := '5 minutes';
    who uuid := app.own_user();
    joined app.groups;
BEGIN
    IF who IS NULL OR current_setting('role') <> 'kibubu_app' THEN
        RAISE EXCEPTION 'a user asks to join' USING ERRCODE = 'KB403';
    END IF;
    wait := access.take_attempts(
        ARRAY[sha256(convert_to('join ' || who, 'UTF8'))], ARRAY[guesses], ARRAY[back_after]
    );
    IF wait IS NOT NULL THEN
        state := 'WAIT';
        RETURN;
    END IF;
    SELECT g.* INTO joined FROM app.join_codes j JOIN app.groups g ON g.tenant_id = j.tenant_id
    WHERE j.code = wanted AND g.status = 'ACTIVE';
    IF NOT FOUND THEN
        state := 'UNKNOWN';
        RETURN;
    END IF;
    UPDATE ledger.heads h SET change_number = h.change_number + 1, writer = pg_current_xact_id()
    WHERE h.tenant_id = joined.tenant_id;
    PERFORM FROM app.memberships m
    WHERE m.tenant_id = joined.tenant_id AND m.user_id = who AND m.member_id IS NOT NULL
      AND (m.ends_at IS NULL OR m.ends_at > now());
    IF FOUND THEN
        state := 'MEMBER';
        RETURN;
    END IF;
    PERFORM FROM app.join_requests r
    WHERE r.tenant_id = joined.tenant_id AND r.user_id = who AND r.status = 'PENDING';
    IF FOUND THEN
        state := 'PENDING';
        RETURN;
    END IF;
    INSERT INTO app.join_requests (tenant_id, id, user_id, group_name, name, note)
    VALUES (joined.tenant_id, request, who, joined.name, person, words);
    state := 'ASKED';
END
$$;

-- The invitations to the viewer: those that name the phone number or e-mail address that she signs in with.
CREATE FUNCTION app.open_invitations()
RETURNS TABLE (tenant_id uuid, id uuid, group_name text, invited_at timestamptz, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.tenant_id, i.id, g.name, i.invited_at, i.expires_at
    FROM access.user_private u
    JOIN app.invitations i ON i.phone_index = u.phone_index OR i.email_index = u.email_index
    JOIN app.groups g ON g.tenant_id = i.tenant_id
    WHERE u.user_id = app.own_user() AND i.status = 'OPEN' AND i.expires_at > now() AND g.status = 'ACTIVE'
    ORDER BY i.invited_at DESC, i.id;
$$;

-- Lets the viewer be the member whom somebody invited; one who is not in the register yet is entered under the id and with
-- the key that were made for her. NULL where there is no such invitation to her, which is all that anybody else learns.
CREATE FUNCTION app.accept_invitation(tenant uuid, invitation uuid, fresh_member uuid, fresh_key bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.own_user();
    known app.invitations;
    has_left boolean;
    chosen uuid;
BEGIN
    IF who IS NULL OR current_setting('role') <> 'kibubu_app' THEN
        RAISE EXCEPTION 'an invitation is accepted by a user' USING ERRCODE = 'KB403';
    END IF;
    PERFORM FROM app.open_invitations() o WHERE o.tenant_id = tenant AND o.id = invitation;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE ledger.heads h SET change_number = h.change_number + 1, writer = pg_current_xact_id()
    WHERE h.tenant_id = tenant;
    SELECT * INTO known FROM app.invitations i WHERE i.tenant_id = tenant AND i.id = invitation AND i.status = 'OPEN';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Whoever was entered with that contact since is she, and nobody is entered a second time.
    IF known.member_id IS NULL THEN
        SELECT p.member_id, m.left_on IS NOT NULL INTO known.member_id, has_left
        FROM app.member_private p
        JOIN app.members m ON m.tenant_id = p.tenant_id AND m.id = p.member_id
        WHERE p.tenant_id = tenant AND (p.phone_index = known.phone_index OR p.email_index = known.email_index);
        IF has_left THEN
            RAISE EXCEPTION 'the viewer was a member of this group' USING ERRCODE = 'KB409';
        END IF;
    END IF;
    chosen := coalesce(known.member_id, fresh_member);
    PERFORM FROM app.memberships m
    WHERE m.tenant_id = tenant AND (m.ends_at IS NULL OR m.ends_at > now()) AND (
        (m.user_id = who AND m.member_id <> chosen) OR (m.user_id <> who AND m.member_id = chosen)
    );
    IF FOUND THEN
        RAISE EXCEPTION 'the viewer is another member of this group' USING ERRCODE = 'KB409';
    END IF;
    IF known.member_id IS NULL THEN
        INSERT INTO app.members (tenant_id, id, number, joined_on, created_by)
        SELECT tenant, chosen, coalesce(max(m.number), 0) + 1, (now() AT TIME ZONE g.time_zone)::date, who
        FROM app.groups g LEFT JOIN app.members m ON m.tenant_id = g.tenant_id
        WHERE g.tenant_id = tenant GROUP BY g.time_zone;
        INSERT INTO app.member_names (tenant_id, member_id, name) VALUES (tenant, chosen, known.name);
        INSERT INTO app.member_private (tenant_id, member_id, person_key) VALUES (tenant, chosen, fresh_key);
    END IF;
    UPDATE app.memberships m SET member_id = chosen
    WHERE m.tenant_id = tenant AND m.user_id = who AND m.ends_at IS NULL AND m.member_id IS NULL;
    INSERT INTO app.memberships (id, user_id, tenant_id, member_id, role, created_by)
    VALUES (gen_random_uuid(), who, tenant, chosen, 'MEMBER', who)
    ON CONFLICT (tenant_id, user_id, role) WHERE ends_at IS NULL DO NOTHING;
    UPDATE app.invitations i SET status = 'ACCEPTED', member_id = chosen, version = i.version + 1
    WHERE i.tenant_id = tenant AND i.id = invitation;
    PERFORM app.log_tie(tenant, chosen);
    RETURN chosen;
END
$$;

CREATE TRIGGER join_requests_log_insert AFTER INSERT ON app.join_requests REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('joinRequest');

CREATE TRIGGER join_requests_log_update AFTER UPDATE ON app.join_requests REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('joinRequest');

CREATE TRIGGER join_requests_log_delete AFTER DELETE ON app.join_requests REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('joinRequest');

CREATE TRIGGER join_requests_audit AFTER INSERT OR UPDATE OR DELETE ON app.join_requests
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('joinRequest', 'id', 'name note');

CREATE TRIGGER invitations_log_insert AFTER INSERT ON app.invitations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('invitation');

CREATE TRIGGER invitations_log_update AFTER UPDATE ON app.invitations REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('invitation');

CREATE TRIGGER invitations_log_delete AFTER DELETE ON app.invitations REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('invitation');

CREATE TRIGGER invitations_audit AFTER INSERT OR UPDATE OR DELETE ON app.invitations
    FOR EACH ROW EXECUTE FUNCTION app.audit_change(
        'invitation', 'id', 'name phone_sealed email_sealed phone_index email_index'
    );

-- Whoever decides a request, or takes an invitation back, decides for good and changes nothing else.
CREATE FUNCTION app.check_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.status NOT IN ('PENDING', 'OPEN') THEN
        RAISE EXCEPTION 'what was decided stays' USING ERRCODE = 'KB405';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER join_requests_decided BEFORE UPDATE ON app.join_requests FOR EACH ROW EXECUTE FUNCTION app.check_decision();

CREATE TRIGGER invitations_decided BEFORE UPDATE ON app.invitations FOR EACH ROW EXECUTE FUNCTION app.check_decision();

-- Whoever is in the register is invited as that member, or she would be entered a second time.
CREATE FUNCTION app.check_invited() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.member_private p
    WHERE p.tenant_id = NEW.tenant_id AND (p.phone_index = NEW.phone_index OR p.email_index = NEW.email_index)
      AND p.member_id IS DISTINCT FROM NEW.member_id;
    IF FOUND THEN
        RAISE EXCEPTION 'a member of the group has this contact' USING ERRCODE = 'KB409';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER invitations_invited AFTER INSERT ON app.invitations FOR EACH ROW EXECUTE FUNCTION app.check_invited();
