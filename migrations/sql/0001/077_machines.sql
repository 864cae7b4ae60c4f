-- Machine credentials: how a program enters, and how people grant, rotate and revoke what it enters with.
-- The way in of machines. It proves itself by the digest of its secret under a key of the installation's. What it may see
-- is what a partner may, in the tenants that it reaches, cut to its scopes: a group's credential reaches that group, a
-- partner's the groups that are named in it, with what each opened to the partner.
CREATE FUNCTION app.enter_machine(principal uuid, proof bytea, tenants uuid[] DEFAULT NULL) RETURNS app.viewer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    granted record;
    viewer app.viewer;
BEGIN
    SELECT g.granter_id, g.scopes, t.kind INTO granted
    FROM access.machine_grants g
    JOIN access.machine_secrets s ON s.credential_id = g.credential_id
    JOIN app.tenants t ON t.id = g.granter_id
    WHERE g.credential_id = principal AND g.tenant_id = g.granter_id AND g.revoked_at IS NULL AND g.expires_at > now()
      AND s.digest = proof AND s.expires_at > now();
    IF NOT FOUND OR current_setting('role') NOT IN ('kibubu_app', 'kibubu_readonly') THEN
        RAISE EXCEPTION 'the machine credential is unknown, expired or revoked' USING ERRCODE = 'KB401';
    END IF;
    SELECT NULL, false, false, true, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
           '{}', ARRAY[granted.granter_id]
    INTO viewer;
    IF granted.kind = 'PARTNER' THEN
        SELECT coalesce(array_agg(l.group_id), '{}'),
               coalesce(array_agg(l.group_id) FILTER (WHERE l.consent IN ('ROWS', 'NAMES')), '{}'),
               coalesce(array_agg(l.group_id) FILTER (WHERE l.consent = 'NAMES'), '{}')
        INTO viewer.partner_totals, viewer.partner_rows, viewer.partner_names
        FROM access.machine_grants g
        JOIN app.partner_links l ON l.partner_id = g.granter_id AND l.group_id = g.tenant_id
        WHERE g.credential_id = principal AND g.revoked_at IS NULL
          AND l.starts_at <= now() AND (l.ends_at IS NULL OR l.ends_at > now())
          AND (tenants IS NULL OR g.tenant_id = ANY (tenants));
    ELSIF tenants IS NULL OR granted.granter_id = ANY (tenants) THEN
        viewer.partner_totals := ARRAY[granted.granter_id];
        viewer.partner_rows := viewer.partner_totals;
        viewer.partner_names := viewer.partner_totals;
        IF 'RECORD_CONTRIBUTIONS' = ANY (granted.scopes) THEN
            viewer.machine_recorder := viewer.partner_totals;
        END IF;
    END IF;
    IF NOT granted.scopes && ARRAY['READ_NAMES'] THEN
        viewer.partner_names := '{}';
    END IF;
    -- Whoever records looks the members and the meeting up.
    IF NOT granted.scopes && ARRAY['READ_ROWS', 'READ_NAMES', 'RECORD_CONTRIBUTIONS'] THEN
        viewer.partner_rows := '{}';
    END IF;
    EXECUTE format(
        'SET LOCAL app.entered_as = ''machine''; SET LOCAL app.user_id = %L; SET LOCAL app.member = ''''; '
        'SET LOCAL app.member_sees_totals = ''''; SET LOCAL app.member_sees_all = ''''; SET LOCAL app.officer = ''''; '
        'SET LOCAL app.chair = ''''; SET LOCAL app.secretary = ''''; SET LOCAL app.treasurer = ''''; '
        'SET LOCAL app.contribution_recorder = ''''; SET LOCAL app.fine_recorder = ''''; SET LOCAL app.roll_recorder = ''''; '
        'SET LOCAL app.balance_viewer = ''''; '
        'SET LOCAL app.staff = ''''; SET LOCAL app.partner_totals = %L; SET LOCAL app.partner_rows = %L; '
        'SET LOCAL app.partner_names = %L; SET LOCAL app.partner_manager = ''''; SET LOCAL app.machine_recorder = %L; '
        'SET LOCAL app.auditor = ''''; SET LOCAL app.own_members = ''''; SET LOCAL app.own_pairs = ''''; '
        'SET LOCAL app.own_partners = %L',
        principal, viewer.partner_totals, viewer.partner_rows, viewer.partner_names, viewer.machine_recorder,
        viewer.own_partners
    );
    RETURN viewer;
END
$$;

