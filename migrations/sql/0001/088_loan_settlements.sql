-- What is owed of a loan's principal, by the payments that stand.
CREATE FUNCTION app.loan_principal(tenant uuid, loan uuid) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.disbursed - (
        SELECT coalesce(sum(p.principal), 0) FROM app.loan_payments p
        WHERE p.tenant_id = tenant AND p.loan_id = loan AND NOT EXISTS (
            SELECT FROM ledger.entries r WHERE r.tenant_id = p.tenant_id AND r.reverses_id = p.id
        )
    )
    FROM app.loans l WHERE l.tenant_id = tenant AND l.id = loan
$$;

-- Whether money of the book stands behind a step: a loan is closed with the last coin of its principal, given up by an entry
-- that leaves nothing of it, recovered by another, and rescheduled by what is left of it.
CREATE FUNCTION app.check_loan_settlement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owed CONSTANT numeric := app.loan_principal(NEW.tenant_id, NEW.loan_id);
BEGIN
    IF NEW.kind IN ('WRITE_OFF', 'RECOVERY') THEN
        PERFORM FROM app.loan_payments p
        WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.entry_id AND p.loan_id = NEW.loan_id AND p.kind = NEW.kind
          AND p.amount = NEW.amount AND p.effective_on = NEW.counts_on AND (NEW.kind = 'RECOVERY' OR owed = 0);
    ELSIF NEW.kind = 'WRITE_OFF_REVERSAL' THEN
        PERFORM WHERE NOT EXISTS (
            SELECT FROM app.loan_payments p
            WHERE p.tenant_id = NEW.tenant_id AND p.loan_id = NEW.loan_id AND p.kind IN ('WRITE_OFF', 'RECOVERY')
              AND NOT EXISTS (SELECT FROM ledger.entries r WHERE r.tenant_id = p.tenant_id AND r.reverses_id = p.id)
        );
    ELSE
        PERFORM WHERE owed = CASE NEW.kind WHEN 'CLOSURE' THEN 0 ELSE NEW.amount END;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the step differs from what the book says of the loan' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_steps_settled AFTER INSERT ON app.loan_steps
    FOR EACH ROW WHEN (NEW.kind IN ('CLOSURE', 'WRITE_OFF', 'WRITE_OFF_REVERSAL', 'RECOVERY', 'RESCHEDULING'))
    EXECUTE FUNCTION app.check_loan_settlement();
