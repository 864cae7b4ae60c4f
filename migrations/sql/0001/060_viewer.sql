-- The viewer of a transaction: what row-level security, the posting function and Python all go by.
CREATE TYPE app.viewer AS (
    user_id uuid,
    is_admin boolean,
    is_job boolean,
    is_machine boolean,
    member uuid[],
    member_sees_totals uuid[],
    member_sees_all uuid[],
    officer uuid[],
    chair uuid[],
    secretary uuid[],
    treasurer uuid[],
    contribution_recorder uuid[],
    fine_recorder uuid[],
    roll_recorder uuid[],
    balance_viewer uuid[],
    staff uuid[],
    partner_totals uuid[],
    partner_rows uuid[],
    partner_names uuid[],
    partner_manager uuid[],
    machine_recorder uuid[],
    auditor uuid[],
    own_groups uuid[],
    own_members uuid[],
    own_partners uuid[]
);

-- The cost keeps the planner from calling these once a row; the cast happens here, once, and not per row. They run as their
-- caller and name the schema of whatever could be found elsewhere, so they pin no search path: that would cost more than
-- all they do.
CREATE FUNCTION app.tenants_as(term text) RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    IF term <> ALL (ARRAY[
        'member', 'member_sees_totals', 'member_sees_all', 'officer', 'chair', 'secretary', 'treasurer',
        'contribution_recorder', 'fine_recorder', 'roll_recorder', 'balance_viewer', 'staff', 'partner_totals', 'partner_rows', 'partner_names', 'partner_manager', 'machine_recorder', 'auditor'
    ]) THEN
        RAISE EXCEPTION 'no term of the permissions is called %', term USING ERRCODE = 'KB500';
    END IF;
    RETURN coalesce(nullif(current_setting('app.' || term, true), ''), '{}')::pg_catalog.uuid[];
END
$$;

CREATE FUNCTION app.own_members() RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('app.own_members', true), ''), '{}')::pg_catalog.uuid[];
END
$$;

-- The group and the member in one text: a member's id alone says nothing, since every group makes its own.
CREATE FUNCTION app.own_pairs() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('app.own_pairs', true), ''), '{}')::pg_catalog.text[];
END
$$;

CREATE FUNCTION app.own_partners() RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('app.own_partners', true), ''), '{}')::pg_catalog.uuid[];
END
$$;

