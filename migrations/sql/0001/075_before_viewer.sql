-- What happens before there is a viewer, or before there is a tenant: a closed list of definer functions.
-- What a login, given as every index it may be stored under, is checked against; nothing of a user who may not sign in.
CREATE FUNCTION access.find_credentials(
    logins bytea[], OUT user_id uuid, OUT password_hash text, OUT password_set_at timestamptz, OUT platform_role text,
    OUT is_locked boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT c.user_id, c.password_hash, c.changed_at, u.platform_role
    INTO find_credentials.user_id, find_credentials.password_hash, find_credentials.password_set_at,
         find_credentials.platform_role
    FROM access.user_private p
    JOIN access.credentials c ON c.user_id = p.user_id
    JOIN app.users u ON u.id = p.user_id
    WHERE (p.phone_index = ANY (logins) OR p.email_index = ANY (logins))
      AND u.status = 'ACTIVE';
    is_locked := EXISTS (
        SELECT FROM access.sign_in_failures f
        WHERE f.login_index = ANY (logins) AND f.locked_until > now()
    );
END
$$;

-- Counts a failure. The one that makes `free_attempts` of them locks the login, and each one after that for twice as
-- long, up to a limit; failures during a lock count, and do not move its end.
CREATE FUNCTION access.sign_in_failed(
    login bytea, free_attempts integer, first_lock interval, longest_lock interval, forgotten_after interval
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    failure access.sign_in_failures;
BEGIN
    INSERT INTO access.sign_in_failures AS f (login_index, failed_count, last_failed_at)
    VALUES (login, 1, now())
    ON CONFLICT (login_index) DO UPDATE SET
        failed_count = CASE WHEN f.last_failed_at < now() - forgotten_after THEN 1 ELSE f.failed_count + 1 END,
        last_failed_at = now()
    RETURNING f.* INTO failure;
    IF failure.failed_count >= free_attempts AND coalesce(failure.locked_until, '-infinity') <= now() THEN
        UPDATE access.sign_in_failures f
        SET locked_until = now()
            + least(longest_lock, first_lock * power(2, least(failure.failed_count - free_attempts, 20)))
        WHERE f.login_index = login;
    END IF;
    -- A few forgotten rows of others; last and without waiting, so that no two failures wait for each other.
    DELETE FROM access.sign_in_failures f
    WHERE f.login_index = ANY (ARRAY(
        SELECT old.login_index FROM access.sign_in_failures old
        WHERE old.last_failed_at < now() - forgotten_after AND coalesce(old.locked_until, '-infinity') <= now()
        ORDER BY old.last_failed_at
        LIMIT 100
        FOR UPDATE SKIP LOCKED
    ));
END
$$;

-- Opens a session for the user whose password was found right, and forgets the login's failures. NULL, with nothing
-- changed, if there is no such user, or if by now the login is locked, the user suspended or the password another.
CREATE FUNCTION access.open_session(
    logins bytea[], who uuid, password_known_at timestamptz, session uuid, session_role text, device_type text,
    device_name text, address text, user_agent text, token_digest bytea, idle_life interval, rehashed text
) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    expiry timestamptz := now() + idle_life;
BEGIN
    IF who IS NULL THEN
        RETURN NULL;
    END IF;
    -- Waits for rivals that are counting, so that of many guesses at once no more are heard than one after the other.
    PERFORM FROM access.sign_in_failures f WHERE f.login_index = ANY (logins) ORDER BY f.login_index FOR UPDATE;
    PERFORM FROM access.sign_in_failures f WHERE f.login_index = ANY (logins) AND f.locked_until > now();
    IF FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE access.credentials c
    SET last_signed_in_at = now(), password_hash = coalesce(rehashed, c.password_hash)
    FROM app.users u
    WHERE c.user_id = who AND c.changed_at = password_known_at AND u.id = who AND u.status = 'ACTIVE'
      AND (session_role = 'APP' OR u.platform_role = 'ADMIN');
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM access.sign_in_failures f WHERE f.login_index = ANY (logins);
    INSERT INTO access.sessions (id, user_id, role, device_type, device_name, address, user_agent, expires_at)
    VALUES (session, who, session_role, device_type, device_name, address, user_agent, expiry);
    INSERT INTO access.refresh_tokens (digest, session_id, ordinal) VALUES (token_digest, session, 1);
    RETURN expiry;
END
$$;

-- REFRESHED the first time; REPEATED while the successor was not used, so that a lost answer can be had again;
-- REUSED afterwards, which revokes the session; UNKNOWN for everything else.
CREATE FUNCTION access.refresh_session(
    token_digest bytea, successor_digest bytea, idle_life interval,
    OUT status text, OUT session_id uuid, OUT user_id uuid, OUT session_role text, OUT expires_at timestamptz,
    OUT kept_successor bytea
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    token access.refresh_tokens;
    session access.sessions;
BEGIN
    status := 'UNKNOWN';
    SELECT * INTO token FROM access.refresh_tokens t WHERE t.digest = token_digest;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- The session row is the lock of its family of tokens; the token is read again under it.
    SELECT s.* INTO session FROM access.sessions s WHERE s.id = token.session_id FOR NO KEY UPDATE;
    SELECT t.* INTO token FROM access.refresh_tokens t WHERE t.digest = token_digest;
    -- Whoever is no administrator any more keeps no administrator's session.
    PERFORM FROM app.users u
    WHERE u.id = session.user_id AND u.status = 'ACTIVE' AND (session.role = 'APP' OR u.platform_role = 'ADMIN');
    IF NOT FOUND OR session.revoked_at IS NOT NULL OR session.expires_at <= now() THEN
        RETURN;
    END IF;
    IF token.used_at IS NULL THEN
        UPDATE access.refresh_tokens t SET used_at = now() WHERE t.digest = token_digest;
        INSERT INTO access.refresh_tokens (digest, session_id, ordinal)
        VALUES (successor_digest, session.id, token.ordinal + 1);
        status := 'REFRESHED';
        kept_successor := successor_digest;
    ELSE
        SELECT t.digest INTO kept_successor FROM access.refresh_tokens t
        WHERE t.session_id = session.id AND t.ordinal = token.ordinal + 1 AND t.used_at IS NULL;
        IF NOT FOUND THEN
            UPDATE access.sessions s SET revoked_at = now(), revoked_for = 'TOKEN_REUSED' WHERE s.id = session.id;
            status := 'REUSED';
            RETURN;
        END IF;
        status := 'REPEATED';
    END IF;
    expires_at := now() + idle_life;
    UPDATE access.sessions s SET last_used_at = now(), expires_at = refresh_session.expires_at WHERE s.id = session.id;
    session_id := session.id;
    user_id := session.user_id;
    session_role := session.role;
END
$$;

-- Revokes a session of the viewer's own; false if there is no such session. Revoking twice changes nothing.
CREATE FUNCTION access.revoke_session(session uuid, why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.own_user();
BEGIN
    UPDATE access.sessions s
    SET revoked_at = coalesce(s.revoked_at, now()), revoked_for = coalesce(s.revoked_for, why)
    WHERE s.id = session AND s.user_id = who;
    RETURN FOUND;
END
$$;

-- Makes a user. A login comes as its index under every key of the installation, the current one first: only that one
-- is kept, and none of them may be another's.
CREATE FUNCTION access.create_user(
    who uuid, role_on_platform text, language text, person_key bytea, name_sealed bytea, phone_sealed bytea,
    email_sealed bytea, phones bytea[], emails bytea[], password_hash text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('role') <> 'kibubu_owner'
        AND NOT (current_setting('role') = 'kibubu_admin' AND app.is_entered_as('admin'))
    THEN
        RAISE EXCEPTION 'only an administrator makes users' USING ERRCODE = 'KB403';
    END IF;
    INSERT INTO app.users (id, platform_role, locale, created_by)
    VALUES (who, role_on_platform, language, app.user_id());
    -- The constraints know of the current key alone.
    PERFORM FROM access.user_private p WHERE p.phone_index = ANY (phones[2:]);
    IF FOUND THEN
        RAISE EXCEPTION 'the phone number is another user''s' USING ERRCODE = 'KB409', DETAIL = 'phone';
    END IF;
    PERFORM FROM access.user_private p WHERE p.email_index = ANY (emails[2:]);
    IF FOUND THEN
        RAISE EXCEPTION 'the e-mail address is another user''s' USING ERRCODE = 'KB409', DETAIL = 'email';
    END IF;
    INSERT INTO access.user_private (
        user_id, person_key, name_sealed, phone_sealed, email_sealed, phone_index, email_index
    ) VALUES (who, person_key, name_sealed, phone_sealed, email_sealed, phones[1], emails[1]);
    INSERT INTO access.credentials (user_id, password_hash) VALUES (who, password_hash);
END
$$;

-- Lets a user sign in no more, or again. Whoever may not is signed out everywhere at once; nobody does it to herself, so that an
-- administrator stays.
CREATE FUNCTION access.change_standing(who uuid, becomes text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (current_setting('role') = 'kibubu_admin' AND app.is_entered_as('admin')) THEN
        RAISE EXCEPTION 'only an administrator changes users' USING ERRCODE = 'KB403';
    END IF;
    IF who = app.user_id() THEN
        RAISE EXCEPTION 'an administrator would change herself' USING ERRCODE = 'KB409';
    END IF;
    UPDATE app.users u SET status = becomes WHERE u.id = who;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such user' USING ERRCODE = 'KB404';
    END IF;
    IF becomes <> 'ACTIVE' THEN
        UPDATE access.sessions s SET revoked_at = now(), revoked_for = 'REVOKED'
        WHERE s.user_id = who AND s.revoked_at IS NULL;
    END IF;
END
$$;

-- As app.claim_key, for what belongs to no tenant yet. The insert waits for a rival with the same key.
CREATE FUNCTION access.claim_key(command_key uuid, command text, contents bytea[], OUT claim text, OUT stored jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.own_user();
    known access.idempotency_keys;
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION 'a key is claimed by a user' USING ERRCODE = 'KB401';
    END IF;
    INSERT INTO access.idempotency_keys (user_id, key, operation, fingerprint)
    VALUES (who, command_key, command, contents[1])
    ON CONFLICT (user_id, key) DO NOTHING;
    IF FOUND THEN
        claim := 'CLAIMED';
        RETURN;
    END IF;
    SELECT * INTO known FROM access.idempotency_keys k WHERE k.user_id = who AND k.key = command_key;
    IF known.operation = command AND known.fingerprint = ANY (contents) THEN
        claim := 'REPLAY';
        stored := known.outcome;
    ELSE
        claim := 'REUSED';
    END IF;
END
$$;

CREATE FUNCTION access.keep_outcome(command_key uuid, outcome jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.own_user();
BEGIN
    UPDATE access.idempotency_keys k SET outcome = keep_outcome.outcome
    WHERE k.user_id = who AND k.key = command_key AND k.outcome IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the key was not claimed' USING ERRCODE = 'KB500';
    END IF;
END
$$;

-- Makes a group with its head row and its first secretary, and enters the viewer anew as that.
CREATE FUNCTION app.create_group(tenant uuid, who_sees text, currency text) RETURNS app.viewer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := app.own_user();
BEGIN
    IF who IS NULL OR current_setting('role') <> 'kibubu_app' THEN
        RAISE EXCEPTION 'a group is made by a user' USING ERRCODE = 'KB403';
    END IF;
    PERFORM FROM app.platform p
    WHERE p.group_founders = 'ANYONE'
       OR EXISTS (SELECT FROM app.users u WHERE u.id = who AND u.platform_role = 'ADMIN')
       OR (p.group_founders = 'PARTNERS' AND cardinality(app.own_partners()) > 0);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not everybody begins groups on this platform' USING ERRCODE = 'KB426';
    END IF;
    PERFORM FROM app.currencies c WHERE c.code = currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such currency' USING ERRCODE = 'KB422';
    END IF;
    INSERT INTO app.tenants (id, kind, visibility, created_by) VALUES (tenant, 'GROUP', who_sees, who);
    INSERT INTO ledger.heads (tenant_id, base_currency, change_number, writer)
    VALUES (tenant, currency, 1, pg_current_xact_id());
    INSERT INTO app.memberships (id, user_id, tenant_id, role, created_by)
    VALUES (gen_random_uuid(), who, tenant, 'SECRETARY', who);
    RETURN app.fill_viewer(who, ARRAY[tenant]);
END
$$;

-- Ties a member to the user who is that person, with the roles held in the group.
CREATE FUNCTION app.link_member(tenant uuid, member uuid, who uuid, held_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held text;
BEGIN
    PERFORM app.change_number(tenant);
    IF NOT (tenant = ANY (app.tenants_as('secretary')) OR tenant = ANY (app.tenants_as('chair')))
        OR current_setting('role') <> 'kibubu_app' OR NOT held_roles <@ ARRAY['MEMBER', 'CHAIR', 'SECRETARY', 'TREASURER']
    THEN
        RAISE EXCEPTION 'the viewer may not give these roles' USING ERRCODE = 'KB403';
    END IF;
    PERFORM FROM app.users u WHERE u.id = who AND u.status = 'ACTIVE';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such user' USING ERRCODE = 'KB404';
    END IF;
    PERFORM FROM app.members m
    WHERE m.tenant_id = tenant AND m.id = member AND (m.status = 'ACTIVE' OR held_roles <@ ARRAY['MEMBER']);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such member' USING ERRCODE = 'KB422';
    END IF;
    PERFORM FROM app.memberships m
    WHERE m.tenant_id = tenant AND m.ends_at IS NULL AND (
        (m.user_id = who AND m.member_id <> member) OR (m.user_id <> who AND m.member_id = member)
    );
    IF FOUND THEN
        RAISE EXCEPTION 'the user is another member of this group' USING ERRCODE = 'KB409';
    END IF;
    UPDATE app.memberships m SET member_id = member WHERE m.tenant_id = tenant AND m.user_id = who AND m.ends_at IS NULL;
    FOREACH held IN ARRAY held_roles LOOP
        INSERT INTO app.memberships (id, user_id, tenant_id, member_id, role, created_by)
        VALUES (gen_random_uuid(), who, tenant, member, held, app.user_id())
        ON CONFLICT (tenant_id, user_id, role) WHERE ends_at IS NULL DO NOTHING;
    END LOOP;
END
$$;
