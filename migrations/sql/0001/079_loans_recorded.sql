-- A schedule is made when a loan is paid out or rescheduled, and has all its instalments: in order, adding up to what is lent.
CREATE FUNCTION app.is_loan_schedule_whole(tenant uuid, loan uuid, schedule_number integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM app.loan_schedules s
        JOIN app.loans l ON l.tenant_id = s.tenant_id AND l.id = s.loan_id AND l.member_id = s.member_id
        JOIN app.loan_steps t ON t.tenant_id = s.tenant_id AND t.loan_id = s.loan_id AND t.kind = s.reason
            AND t.counts_on = s.starts_on AND (s.reason <> 'DISBURSEMENT' OR t.amount = s.principal)
        WHERE s.tenant_id = tenant AND s.loan_id = loan AND s.number = schedule_number
          AND s.number = (
              SELECT count(*) FROM app.loan_schedules x WHERE x.tenant_id = s.tenant_id AND x.loan_id = s.loan_id
          )
          AND (s.instalments, s.instalments, s.principal, true) = (
              SELECT count(*)::integer, max(i.number), sum(i.principal), bool_and(i.member_id = s.member_id AND i.is_after)
              FROM (
                  SELECT n.number, n.principal, n.member_id,
                         n.starts_on >= s.starts_on AND n.due_on > lag(n.due_on, 1, n.starts_on - 1) OVER (ORDER BY n.number)
                             AS is_after
                  FROM app.loan_instalments n
                  WHERE n.tenant_id = s.tenant_id AND n.loan_id = s.loan_id AND n.schedule = s.number
              ) i
          )
    )
$$;

CREATE FUNCTION app.check_loan_schedule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT app.is_loan_schedule_whole(NEW.tenant_id, NEW.loan_id, NEW.number) THEN
        RAISE EXCEPTION 'a schedule is made with its instalments when a loan is paid out or rescheduled'
            USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER loan_schedules_whole AFTER INSERT ON app.loan_schedules
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_loan_schedule();

CREATE FUNCTION app.check_loan_instalments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM (SELECT DISTINCT tenant_id, loan_id, schedule FROM written) w
    WHERE NOT app.is_loan_schedule_whole(w.tenant_id, w.loan_id, w.schedule);
    IF FOUND THEN
        RAISE EXCEPTION 'the instalments of a schedule are written at once, and make it whole' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_instalments_whole AFTER INSERT ON app.loan_instalments REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.check_loan_instalments();

