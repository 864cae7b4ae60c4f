-- Guarantees hold as long as the loan may come to be owed, or is; what is held for them, the guarantor does not withdraw.
CREATE FUNCTION app.savings_pledged(tenant uuid, member uuid) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(g.amount), 0) FROM app.loan_guarantees g
    JOIN app.loans l ON l.tenant_id = g.tenant_id AND l.id = g.loan_id
    WHERE g.tenant_id = tenant AND g.member_id = member AND g.holds_savings AND g.status = 'ACCEPTED'
      AND l.status IN ('APPLIED', 'APPRAISED', 'APPROVED', 'ACTIVE', 'DEFAULTED')
$$;

CREATE FUNCTION app.check_savings_pledged(tenant uuid, member uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM WHERE app.savings_pledged(tenant, member) > coalesce((
        SELECT -b.balance FROM ledger.member_balances b
        JOIN ledger.accounts a ON a.tenant_id = b.tenant_id AND a.id = b.account_id AND a.code = '2100'
        WHERE b.tenant_id = tenant AND b.member_id = member
    ), 0);
    IF FOUND THEN
        RAISE EXCEPTION 'what a member holds for a loan stays in her savings' USING ERRCODE = 'KB422';
    END IF;
END
$$;

CREATE FUNCTION app.check_withdrawal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM app.check_savings_pledged(NEW.tenant_id, NEW.member_id);
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER entries_leave_what_is_pledged AFTER INSERT ON ledger.entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'WITHDRAWAL' AND NEW.reverses_id IS NULL)
    EXECUTE FUNCTION app.check_withdrawal();

-- A guarantee is pledged, accepted and released once each; what a member pledges for herself she has accepted. Who did it is
-- never what the writer says.
CREATE FUNCTION app.stamp_guarantee() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    who uuid := coalesce(app.user_id(), NEW.pledged_by);
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.version := 1;
        NEW.status := 'PLEDGED';
        NEW.pledged_at := clock_timestamp();
        NEW.pledged_by := who;
        NEW.accepted_at := NULL;
        NEW.accepted_by := NULL;
        NEW.released_at := NULL;
        NEW.released_by := NULL;
        IF NEW.tenant_id::text || NEW.member_id::text = ANY (app.own_pairs()) THEN
            NEW.status := 'ACCEPTED';
            NEW.accepted_at := NEW.pledged_at;
            NEW.accepted_by := who;
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP <> 'UPDATE' OR (OLD.status, NEW.status) NOT IN (
        ('PLEDGED', 'ACCEPTED'), ('PLEDGED', 'RELEASED'), ('ACCEPTED', 'RELEASED')
    ) THEN
        RAISE EXCEPTION 'a guarantee is accepted and released once' USING ERRCODE = 'KB405';
    END IF;
    IF NEW.status = 'ACCEPTED' THEN
        NEW.accepted_at := clock_timestamp();
        NEW.accepted_by := coalesce(app.user_id(), OLD.pledged_by);
    ELSE
        NEW.released_at := clock_timestamp();
        NEW.released_by := coalesce(app.user_id(), OLD.pledged_by);
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER loan_guarantees_stamped BEFORE INSERT OR UPDATE OR DELETE ON app.loan_guarantees
    FOR EACH ROW EXECUTE FUNCTION app.stamp_guarantee();

ALTER TABLE app.loan_guarantees ENABLE ALWAYS TRIGGER loan_guarantees_stamped;

-- It is for a loan that may still come to be owed, or is; by another active member, who has what she holds for it. The loan names
-- who stands surety for it, and so shows itself to her; a guarantee that was accepted is given up by who lends.
CREATE FUNCTION app.check_guarantee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.status = 'RELEASED' THEN
        IF OLD.status = 'ACCEPTED' AND NOT app.allows('loan', 'update', NEW.tenant_id) THEN
            RAISE EXCEPTION 'who lends releases a guarantor' USING ERRCODE = 'KB403';
        END IF;
        UPDATE app.loans l SET guarantors = array_remove(l.guarantors, NEW.member_id)
        WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id AND NEW.member_id = ANY (l.guarantors);
        RETURN NULL;
    END IF;
    PERFORM FROM app.loans l
    JOIN app.members m ON m.tenant_id = l.tenant_id AND m.id = NEW.member_id AND m.status = 'ACTIVE' AND m.left_on IS NULL
    JOIN app.currencies c ON c.code = l.currency AND NEW.amount = round(NEW.amount, c.minor_unit)
    WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id AND l.member_id = NEW.borrower_id AND l.currency = NEW.currency
      AND l.status IN ('APPLIED', 'APPRAISED', 'APPROVED', 'ACTIVE', 'DEFAULTED');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an active member stands surety for a loan that may come to be owed' USING ERRCODE = 'KB422';
    END IF;
    IF NEW.status = 'ACCEPTED' AND NEW.holds_savings THEN
        PERFORM app.check_savings_pledged(NEW.tenant_id, NEW.member_id);
    END IF;
    UPDATE app.loans l SET guarantors = l.guarantors || NEW.member_id
    WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id AND NOT NEW.member_id = ANY (l.guarantors);
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_guarantees_checked AFTER INSERT OR UPDATE ON app.loan_guarantees
    FOR EACH ROW EXECUTE FUNCTION app.check_guarantee();

