-- The feed: how far the change log of each tenant goes, and what it says to whoever may follow it.
-- Whoever prunes the log leaves a row behind in place of what was there: the first row tells from where on it is whole.

-- How many changes each tenant has seen. It says nothing of what changed, and needs no viewer: a process asks it for all
-- tenants that somebody in it follows.
CREATE FUNCTION app.change_numbers(tenants uuid[]) RETURNS TABLE (tenant_id uuid, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.tenant_id, h.change_number FROM ledger.heads h WHERE h.tenant_id = ANY (tenants)
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
    IF NOT (
        tenant = ANY (app.tenants_as('member')) OR tenant = ANY (app.tenants_as('staff'))
        OR tenant = ANY (app.tenants_as('partner_totals')) OR tenant = ANY (app.tenants_as('auditor'))
        OR app.is_entered_as('admin')
    ) THEN
        RETURN;
    END IF;
    SELECT h.change_number INTO last FROM ledger.heads h WHERE h.tenant_id = tenant;
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
