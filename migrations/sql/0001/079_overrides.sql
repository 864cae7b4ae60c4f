-- What the officers of a group let a member do beside her roles, or keep an officer from. One asks, another decides, and
-- neither is the member herself; who they were is never what the writer says, and what was decided stays but for its end.

-- Who has a capability by her role, as domain.policy.capabilities says.
CREATE FUNCTION app.capability_roles(capability text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN capability IN ('RECORD_CONTRIBUTIONS', 'RECORD_FINES') THEN ARRAY['SECRETARY', 'TREASURER']
    ELSE ARRAY['CHAIR', 'SECRETARY', 'TREASURER']
END;

CREATE FUNCTION app.stamp_override() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status <> 'REQUESTED' THEN
        RAISE EXCEPTION 'an override is asked for before it is decided' USING ERRCODE = 'KB405';
    ELSIF TG_OP = 'UPDATE' AND (
        (OLD.status, NEW.status) NOT IN (('REQUESTED', 'APPROVED'), ('REQUESTED', 'REFUSED'), ('APPROVED', 'ENDED')) OR ROW (
            NEW.tenant_id, NEW.id, NEW.member_id, NEW.capability, NEW.effect, NEW.starts_at, NEW.requested_at,
            NEW.requested_by
        ) IS DISTINCT FROM ROW (
            OLD.tenant_id, OLD.id, OLD.member_id, OLD.capability, OLD.effect, OLD.starts_at, OLD.requested_at,
            OLD.requested_by
        )
    ) OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        RAISE EXCEPTION 'an override is decided once, as it stands, and ended once' USING ERRCODE = 'KB405';
    END IF;
    PERFORM FROM app.memberships m
    WHERE m.tenant_id = NEW.tenant_id AND m.member_id = NEW.member_id AND m.user_id = app.own_user()
      AND (m.ends_at IS NULL OR m.ends_at > now());
    IF FOUND THEN
        RAISE EXCEPTION 'nobody decides what she herself may do' USING ERRCODE = 'KB403';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.requested_by := coalesce(app.user_id(), NEW.requested_by);
        NEW.requested_at := clock_timestamp();
        NEW.decided_at := NULL;
        NEW.decided_by := NULL;
        NEW.ended_at := NULL;
        NEW.ended_by := NULL;
        NEW.version := 1;
        RETURN NEW;
    END IF;
    NEW.version := OLD.version + 1;
    IF NEW.status = 'ENDED' THEN
        NEW.decided_at := OLD.decided_at;
        NEW.decided_by := OLD.decided_by;
        NEW.ended_at := clock_timestamp();
        NEW.ended_by := coalesce(app.user_id(), NEW.ended_by);
        NEW.ends_at := least(OLD.ends_at, NEW.ended_at);
        RETURN NEW;
    END IF;
    NEW.decided_at := clock_timestamp();
    NEW.decided_by := coalesce(app.user_id(), NEW.decided_by);
    NEW.ends_at := OLD.ends_at;
    NEW.ended_at := NULL;
    NEW.ended_by := NULL;
    IF NEW.status = 'APPROVED' THEN
        PERFORM app.check_approval(NEW);
    END IF;
    RETURN NEW;
END
$$;

-- What is approved is not over, differs from what was approved for the same days, and leaves somebody who may: a capability
-- is taken from an officer only where another one has it by her role for as long.
CREATE FUNCTION app.check_approval(wanted app.permission_overrides) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF wanted.ends_at <= wanted.decided_at THEN
        RAISE EXCEPTION 'what is approved is not over' USING ERRCODE = 'KB405';
    END IF;
    PERFORM FROM app.permission_overrides o
    WHERE o.tenant_id = wanted.tenant_id AND o.member_id = wanted.member_id AND o.capability = wanted.capability
      AND o.id <> wanted.id AND o.status = 'APPROVED' AND o.starts_at < wanted.ends_at AND o.ends_at > wanted.starts_at;
    IF FOUND THEN
        RAISE EXCEPTION 'something else was approved for these days' USING ERRCODE = 'KB409';
    END IF;
    IF wanted.effect = 'GRANTED' THEN
        RETURN;
    END IF;
    PERFORM FROM app.memberships m
    JOIN app.users u ON u.id = m.user_id AND u.status = 'ACTIVE'
    WHERE m.tenant_id = wanted.tenant_id AND m.member_id IS DISTINCT FROM wanted.member_id
      AND m.role = ANY (app.capability_roles(wanted.capability))
      AND m.starts_at <= greatest(wanted.starts_at, wanted.decided_at)
      AND (m.ends_at IS NULL OR m.ends_at >= wanted.ends_at)
      AND NOT EXISTS (
          SELECT FROM app.permission_overrides o
          WHERE o.tenant_id = m.tenant_id AND o.member_id = m.member_id AND o.capability = wanted.capability
            AND o.effect = 'TAKEN' AND o.status = 'APPROVED' AND o.starts_at < wanted.ends_at
            AND o.ends_at > wanted.starts_at
      );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody would be left who may' USING ERRCODE = 'KB422';
    END IF;
END
$$;

CREATE TRIGGER permission_overrides_stamped BEFORE INSERT OR UPDATE OR DELETE ON app.permission_overrides
    FOR EACH ROW EXECUTE FUNCTION app.stamp_override();

ALTER TABLE app.permission_overrides ENABLE ALWAYS TRIGGER permission_overrides_stamped;

CREATE TRIGGER permission_overrides_log_insert AFTER INSERT ON app.permission_overrides REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER permission_overrides_log_update AFTER UPDATE ON app.permission_overrides REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER permission_overrides_audit AFTER INSERT OR UPDATE OR DELETE ON app.permission_overrides
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('permission_override', 'id', '');
