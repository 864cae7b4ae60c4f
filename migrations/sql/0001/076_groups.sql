-- What changes a group and cannot be a plain statement: it touches the directory, or holds from a later moment.

-- Lets a version of the constitution that was just written hold, at once or from a moment. What members see of each other
-- stands in the directory, since every viewer is made from it; so it changes at once or not at all.
CREATE FUNCTION app.adopt_constitution(tenant uuid, adopted integer, holds_from timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown text;
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('constitution', 'create', tenant) THEN
        RAISE EXCEPTION 'the viewer may not amend the constitution' USING ERRCODE = 'KB403';
    END IF;
    SELECT c.visibility INTO shown FROM app.constitutions c
    WHERE c.tenant_id = tenant AND c.version = adopted
      AND NOT EXISTS (SELECT FROM app.constitutions n WHERE n.tenant_id = tenant AND n.version > adopted);
    IF shown IS NULL THEN
        RAISE EXCEPTION 'only the newest version can be adopted' USING ERRCODE = 'KB422';
    END IF;
    IF holds_from IS NULL THEN
        UPDATE app.groups g
        SET constitution_version = adopted, next_constitution_version = NULL, next_constitution_at = NULL,
            version = g.version + 1
        WHERE g.tenant_id = tenant;
        UPDATE app.tenants t SET visibility = shown WHERE t.id = tenant AND t.visibility <> shown;
    ELSE
        PERFORM FROM app.tenants t WHERE t.id = tenant AND t.visibility = shown;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'what members see changes at once' USING ERRCODE = 'KB422';
        END IF;
        UPDATE app.groups g
        SET constitution_version = CASE WHEN g.next_constitution_at <= now() THEN g.next_constitution_version
                                        ELSE g.constitution_version END,
            next_constitution_version = adopted, next_constitution_at = holds_from, version = g.version + 1
        WHERE g.tenant_id = tenant;
    END IF;
END
$$;

-- A group begins as whoever runs the platform decided, whatever the statement says.
CREATE FUNCTION app.begin_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.status := CASE WHEN (SELECT p.is_verification_required FROM app.platform p) THEN 'PENDING_VERIFICATION'
                  ELSE 'ACTIVE' END;
    NEW.constitution_version := 1;
    NEW.next_constitution_version := NULL;
    NEW.next_constitution_at := NULL;
    NEW.version := 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER groups_begin BEFORE INSERT ON app.groups FOR EACH ROW EXECUTE FUNCTION app.begin_group();

-- Enters an administrator who is about to change what is hers to change in a group. It runs as the owner, so that an
-- administrator's role needs no right to write anything else.
CREATE FUNCTION app.enter_admin_command(
    principal uuid, tenant_ids uuid[], key_tenant uuid, command_key uuid, command text, contents bytea[],
    request text, OUT viewer app.viewer, OUT claim text, OUT stored jsonb
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entered record;
BEGIN
    SELECT * INTO entered
    FROM app.enter_command(principal, tenant_ids, key_tenant, command_key, command, contents, request);
    viewer := entered.viewer;
    claim := entered.claim;
    stored := entered.stored;
END
$$;

-- Decides otherwise for the whole platform; what is NULL stays. Returns the new version, NULL where the platform is at
-- another than the known one.
CREATE FUNCTION app.revise_platform(known_version integer, founders text, is_verifying boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    becomes integer;
BEGIN
    IF NOT (current_setting('role') = 'kibubu_admin' AND app.allows('group_status', 'create', NULL)) THEN
        RAISE EXCEPTION 'only an administrator decides for the platform' USING ERRCODE = 'KB403';
    END IF;
    UPDATE app.platform p
    SET group_founders = coalesce(founders, p.group_founders),
        is_verification_required = coalesce(is_verifying, p.is_verification_required),
        version = p.version + 1, changed_at = clock_timestamp(), changed_by = app.own_user()
    WHERE p.version = known_version
    RETURNING p.version INTO becomes;
    RETURN becomes;
END
$$;

-- Takes the group a step further in its life.
CREATE FUNCTION app.change_group_status(tenant uuid, known_version integer, next_status text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known app.groups;
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT app.allows('group_status', 'create', tenant) THEN
        RAISE EXCEPTION 'only an administrator changes the status of a group' USING ERRCODE = 'KB403';
    END IF;
    SELECT * INTO known FROM app.groups g WHERE g.tenant_id = tenant;
    IF known.version IS DISTINCT FROM known_version THEN
        RAISE EXCEPTION 'the group has changed' USING ERRCODE = 'KB409';
    END IF;
    INSERT INTO app.group_statuses (tenant_id, group_version, was, became, reason, changed_by)
    VALUES (tenant, known.version + 1, known.status, next_status, why, app.user_id());
    UPDATE app.groups g SET status = next_status, version = g.version + 1 WHERE g.tenant_id = tenant;
END
$$;

CREATE TRIGGER group_statuses_log_insert AFTER INSERT ON app.group_statuses REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('group');

CREATE TRIGGER group_statuses_log_update AFTER UPDATE ON app.group_statuses REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('group');

CREATE TRIGGER group_statuses_log_delete AFTER DELETE ON app.group_statuses REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('group');

CREATE TRIGGER cycles_log_insert AFTER INSERT ON app.cycles REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('cycle');

CREATE TRIGGER cycles_log_update AFTER UPDATE ON app.cycles REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('cycle');

CREATE TRIGGER cycles_log_delete AFTER DELETE ON app.cycles REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('cycle');

CREATE TRIGGER cycles_audit AFTER INSERT OR UPDATE OR DELETE ON app.cycles
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('cycle', 'id', '');

-- No two cycles cover one day, and a cycle that ended stays as it was.
CREATE FUNCTION app.check_cycle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.ended_on IS NOT NULL OR (NEW.tenant_id, NEW.id, NEW.number, NEW.starts_on)
        IS DISTINCT FROM (OLD.tenant_id, OLD.id, OLD.number, OLD.starts_on))
    THEN
        RAISE EXCEPTION 'a cycle that ended stays as it was' USING ERRCODE = 'KB405';
    END IF;
    PERFORM FROM app.cycles c
    WHERE c.tenant_id = NEW.tenant_id AND c.id <> NEW.id AND c.starts_on <= coalesce(NEW.ended_on, 'infinity')
      AND coalesce(c.ended_on, 'infinity') >= NEW.starts_on;
    IF FOUND THEN
        RAISE EXCEPTION 'two cycles would cover one day' USING ERRCODE = 'KB422';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER cycles_check BEFORE INSERT OR UPDATE ON app.cycles FOR EACH ROW EXECUTE FUNCTION app.check_cycle();
