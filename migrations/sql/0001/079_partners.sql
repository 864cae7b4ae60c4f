-- How a partner begins: with its book, whose head row is the lock of all that is done in its name. For the owner, by whom
-- whoever runs the platform makes partners; no role of the application's may call it.
CREATE FUNCTION app.create_partner(partner uuid, currency text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.tenants (id, kind) VALUES (partner, 'PARTNER');
    INSERT INTO ledger.heads (tenant_id, base_currency)
    SELECT partner, c.code FROM app.currencies c WHERE c.code = currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such currency' USING ERRCODE = 'KB422';
    END IF;
END
$$;

-- Without a head nothing of a tenant could be locked, numbered or changed, and its officers or managers would be told that
-- it is not there. It looks as the transaction ends, since the head refers to
-- the tenant and so comes second.
CREATE FUNCTION app.check_book() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM ledger.heads h WHERE h.tenant_id = NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a tenant begins with its book' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER tenants_with_book AFTER INSERT ON app.tenants
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_book();