-- Collateral is valued anew while it is held, and released once.
CREATE FUNCTION app.stamp_collateral() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.version := 1;
        NEW.status := 'HELD';
        NEW.recorded_at := clock_timestamp();
        NEW.recorded_by := coalesce(app.user_id(), NEW.recorded_by);
        NEW.released_at := NULL;
        NEW.released_by := NULL;
        RETURN NEW;
    END IF;
    IF TG_OP <> 'UPDATE' OR OLD.status = 'RELEASED' OR NEW.valued_on < OLD.valued_on
        OR (NEW.status = 'RELEASED' AND (NEW.value, NEW.valued_on) IS DISTINCT FROM (OLD.value, OLD.valued_on))
    THEN
        RAISE EXCEPTION 'collateral is valued while it is held, and released once' USING ERRCODE = 'KB405';
    END IF;
    IF NEW.status = 'RELEASED' THEN
        NEW.released_at := clock_timestamp();
        NEW.released_by := coalesce(app.user_id(), OLD.recorded_by);
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER loan_collateral_stamped BEFORE INSERT OR UPDATE OR DELETE ON app.loan_collateral
    FOR EACH ROW EXECUTE FUNCTION app.stamp_collateral();

ALTER TABLE app.loan_collateral ENABLE ALWAYS TRIGGER loan_collateral_stamped;

CREATE FUNCTION app.check_collateral() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.loans l
    JOIN app.currencies c ON c.code = l.currency AND NEW.value = round(NEW.value, c.minor_unit)
    WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id AND l.member_id = NEW.member_id AND l.currency = NEW.currency
      AND NEW.valued_on <= (clock_timestamp() AT TIME ZONE 'UTC')::date + 2
      AND (TG_OP = 'UPDATE' OR l.status IN ('APPLIED', 'APPRAISED', 'APPROVED', 'ACTIVE', 'DEFAULTED'));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'collateral stands in for a loan that may come to be owed' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_collateral_checked AFTER INSERT OR UPDATE ON app.loan_collateral
    FOR EACH ROW EXECUTE FUNCTION app.check_collateral();

-- What it is in words is written with it, about whose loan it is.
CREATE FUNCTION app.check_collateral_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.loan_collateral c
    WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.id AND c.member_id = NEW.member_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the words are about whose loan the collateral stands in for' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_collateral_words_checked AFTER INSERT ON app.loan_collateral_words
    FOR EACH ROW EXECUTE FUNCTION app.check_collateral_words();

CREATE TRIGGER loan_collateral_words_immutable BEFORE UPDATE OR DELETE ON app.loan_collateral_words
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE app.loan_collateral_words ENABLE ALWAYS TRIGGER loan_collateral_words_immutable;

CREATE TRIGGER loan_guarantees_log_insert AFTER INSERT ON app.loan_guarantees REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_guarantee');

CREATE TRIGGER loan_guarantees_log_update AFTER UPDATE ON app.loan_guarantees REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_guarantee');

CREATE TRIGGER loan_collateral_log_insert AFTER INSERT ON app.loan_collateral REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_collateral');

CREATE TRIGGER loan_collateral_log_update AFTER UPDATE ON app.loan_collateral REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_collateral');

CREATE TRIGGER loan_collateral_words_log_insert AFTER INSERT ON app.loan_collateral_words REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_collateral');

CREATE TRIGGER loan_guarantees_audit AFTER INSERT OR UPDATE OR DELETE ON app.loan_guarantees
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('loan_guarantee', 'id', '');

CREATE TRIGGER loan_collateral_audit AFTER INSERT OR UPDATE OR DELETE ON app.loan_collateral
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('loan_collateral', 'id', '');
