-- The trail of changes. A trigger names the entity, the column with its id, and the columns that are personal or that hold
-- words in which somebody may be named ('*' for all): of those only the names are kept.
CREATE FUNCTION app.audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What says nothing: the keys, what counts up, and what stands in the row of the trail itself.
    silent text[] := ARRAY['tenant_id', 'version', 'created_at', 'created_by', 'person_key', TG_ARGV[1]];
    personal text[] := string_to_array(TG_ARGV[2], ' ');
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
    becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
    tenant uuid := coalesce(becomes ->> 'tenant_id', was ->> 'tenant_id');
    changed text[];
    told text[];
BEGIN
    SELECT array_agg(k.key ORDER BY k.key) INTO changed
    FROM jsonb_object_keys(was || becomes) k (key)
    WHERE k.key <> ALL (silent)
      AND coalesce(was -> k.key, 'null') IS DISTINCT FROM coalesce(becomes -> k.key, 'null');
    IF changed IS NULL AND TG_OP = 'UPDATE' THEN
        RETURN NULL;
    END IF;
    told := ARRAY(SELECT f FROM unnest(changed) f WHERE NOT (f = ANY (personal) OR '*' = ANY (personal)));
    INSERT INTO app.audit (
        tenant_id, occurred_at, id, actor_id, roles, principal_id, request_id, command, command_key, action, entity,
        entity_id, fields, before, after
    ) VALUES (
        tenant,
        clock_timestamp(),
        gen_random_uuid(),
        app.user_id(),
        ARRAY(
            SELECT upper(term) FROM unnest(ARRAY[
                'chair', 'secretary', 'treasurer', 'member', 'staff', 'partner_manager', 'auditor', 'machine_recorder'
            ]) term WHERE tenant = ANY (app.tenants_as(term))
        ),
        nullif(current_setting('app.principal', true), '')::uuid,
        nullif(current_setting('app.request', true), ''),
        nullif(current_setting('app.command', true), ''),
        nullif(current_setting('app.command_key', true), '')::uuid,
        CASE TG_OP WHEN 'INSERT' THEN 'CREATE' ELSE TG_OP END,
        TG_ARGV[0],
        coalesce(becomes ->> TG_ARGV[1], was ->> TG_ARGV[1], tenant::text)::uuid,
        -- A sealed value and the index that it is found by are one fact.
        ARRAY(
            SELECT DISTINCT regexp_replace(f, '_(sealed|index)$', '') FROM unnest(changed) f ORDER BY 1
        ),
        (SELECT coalesce(jsonb_object_agg(f, was -> f), '{}') FROM unnest(told) f WHERE was ? f),
        (SELECT coalesce(jsonb_object_agg(f, becomes -> f), '{}') FROM unnest(told) f WHERE becomes ? f)
    );
    RETURN NULL;
END
$$;

-- What is logged never changes.
CREATE FUNCTION app.refuse_change_of_trail() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'the trail is not changed' USING ERRCODE = 'KB405';
END
$$;

CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON app.audit
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change_of_trail();

CREATE TRIGGER personal_reads_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON app.personal_reads
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change_of_trail();

CREATE TRIGGER groups_audit AFTER INSERT OR UPDATE OR DELETE ON app.groups
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('group', 'tenant_id', '');

CREATE TRIGGER constitutions_audit AFTER INSERT OR UPDATE OR DELETE ON app.constitutions
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('constitution', 'tenant_id', '');

CREATE TRIGGER members_audit AFTER INSERT OR UPDATE OR DELETE ON app.members
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('member', 'id', '');

-- That they were written first says no more than that the member was.
CREATE TRIGGER member_names_audit AFTER UPDATE OR DELETE ON app.member_names
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('member', 'member_id', '*');

CREATE TRIGGER member_private_audit AFTER UPDATE OR DELETE ON app.member_private
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('member', 'member_id', '*');

CREATE TRIGGER positions_audit AFTER INSERT OR UPDATE OR DELETE ON app.positions
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('position', 'id', '');

CREATE TRIGGER memberships_audit AFTER INSERT OR UPDATE OR DELETE ON app.memberships
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('membership', 'id', '');

CREATE TRIGGER meetings_audit AFTER INSERT OR UPDATE OR DELETE ON app.meetings
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('meeting', 'id', '');

CREATE TRIGGER drafts_audit AFTER INSERT OR UPDATE OR DELETE ON app.drafts
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('draft', 'id', 'description payee receipt');

CREATE TRIGGER holds_audit AFTER INSERT OR UPDATE OR DELETE ON ledger.holds
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('hold', 'id', 'reason');

CREATE TRIGGER accounts_audit AFTER INSERT OR UPDATE OR DELETE ON ledger.accounts
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('account', 'id', '');

CREATE TRIGGER machine_grants_audit AFTER INSERT OR UPDATE OR DELETE ON access.machine_grants
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('machine_credential', 'credential_id', '');

-- Under what a transaction acts, as the trail names it. SET LOCAL, because only that reaches other nodes.
CREATE FUNCTION app.note_command(principal uuid, command text, command_key uuid, request text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'SET LOCAL app.principal = %L; SET LOCAL app.command = %L; SET LOCAL app.command_key = %L; '
        'SET LOCAL app.request = %L',
        coalesce(principal::text, ''), coalesce(command, ''), coalesce(command_key::text, ''), coalesce(request, '')
    );
END
$$;

-- Notes that the viewer read of members what few may know: for each a group, a member and the names of the fields.
CREATE FUNCTION app.note_personal_reads(
    principal uuid, request text, tenants uuid[], read_members uuid[], field_names text[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.user_id();
BEGIN
    IF who IS NULL OR EXISTS (
        SELECT FROM unnest(tenants) t (id)
        WHERE NOT (
            t.id = ANY (app.tenants_as('officer')) OR t.id = ANY (app.tenants_as('staff'))
            OR t.id = ANY (app.tenants_as('partner_names'))
        )
    ) THEN
        RAISE EXCEPTION 'nobody reads there what is to be noted' USING ERRCODE = 'KB403';
    END IF;
    INSERT INTO app.personal_reads (tenant_id, member_id, read_at, id, reader_id, principal_id, request_id, fields)
    SELECT r.tenant_id, r.member_id, now(), gen_random_uuid(), who, principal, request,
           string_to_array(r.names, ' ')
    FROM unnest(tenants, read_members, field_names) r (tenant_id, member_id, names);
END
$$;