-- Whether the transaction was entered as 'admin' or 'job', under whose roles every row is seen: the role alone is not enough;
-- or as 'machine'.
CREATE FUNCTION app.is_entered_as(kind text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    RETURN coalesce(current_setting('app.entered_as', true), '') = kind;
END
$$;

-- Who acts, as entries and records name it: the user, or the machine credential.
CREATE FUNCTION app.user_id() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    RETURN nullif(current_setting('app.user_id', true), '')::pg_catalog.uuid;
END
$$;

-- The person who acts; NULL for a machine credential, so that its id is never taken for a user's.
CREATE FUNCTION app.own_user() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000
AS $$
BEGIN
    IF current_setting('app.entered_as', true) = 'machine' THEN
        RETURN NULL;
    END IF;
    RETURN nullif(current_setting('app.user_id', true), '')::pg_catalog.uuid;
END
$$;

-- Looks the directory up once and fills the settings of the transaction. SET LOCAL, because only that reaches other nodes.
-- Who holds two roles in a group may have it twice in a list: sorting that out would cost more than it saves.
CREATE FUNCTION app.fill_viewer(who uuid, tenants uuid[]) RETURNS app.viewer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    viewer app.viewer;
    decided record;
BEGIN
    SELECT
        who,
        false,
        false,
        false,
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.in_group), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.in_group AND held.visibility <> 'OWN_ONLY'), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.in_group AND held.visibility = 'ALL'), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (
            WHERE held.role IN ('CHAIR', 'SECRETARY', 'TREASURER')), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.role = 'CHAIR'), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.role = 'SECRETARY'), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.role = 'TREASURER'), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.role IN ('SECRETARY', 'TREASURER')), '{}'),
        '{}', '{}', '{}',
        '{}', '{}', '{}', '{}',
        coalesce(array_agg(held.tenant_id) FILTER (
            WHERE held.kind = 'PARTNER' AND held.role IN ('PARTNER_MANAGER', 'MANAGER')), '{}'),
        '{}',
        coalesce(array_agg(held.tenant_id) FILTER (WHERE held.role = 'AUDITOR'), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (
            WHERE held.in_group AND held.member_id IS NOT NULL), '{}'),
        coalesce(array_agg(held.member_id) FILTER (
            WHERE held.in_group AND held.member_id IS NOT NULL), '{}'),
        coalesce(array_agg(held.tenant_id) FILTER (
            WHERE held.kind = 'PARTNER' AND held.role <> 'AUDITOR'), '{}')
    INTO viewer
    FROM (
        SELECT m.tenant_id, m.member_id, m.role, t.kind, t.visibility,
               m.role IN ('MEMBER', 'CHAIR', 'SECRETARY', 'TREASURER') AS in_group
        FROM app.memberships m
        JOIN app.tenants t ON t.id = m.tenant_id
        WHERE m.user_id = who AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())
          AND (tenants IS NULL OR t.kind = 'PARTNER' OR m.tenant_id = ANY (tenants))
    ) held;
    -- What the officers of a group decided of the viewer comes to what her roles give her: see domain.policy.capabilities.
    viewer.fine_recorder := viewer.contribution_recorder;
    viewer.roll_recorder := viewer.officer;
    viewer.balance_viewer := viewer.officer;
    IF cardinality(viewer.own_groups) > 0 THEN
        FOR decided IN
            SELECT o.tenant_id, o.capability, o.effect
            FROM unnest(viewer.own_groups, viewer.own_members) w (tenant_id, member_id)
            JOIN app.permission_overrides o ON o.tenant_id = w.tenant_id AND o.member_id = w.member_id
            WHERE o.status = 'APPROVED' AND o.starts_at <= now() AND o.ends_at > now()
              -- Nobody is let do more while she takes no part.
              AND (o.effect = 'TAKEN' OR NOT EXISTS (
                  SELECT FROM app.members x
                  WHERE x.tenant_id = o.tenant_id AND x.id = o.member_id AND x.status <> 'ACTIVE'
              ))
        LOOP
            IF decided.effect = 'TAKEN' THEN
                IF decided.capability = 'RECORD_CONTRIBUTIONS' THEN
                    viewer.contribution_recorder := array_remove(viewer.contribution_recorder, decided.tenant_id);
                ELSIF decided.capability = 'RECORD_FINES' THEN
                    viewer.fine_recorder := array_remove(viewer.fine_recorder, decided.tenant_id);
                ELSIF decided.capability = 'RECORD_ROLL_CALL' THEN
                    viewer.roll_recorder := array_remove(viewer.roll_recorder, decided.tenant_id);
                END IF;
                CONTINUE;
            END IF;
            IF decided.capability = 'RECORD_ROLL_CALL' THEN
                viewer.roll_recorder := viewer.roll_recorder || decided.tenant_id;
                CONTINUE;
            END IF;
            IF decided.capability = 'RECORD_CONTRIBUTIONS' THEN
                viewer.contribution_recorder := viewer.contribution_recorder || decided.tenant_id;
            ELSIF decided.capability = 'RECORD_FINES' THEN
                viewer.fine_recorder := viewer.fine_recorder || decided.tenant_id;
            END IF;
            -- Whoever records money sees what it is added to.
            viewer.balance_viewer := viewer.balance_viewer || decided.tenant_id;
        END LOOP;
    END IF;
    IF cardinality(viewer.own_partners) > 0 THEN
        SELECT
            coalesce(array_agg(DISTINCT l.group_id) FILTER (WHERE l.is_owner AND m.role IN (
                'LOAN_OFFICER', 'TELLER', 'MANAGER')), '{}'),
            coalesce(array_agg(DISTINCT l.group_id) FILTER (WHERE m.role IN (
                'PARTNER_VIEWER', 'FIELD_OFFICER', 'PARTNER_MANAGER')), '{}'),
            coalesce(array_agg(DISTINCT l.group_id) FILTER (WHERE l.consent IN ('ROWS', 'NAMES') AND m.role IN (
                'PARTNER_VIEWER', 'FIELD_OFFICER', 'PARTNER_MANAGER')), '{}'),
            coalesce(array_agg(DISTINCT l.group_id) FILTER (WHERE l.consent = 'NAMES' AND m.role IN (
                'FIELD_OFFICER', 'PARTNER_MANAGER')), '{}')
        INTO viewer.staff, viewer.partner_totals, viewer.partner_rows, viewer.partner_names
        FROM app.partner_links l
        JOIN app.memberships m ON m.tenant_id = l.partner_id
        WHERE m.user_id = who AND m.starts_at <= now() AND (m.ends_at IS NULL OR m.ends_at > now())
          AND l.starts_at <= now() AND (l.ends_at IS NULL OR l.ends_at > now())
          AND (tenants IS NULL OR l.group_id = ANY (tenants));
    END IF;
    EXECUTE format(
        'SET LOCAL app.entered_as = ''''; SET LOCAL app.user_id = %L; SET LOCAL app.member = %L; SET LOCAL app.member_sees_totals = %L; '
        'SET LOCAL app.member_sees_all = %L; SET LOCAL app.officer = %L; SET LOCAL app.chair = %L; '
        'SET LOCAL app.secretary = %L; SET LOCAL app.treasurer = %L; SET LOCAL app.contribution_recorder = %L; '
        'SET LOCAL app.fine_recorder = %L; SET LOCAL app.roll_recorder = %L; SET LOCAL app.balance_viewer = %L; SET LOCAL app.staff = %L; '
        'SET LOCAL app.partner_totals = %L; SET LOCAL app.partner_rows = %L; SET LOCAL app.partner_names = %L; '
        'SET LOCAL app.partner_manager = %L; SET LOCAL app.machine_recorder = ''''; '
        'SET LOCAL app.auditor = %L; SET LOCAL app.own_members = %L; SET LOCAL app.own_pairs = %L; '
        'SET LOCAL app.own_partners = %L',
        coalesce(who::text, ''), viewer.member, viewer.member_sees_totals, viewer.member_sees_all, viewer.officer, viewer.chair,
        viewer.secretary, viewer.treasurer, viewer.contribution_recorder, viewer.fine_recorder, viewer.roll_recorder,
        viewer.balance_viewer, viewer.staff, viewer.partner_totals, viewer.partner_rows,
        viewer.partner_names, viewer.partner_manager, viewer.auditor, viewer.own_members,
        ARRAY(SELECT p.own_group::text || p.member::text FROM unnest(viewer.own_groups, viewer.own_members) p (own_group, member)),
        viewer.own_partners
    );
    RETURN viewer;
