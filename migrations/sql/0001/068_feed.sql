-- The feed: how far the change log of each tenant goes, and what it says to whoever may follow it.
-- Whoever prunes the log leaves a row behind in place of what was there: the first row tells from where on it is whole.

-- How many changes those tenants have seen that have seen more than is known of them. It says nothing of what changed, and
-- needs no viewer: a process asks it for all tenants that somebody in it follows.
CREATE FUNCTION app.change_numbers(tenants uuid[], known bigint[]) RETURNS TABLE (tenant_id uuid, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.tenant_id, h.change_number
    FROM unnest(tenants, known) k (tenant_id, number)
    JOIN ledger.heads h ON h.tenant_id = k.tenant_id
    WHERE h.change_number > k.number
$$;

-- Whether the viewer may follow the group at all; each change is authorised beside, by whoever tells of it.
CREATE FUNCTION app.may_follow(tenant uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN tenant = ANY (app.tenants_as('member')) OR tenant = ANY (app.tenants_as('staff'))
        OR tenant = ANY (app.tenants_as('partner_totals')) OR tenant = ANY (app.tenants_as('auditor'))
        OR app.is_entered_as('admin');
END
$$;

-- The changes after a number, in order, for whoever may see the group. One row at least, with no change in it where there
-- is none: `last` is the tenant's number in this snapshot, `horizon` the last number that is no longer in the log.
CREATE FUNCTION app.changes_after(tenant uuid, after bigint, rows_max bigint)
RETURNS TABLE (
    last bigint, horizon bigint, number bigint, entity text, entity_id uuid, operation text, occurred_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first app.changes;
BEGIN
    IF NOT app.may_follow(tenant) THEN
        RETURN;
    END IF;
    -- A partner has a book as well, and is no group.
    SELECT h.change_number INTO last FROM ledger.heads h JOIN app.groups g ON g.tenant_id = h.tenant_id
    WHERE h.tenant_id = tenant;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO first FROM app.changes c WHERE c.tenant_id = tenant ORDER BY c.number, c.entity, c.entity_id LIMIT 1;
    horizon := CASE WHEN first.entity = 'horizon' THEN first.number ELSE 0 END;
    FOR number, entity, entity_id, operation, occurred_at IN
        SELECT c.number, c.entity, c.entity_id, c.operation, c.occurred_at
        FROM app.changes c
        WHERE c.tenant_id = tenant AND c.number > greatest(after, horizon)
        ORDER BY c.number, c.entity, c.entity_id
        LIMIT rows_max
    LOOP
        RETURN NEXT;
    END LOOP;
    IF NOT FOUND THEN
        RETURN NEXT;
    END IF;
END
$$;

-- What each of several followers may be told, in one statement and one snapshot: each enters as itself, one after the
-- other, and is refused or told of its own group alone. Of followers of one group that come from one number the first is
-- given the changes, and the others the place of the first, once they have entered and may follow it, too. They come
-- in an order in which such followers stand side by side. Whoever is last remains entered, so nothing else may be asked
-- in the transaction.
CREATE FUNCTION app.follow(principals uuid[], proofs bytea[], tenants uuid[], after bigint[], rows_max bigint)
RETURNS TABLE (
    place integer, is_refused boolean, viewer app.viewer, shared_with integer, last bigint, horizon bigint,
    numbers bigint[], entities text[], entity_ids uuid[], operations text[], occurred_at timestamptz[]
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    given integer;
BEGIN
    FOR i IN 1 .. cardinality(principals) LOOP
        place := i;
        is_refused := false;
        viewer := NULL;
        shared_with := NULL;
        last := NULL;
        horizon := NULL;
        numbers := NULL;
        entities := NULL;
        entity_ids := NULL;
        operations := NULL;
        occurred_at := NULL;
        BEGIN
            IF proofs[i] IS NULL THEN
                viewer := app.enter(principals[i], ARRAY[tenants[i]]);
            ELSE
                viewer := app.enter_machine(principals[i], proofs[i], ARRAY[tenants[i]]);
            END IF;
        EXCEPTION WHEN SQLSTATE 'KB401' THEN
            is_refused := true;
        END;
        IF NOT is_refused AND app.may_follow(tenants[i]) THEN
            IF tenants[i] = tenants[given] AND after[i] = after[given] THEN
                shared_with := given;
            ELSE
                given := i;
                SELECT max(c.last), max(c.horizon),
                       array_agg(c.number) FILTER (WHERE c.number IS NOT NULL),
                       array_agg(c.entity) FILTER (WHERE c.number IS NOT NULL),
                       array_agg(c.entity_id) FILTER (WHERE c.number IS NOT NULL),
                       array_agg(c.operation) FILTER (WHERE c.number IS NOT NULL),
                       array_agg(c.occurred_at) FILTER (WHERE c.number IS NOT NULL)
                INTO last, horizon, numbers, entities, entity_ids, operations, occurred_at
                FROM app.changes_after(tenants[i], after[i], rows_max) c;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Prunes the log of a tenant up to the last change before a moment; returns how far. Under the lock of the head, so that
-- the row which tells how far is one alone.
CREATE FUNCTION app.forget_changes(tenant uuid, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    up_to bigint;
BEGIN
    PERFORM FROM ledger.heads h WHERE h.tenant_id = tenant FOR NO KEY UPDATE;
    SELECT c.number INTO up_to FROM app.changes c
    WHERE c.tenant_id = tenant AND c.occurred_at < before AND c.entity <> 'horizon'
    ORDER BY c.number DESC LIMIT 1;
    IF up_to IS NOT NULL THEN
        DELETE FROM app.changes c WHERE c.tenant_id = tenant AND c.number <= up_to;
        INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation, occurred_at)
        VALUES (tenant, up_to, 'horizon', tenant, 'DELETE', before);
    END IF;
    RETURN up_to;
END
$$;
