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