END
$$;

-- The way in of people and jobs. The role was set before, from the signed token; the principal is a session or a job.
CREATE FUNCTION app.enter(principal uuid, tenants uuid[] DEFAULT NULL) RETURNS app.viewer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entered_role text := current_setting('role');
    who uuid;
    is_platform_admin boolean;
    viewer app.viewer;
BEGIN
    IF entered_role = 'kibubu_worker' THEN
        PERFORM FROM access.jobs j WHERE j.id = principal AND j.is_enabled;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'unknown job' USING ERRCODE = 'KB401';
        END IF;
        viewer := app.fill_viewer(NULL, '{}');
        viewer.is_job := true;
        SET LOCAL app.entered_as = 'job';
        RETURN viewer;
    END IF;
    IF entered_role NOT IN ('kibubu_app', 'kibubu_admin', 'kibubu_readonly') THEN
        RAISE EXCEPTION 'this role has no viewer' USING ERRCODE = 'KB401';
    END IF;
    SELECT s.user_id, u.platform_role = 'ADMIN'
    INTO who, is_platform_admin
    FROM access.sessions s
    JOIN app.users u ON u.id = s.user_id
    WHERE s.id = principal AND s.revoked_at IS NULL AND s.expires_at > now() AND u.status = 'ACTIVE'
      AND s.role = CASE entered_role WHEN 'kibubu_admin' THEN 'ADMIN' ELSE 'APP' END;
    IF who IS NULL THEN
        RAISE EXCEPTION 'the session is unknown, expired or revoked' USING ERRCODE = 'KB401';
    END IF;
    IF entered_role = 'kibubu_admin' THEN
        IF NOT is_platform_admin THEN
            RAISE EXCEPTION 'the session is not an administrator''s' USING ERRCODE = 'KB401';
        END IF;
        viewer := app.fill_viewer(who, '{}');
        viewer.is_admin := true;
        SET LOCAL app.entered_as = 'admin';
        RETURN viewer;
    END IF;
    RETURN app.fill_viewer(who, tenants);