-- As app.enter_command. It enters again under the lock, so that a revocation which it waited for holds for it too.
CREATE FUNCTION app.enter_machine_command(
    principal uuid, proof bytea, tenant_ids uuid[], key_tenant uuid, command_key uuid, command text, contents bytea[],
    request text, OUT viewer app.viewer, OUT claim text, OUT stored jsonb
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    claimed record;
BEGIN
    PERFORM app.enter_machine(principal, proof, tenant_ids);
    PERFORM app.note_command(principal, command, command_key, request);
    PERFORM app.enter_write(tenant_ids);
    viewer := app.enter_machine(principal, proof, tenant_ids);
    SELECT * INTO claimed FROM app.claim_key(key_tenant, command_key, command, contents);
    claim := claimed.claim;
    stored := claimed.stored;
END
$$;

-- Whether the viewer may grant and revoke for the tenant: an officer of the group, or a manager of the partner.
CREATE FUNCTION access.grants_machines(tenant uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN current_setting('role') = 'kibubu_app' AND app.own_user() IS NOT NULL
        AND (tenant = ANY (app.tenants_as('officer')) OR tenant = ANY (app.tenants_as('partner_manager')));
END
$$;

-- Grants a credential with its first secret. Only a partner names groups that it reaches, and only a group lets record.
CREATE FUNCTION access.grant_machine(
    tenant uuid, credential uuid, called text, granted_scopes text[], ends timestamptz, secret_digest bytea, reached uuid[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    IF NOT access.grants_machines(tenant) THEN
        RAISE EXCEPTION 'the viewer may not grant machine credentials' USING ERRCODE = 'KB403';
    END IF;
    IF tenant = ANY (app.tenants_as('officer')) AND cardinality(reached) > 0
        OR tenant = ANY (app.tenants_as('partner_manager')) AND granted_scopes && ARRAY['RECORD_CONTRIBUTIONS']
    THEN
        RAISE EXCEPTION 'a credential reaches no further than whoever grants it' USING ERRCODE = 'KB422';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(reached) r (id)
        WHERE NOT EXISTS (
            SELECT FROM app.partner_links l
            WHERE l.partner_id = tenant AND l.group_id = r.id AND l.starts_at <= now()
              AND (l.ends_at IS NULL OR l.ends_at > now())
        )
    ) THEN
        RAISE EXCEPTION 'no such tenant' USING ERRCODE = 'KB404';
    END IF;
    INSERT INTO access.machine_grants (
        tenant_id, credential_id, granter_id, name, scopes, created_at, created_by, expires_at
    )
    SELECT t.id, credential, tenant, called, granted_scopes, moment, app.own_user(), ends
    FROM (SELECT tenant AS id UNION SELECT r.id FROM unnest(reached) r (id)) t;
    INSERT INTO access.machine_secrets (digest, credential_id, granter_id, created_at, expires_at)
    VALUES (secret_digest, credential, tenant, moment, ends);
END
$$;

-- Gives a new secret. The last one stays good for the grace, and any before it ends at once; false where the tenant
-- granted no such credential, or it is over.
CREATE FUNCTION access.rotate_machine(tenant uuid, credential uuid, secret_digest bytea, grace interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ends timestamptz;
    latest bytea;
BEGIN
    IF NOT access.grants_machines(tenant) THEN
        RAISE EXCEPTION 'the viewer may not rotate machine credentials' USING ERRCODE = 'KB403';
    END IF;
    IF grace IS NULL OR grace < interval '0' OR grace > interval '168 hours' THEN
        RAISE EXCEPTION 'an old secret stays for seven days at most' USING ERRCODE = 'KB422';
    END IF;
    -- The row is the lock of the credential's secrets.
    SELECT g.expires_at INTO ends FROM access.machine_grants g
    WHERE g.tenant_id = tenant AND g.credential_id = credential AND g.granter_id = tenant AND g.revoked_at IS NULL
      AND g.expires_at > now()
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT s.digest INTO latest FROM access.machine_secrets s WHERE s.credential_id = credential
    ORDER BY s.created_at DESC, s.digest LIMIT 1;
    UPDATE access.machine_secrets s
    SET expires_at = least(s.expires_at, CASE s.digest WHEN latest THEN now() + grace ELSE now() END)
    WHERE s.credential_id = credential AND s.expires_at > now();
    INSERT INTO access.machine_secrets (digest, credential_id, granter_id, created_at, expires_at)
    VALUES (secret_digest, credential, tenant, clock_timestamp(), ends);
    RETURN true;
END
$$;

-- Ends a credential: for good where the tenant granted it, else in this one group. False where it does not reach the
-- tenant; revoking twice changes nothing.
CREATE FUNCTION access.revoke_machine(tenant uuid, credential uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT access.grants_machines(tenant) THEN
        RAISE EXCEPTION 'the viewer may not revoke machine credentials' USING ERRCODE = 'KB403';
    END IF;
    UPDATE access.machine_grants g
    SET revoked_at = coalesce(g.revoked_at, now()), revoked_by = coalesce(g.revoked_by, app.own_user())
    WHERE g.credential_id = credential AND (g.tenant_id = tenant OR g.granter_id = tenant);
    RETURN FOUND;
END
$$;

-- Notes that the machine which entered is in use, once an hour.
CREATE FUNCTION access.note_machine_use() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF app.is_entered_as('machine') THEN
        INSERT INTO access.machine_uses AS u (tenant_id, credential_id, used_at)
        SELECT g.granter_id, g.credential_id, now() FROM access.machine_grants g
        WHERE g.credential_id = app.user_id() AND g.tenant_id = g.granter_id
        ON CONFLICT (tenant_id, credential_id) DO UPDATE SET used_at = excluded.used_at
        WHERE u.used_at < excluded.used_at - interval '1 hour';
    END IF;
END
$$;