CREATE FUNCTION app.log_loan_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes AS c (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, app.change_number(w.tenant_id), TG_ARGV[0], w.record_id, 'UPDATE'
    FROM (
        SELECT DISTINCT tenant_id, coalesce(to_jsonb(p) ->> 'loan_id', to_jsonb(p) ->> 'product_id')::uuid AS record_id
        FROM written p
    ) w
    ON CONFLICT (tenant_id, number, entity, entity_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_products_log_insert AFTER INSERT ON app.loan_products REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_product');

CREATE TRIGGER loan_products_log_update AFTER UPDATE ON app.loan_products REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan_product');

CREATE TRIGGER loan_product_versions_log_insert AFTER INSERT ON app.loan_product_versions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan_product');

CREATE TRIGGER loans_log_insert AFTER INSERT ON app.loans REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan');

CREATE TRIGGER loans_log_update AFTER UPDATE ON app.loans REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('loan');

CREATE TRIGGER loan_steps_log_insert AFTER INSERT ON app.loan_steps REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan');

CREATE TRIGGER loan_words_log_insert AFTER INSERT ON app.loan_words REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan');

CREATE TRIGGER loan_schedules_log_insert AFTER INSERT ON app.loan_schedules REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan');

CREATE TRIGGER loan_instalments_log_insert AFTER INSERT ON app.loan_instalments REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan');

CREATE TRIGGER loan_charges_log_insert AFTER INSERT ON app.loan_charges REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan');

CREATE TRIGGER loan_payments_log_insert AFTER INSERT ON app.loan_payments REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_loan_part('loan');

CREATE TRIGGER loan_products_audit AFTER INSERT OR UPDATE OR DELETE ON app.loan_products
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('loan_product', 'id', '');

CREATE TRIGGER loans_audit AFTER INSERT OR UPDATE OR DELETE ON app.loans
    FOR EACH ROW EXECUTE FUNCTION app.audit_change('loan', 'id', '');

-- A payment says of its entry what the entry says: member, date, and what of it went where.
CREATE FUNCTION app.check_loan_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.loans o
    JOIN ledger.entries e ON e.tenant_id = o.tenant_id AND e.id = NEW.id AND e.member_id = o.member_id AND e.reverses_id IS NULL
        AND e.effective_on = NEW.effective_on AND e.kind = CASE NEW.kind
            WHEN 'REPAYMENT' THEN 'LOAN_REPAID' WHEN 'ADVANCE_USED' THEN 'LOAN_ADVANCE_USED'
            WHEN 'ADVANCE_RETURNED' THEN 'LOAN_ADVANCE_RETURNED' WHEN 'WRITE_OFF' THEN 'LOAN_WRITTEN_OFF'
            WHEN 'RECOVERY' THEN 'LOAN_RECOVERED' WHEN 'ACCRUAL' THEN 'LOAN_ACCRUED'
        END
    JOIN (
        SELECT l.tenant_id, l.entry_number, sum(l.amount) FILTER (WHERE l.amount > 0) AS amount,
               coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0 AND a.code IN ('1320', '1325')), 0) AS principal,
               coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0 AND a.code IN ('1330', '4110')), 0) AS interest,
               coalesce(-sum(l.amount) FILTER (
                   WHERE l.amount < 0 AND a.code IN ('1330', '1340', '3200', '4110', '4120', '4130')
               ), 0) AS earned,
               coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0 AND a.code = '2110'), 0) AS advance
        FROM ledger.lines l
        JOIN ledger.accounts a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
        WHERE l.tenant_id = NEW.tenant_id
          AND l.entry_number = (SELECT n.number FROM ledger.entries n WHERE n.tenant_id = NEW.tenant_id AND n.id = NEW.id)
        GROUP BY l.tenant_id, l.entry_number
    ) b ON b.tenant_id = e.tenant_id AND b.entry_number = e.number AND b.amount = NEW.amount
    WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.loan_id AND o.member_id = NEW.member_id
      AND (NEW.kind IN ('RECOVERY', 'ADVANCE_RETURNED') OR (
          b.principal = NEW.principal AND b.advance = NEW.advance
          AND b.earned = NEW.penalties + NEW.fees + NEW.interest
          AND (o.fund = 'SOCIAL_FUND' OR b.interest = NEW.interest)
      ));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the payment differs from its entry'
            USING ERRCODE = '23514', CONSTRAINT = 'loan_payments_as_entry';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_payments_as_entry AFTER INSERT ON app.loan_payments
    FOR EACH ROW EXECUTE FUNCTION app.check_loan_payment();

-- A charge is of a loan that is owed, on the same member; what was waived of one is no more than it.
CREATE FUNCTION app.check_loan_charge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.loans l
    WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id AND l.member_id = NEW.member_id
      AND l.status IN ('ACTIVE', 'DEFAULTED')
      AND (NEW.waives_id IS NULL OR (
          SELECT c.amount FROM app.loan_charges c
          WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.waives_id AND c.loan_id = NEW.loan_id AND c.kind <> 'WAIVER'
      ) >= (
          SELECT sum(w.amount) FROM app.loan_charges w
          WHERE w.tenant_id = NEW.tenant_id AND w.waives_id = NEW.waives_id AND w.loan_id = NEW.loan_id
      ));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a charge is of a loan that is owed' USING ERRCODE = 'KB422';
    END IF;
    IF NEW.entry_id IS NOT NULL THEN
        PERFORM FROM ledger.entries e
        WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.entry_id AND e.member_id = NEW.member_id
          AND e.kind = CASE NEW.kind WHEN 'WAIVER' THEN 'LOAN_WRITTEN_OFF' ELSE 'LOAN_ACCRUED' END;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a charge becomes owed, and is lost, by an entry of its member' USING ERRCODE = 'KB422';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_charges_of_loan AFTER INSERT ON app.loan_charges
    FOR EACH ROW EXECUTE FUNCTION app.check_loan_charge();