END
$$;

-- Locks the heads of all books that the unit of work will change, in ascending order, before anything else is locked.
CREATE FUNCTION app.enter_write(tenant_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    entered_role text := current_setting('role');
    ascending uuid[] := tenant_ids;
    tenant uuid;
    standing text;
BEGIN
    IF cardinality(tenant_ids) > 1 THEN
        ascending := ARRAY(SELECT DISTINCT t FROM unnest(tenant_ids) t ORDER BY t);
    END IF;
    FOREACH tenant IN ARRAY ascending LOOP
        IF entered_role NOT IN ('kibubu_admin', 'kibubu_worker') AND NOT (
            tenant = ANY (app.tenants_as('member')) OR tenant = ANY (app.tenants_as('staff'))
            OR tenant = ANY (app.tenants_as('partner_totals')) OR tenant = ANY (app.tenants_as('auditor'))
            OR tenant = ANY (app.own_partners())
        ) THEN
            RAISE EXCEPTION 'no such tenant' USING ERRCODE = 'KB404';
        END IF;
        UPDATE ledger.heads h SET change_number = h.change_number + 1, writer = pg_current_xact_id()
        WHERE h.tenant_id = tenant;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no such tenant' USING ERRCODE = 'KB404';
        END IF;
        -- What is suspended or ended stays as it is, but for an administrator and for the jobs.
        IF entered_role NOT IN ('kibubu_admin', 'kibubu_worker') THEN
            SELECT g.status INTO standing FROM app.groups g
            WHERE g.tenant_id = tenant AND g.status IN ('SUSPENDED', 'INACTIVE');
            IF FOUND THEN
                RAISE EXCEPTION 'the group is not at work' USING ERRCODE = 'KB424', DETAIL = standing;
            END IF;
        END IF;
    END LOOP;
END
$$;

-- The number under which the transaction's changes are logged; refuses a transaction that did not lock the head.
CREATE FUNCTION app.change_number(tenant uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    SELECT h.change_number INTO number FROM ledger.heads h
    WHERE h.tenant_id = tenant AND h.writer = pg_current_xact_id();
    IF number IS NULL THEN
        RAISE EXCEPTION 'a change outside app.enter_write' USING ERRCODE = 'KB500';
    END IF;
    RETURN number;
END
$$;

-- Takes an idempotency key: CLAIMED the first time, REPLAY with the stored outcome afterwards, REUSED for other content.
-- The content comes as its fingerprint under every key of the installation, the current one first.
CREATE FUNCTION app.claim_key(
    tenant uuid, command_key uuid, command text, contents bytea[], OUT claim text, OUT stored jsonb
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.user_id();
    known app.idempotency_keys;
BEGIN
    -- Whoever holds the head has no rival for the key, so looking first cannot race.
    PERFORM app.change_number(tenant);
    SELECT * INTO known FROM app.idempotency_keys k
    WHERE k.tenant_id = tenant AND k.user_id = who AND k.key = command_key;
    IF NOT FOUND THEN
        INSERT INTO app.idempotency_keys (tenant_id, user_id, key, operation, fingerprint)
        VALUES (tenant, who, command_key, command, contents[1]);
        claim := 'CLAIMED';
    ELSIF known.operation = command AND known.fingerprint = ANY (contents) THEN
        claim := 'REPLAY';
        stored := known.outcome;
    ELSE
        claim := 'REUSED';
    END IF;
END
$$;

-- Enters, locks and claims in one round trip: how every mutation of a tenant begins.
CREATE FUNCTION app.enter_command(
    principal uuid, tenant_ids uuid[], key_tenant uuid, command_key uuid, command text, contents bytea[],
    request text, OUT viewer app.viewer, OUT claim text, OUT stored jsonb
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    claimed record;
BEGIN
    viewer := app.enter(principal, tenant_ids);
    PERFORM app.note_command(principal, command, command_key, request);
    PERFORM app.enter_write(tenant_ids);
    SELECT * INTO claimed FROM app.claim_key(key_tenant, command_key, command, contents);
    claim := claimed.claim;
    stored := claimed.stored;
END
$$;

CREATE FUNCTION app.keep_outcome(tenant uuid, command_key uuid, outcome jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.user_id();
BEGIN
    PERFORM app.change_number(tenant);
    UPDATE app.idempotency_keys k SET outcome = keep_outcome.outcome
    WHERE k.tenant_id = tenant AND k.user_id = who AND k.key = command_key AND k.outcome IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the key was not claimed' USING ERRCODE = 'KB500';
    END IF;
END
$$;

-- Triggers: one row in the change log for each record that a statement wrote. Of several changes of a record within one
-- transaction the log keeps what a reader must do: a removal outweighs all, a creation outweighs the updates around it.
-- A function for each column that names the record, since a statement put together at run time would be planned anew each
-- time. What is written of a part of a record (a member's name, a meeting's counts) is an update of the record.
CREATE FUNCTION app.log_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes AS c (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, coalesce(h.change_number, app.change_number(w.tenant_id)), TG_ARGV[0], w.record_id, CASE TG_OP WHEN 'INSERT' THEN 'CREATE' ELSE TG_OP END
    FROM (SELECT DISTINCT tenant_id, tenant_id AS record_id FROM written) w
    LEFT JOIN ledger.heads h ON h.tenant_id = w.tenant_id AND h.writer = pg_current_xact_id()
    ON CONFLICT (tenant_id, number, entity, entity_id) DO UPDATE SET operation = excluded.operation
    WHERE c.operation = 'UPDATE' OR excluded.operation = 'DELETE';
    RETURN NULL;
END
$$;

CREATE FUNCTION app.log_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes AS c (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, coalesce(h.change_number, app.change_number(w.tenant_id)), TG_ARGV[0], w.record_id, CASE TG_OP WHEN 'INSERT' THEN 'CREATE' ELSE TG_OP END
    FROM (SELECT DISTINCT tenant_id, id AS record_id FROM written) w
    LEFT JOIN ledger.heads h ON h.tenant_id = w.tenant_id AND h.writer = pg_current_xact_id()
    ON CONFLICT (tenant_id, number, entity, entity_id) DO UPDATE SET operation = excluded.operation
    WHERE c.operation = 'UPDATE' OR excluded.operation = 'DELETE';
    RETURN NULL;
END
$$;

CREATE FUNCTION app.log_member_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes AS c (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, coalesce(h.change_number, app.change_number(w.tenant_id)), TG_ARGV[0], w.record_id, 'UPDATE'
    FROM (SELECT DISTINCT tenant_id, member_id AS record_id FROM written) w
    LEFT JOIN ledger.heads h ON h.tenant_id = w.tenant_id AND h.writer = pg_current_xact_id()
    ON CONFLICT (tenant_id, number, entity, entity_id) DO UPDATE SET operation = excluded.operation
    WHERE c.operation = 'UPDATE' OR excluded.operation = 'DELETE';
    RETURN NULL;
END
$$;

CREATE FUNCTION app.log_meeting_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes AS c (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, coalesce(h.change_number, app.change_number(w.tenant_id)), TG_ARGV[0], w.record_id, 'UPDATE'
    FROM (SELECT DISTINCT tenant_id, meeting_id AS record_id FROM written) w
    LEFT JOIN ledger.heads h ON h.tenant_id = w.tenant_id AND h.writer = pg_current_xact_id()
    ON CONFLICT (tenant_id, number, entity, entity_id) DO UPDATE SET operation = excluded.operation
    WHERE c.operation = 'UPDATE' OR excluded.operation = 'DELETE';
    RETURN NULL;
END
$$;
