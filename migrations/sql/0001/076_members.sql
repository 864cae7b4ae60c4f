-- Roles and ties of members, which lie in the directory and so beyond the policies of the group's own tables.

-- Whether there is a chair or secretary from a moment on, at every moment that follows: whoever has a last day is no answer to
-- what comes after it, for then nobody could give these roles any more.
CREATE FUNCTION app.has_registrar(tenant uuid, from_then_on timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (
    WITH terms AS (
        SELECT m.starts_at, m.ends_at
        FROM app.memberships m
        JOIN app.users u ON u.id = m.user_id
        WHERE m.tenant_id = tenant AND m.role IN ('CHAIR', 'SECRETARY') AND u.status = 'ACTIVE'
          AND (m.ends_at IS NULL OR m.ends_at > from_then_on)
    ), moments (at) AS (
        SELECT from_then_on
        UNION SELECT t.ends_at FROM terms t WHERE t.ends_at IS NOT NULL
    )
    SELECT bool_and(EXISTS (
        SELECT FROM terms t WHERE t.starts_at <= n.at AND (t.ends_at IS NULL OR t.ends_at > n.at)
    ))
    FROM moments n
);

CREATE FUNCTION app.require_registrar(tenant uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.change_number(tenant);
    IF current_setting('role') <> 'kibubu_app'
        OR NOT (tenant = ANY (app.tenants_as('secretary')) OR tenant = ANY (app.tenants_as('chair')))
    THEN
        RAISE EXCEPTION 'the viewer may not change roles' USING ERRCODE = 'KB403';
    END IF;
END
$$;

-- The tie of a member is a part of her record, for whoever follows the changes.
CREATE FUNCTION app.log_tie(tenant uuid, member uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)
    VALUES (tenant, app.change_number(tenant), 'member', member, 'UPDATE')
    ON CONFLICT (tenant_id, number, entity, entity_id) DO NOTHING;
$$;

CREATE FUNCTION app.grant_role(tenant uuid, member uuid, held text, from_then timestamptz, until_then timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid;
BEGIN
    PERFORM app.require_registrar(tenant);
    IF held <> ALL (ARRAY['MEMBER', 'CHAIR', 'SECRETARY', 'TREASURER']) THEN
        RAISE EXCEPTION 'members hold no such role' USING ERRCODE = 'KB403';
    END IF;
    SELECT m.user_id INTO who FROM app.memberships m
    JOIN app.members x ON x.tenant_id = m.tenant_id AND x.id = m.member_id
    WHERE m.tenant_id = tenant AND m.member_id = member AND (m.ends_at IS NULL OR m.ends_at > now())
      AND x.left_on IS NULL AND (x.status = 'ACTIVE' OR held = 'MEMBER')
    LIMIT 1;
    IF who IS NULL THEN
        RAISE EXCEPTION 'nobody signs in as this member' USING ERRCODE = 'KB422';
    END IF;
    INSERT INTO app.memberships (id, user_id, tenant_id, member_id, role, starts_at, ends_at, created_by)
    VALUES (gen_random_uuid(), who, tenant, member, held, from_then, until_then, app.user_id());
    PERFORM app.log_tie(tenant, member);
END
$$;

CREATE FUNCTION app.end_roles(tenant uuid, member uuid, held text[], at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.require_registrar(tenant);
    -- What had not begun never was.
    UPDATE app.memberships m SET starts_at = least(m.starts_at, at), ends_at = at
    WHERE m.tenant_id = tenant AND m.member_id = member AND m.role = ANY (held)
      AND m.role IN ('MEMBER', 'CHAIR', 'SECRETARY', 'TREASURER')
      AND (m.ends_at IS NULL OR m.ends_at > at);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF held && ARRAY['CHAIR', 'SECRETARY'] AND NOT app.has_registrar(tenant, at) THEN
        RAISE EXCEPTION 'nobody would be chair or secretary' USING ERRCODE = 'KB409', DETAIL = 'registrar';
    END IF;
    PERFORM app.log_tie(tenant, member);
END
$$;

-- Whoever takes no part holds no office: it ends before she is noted as such, or with her leaving, and not after.
CREATE FUNCTION app.check_out_of_office() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.memberships m
    WHERE m.tenant_id = NEW.tenant_id AND m.member_id = NEW.id AND m.role IN ('CHAIR', 'SECRETARY', 'TREASURER')
      AND (m.ends_at IS NULL OR m.ends_at > clock_timestamp());
    IF FOUND THEN
        RAISE EXCEPTION 'whoever takes no part holds no office' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER members_out_of_office AFTER INSERT OR UPDATE OF status ON app.members
    FOR EACH ROW WHEN (NEW.status <> 'ACTIVE') EXECUTE FUNCTION app.check_out_of_office();

CREATE FUNCTION app.check_office() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.members m WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.member_id AND m.status <> 'ACTIVE';
    IF FOUND AND (NEW.ends_at IS NULL OR NEW.ends_at > clock_timestamp()) THEN
        RAISE EXCEPTION 'whoever takes no part holds no office' USING ERRCODE = 'KB409';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER memberships_office AFTER INSERT OR UPDATE ON app.memberships
    FOR EACH ROW WHEN (NEW.member_id IS NOT NULL AND NEW.role IN ('CHAIR', 'SECRETARY', 'TREASURER'))
    EXECUTE FUNCTION app.check_office();

-- The groups whose register has a member with the phone number or e-mail address that the viewer signs in with, and whom
-- nobody is yet. Whoever has neither finds nothing.
CREATE FUNCTION app.claimable_members() RETURNS TABLE (tenant_id uuid, member_id uuid, group_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.tenant_id, p.member_id, g.name
    FROM access.user_private u
    JOIN app.member_private p ON p.phone_index = u.phone_index OR p.email_index = u.email_index
    JOIN app.members m ON m.tenant_id = p.tenant_id AND m.id = p.member_id
    JOIN app.groups g ON g.tenant_id = p.tenant_id
    WHERE u.user_id = app.own_user() AND m.left_on IS NULL AND g.status NOT IN ('SUSPENDED', 'INACTIVE') AND NOT EXISTS (
        SELECT FROM app.memberships x
        WHERE x.tenant_id = p.tenant_id AND (x.member_id = p.member_id OR (x.user_id = u.user_id AND x.member_id IS NOT NULL))
          AND (x.ends_at IS NULL OR x.ends_at > now())
    )
    ORDER BY g.name, p.tenant_id, m.number;
$$;

-- Ties the viewer to the member of the group with her phone number, or else her e-mail address; NULL where there is none,
-- which is also all that anybody learns of a group that does not exist.
CREATE FUNCTION app.claim_member(tenant uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.own_user();
    member uuid;
    standing text;
BEGIN
    IF who IS NULL OR current_setting('role') <> 'kibubu_app' THEN
        RAISE EXCEPTION 'a membership is claimed by a user' USING ERRCODE = 'KB403';
    END IF;
    SELECT p.member_id INTO member
    FROM access.user_private u
    JOIN app.member_private p ON p.tenant_id = tenant AND (p.phone_index = u.phone_index OR p.email_index = u.email_index)
    JOIN app.members m ON m.tenant_id = p.tenant_id AND m.id = p.member_id
    WHERE u.user_id = who AND m.left_on IS NULL
    ORDER BY p.phone_index = u.phone_index DESC NULLS LAST
    LIMIT 1;
    IF member IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE ledger.heads h SET change_number = h.change_number + 1, writer = pg_current_xact_id()
    WHERE h.tenant_id = tenant;
    -- What is suspended or ended stays as it is; whom the group knows is told so, and nobody else.
    SELECT g.status INTO standing FROM app.groups g
    WHERE g.tenant_id = tenant AND g.status IN ('SUSPENDED', 'INACTIVE');
    IF FOUND THEN
        RAISE EXCEPTION 'the group is not at work' USING ERRCODE = 'KB424', DETAIL = standing;
    END IF;
    PERFORM FROM app.memberships m
    WHERE m.tenant_id = tenant AND (m.ends_at IS NULL OR m.ends_at > now()) AND (
        (m.user_id = who AND m.member_id <> member) OR (m.user_id <> who AND m.member_id = member)
    );
    IF FOUND THEN
        RAISE EXCEPTION 'the viewer is another member of this group' USING ERRCODE = 'KB409';
    END IF;
    UPDATE app.memberships m SET member_id = member
    WHERE m.tenant_id = tenant AND m.user_id = who AND m.ends_at IS NULL AND m.member_id IS NULL;
    INSERT INTO app.memberships (id, user_id, tenant_id, member_id, role, created_by)
    VALUES (gen_random_uuid(), who, tenant, member, 'MEMBER', who)
    ON CONFLICT (tenant_id, user_id, role) WHERE ends_at IS NULL DO NOTHING;
    PERFORM app.log_tie(tenant, member);
    RETURN member;
END
$$;
