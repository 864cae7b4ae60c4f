-- What becomes of a loan by a step; NULL where it takes no such step. domain.lending.steps has the same table.
CREATE FUNCTION app.loan_becomes(step text, was text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN step = 'APPLICATION' AND was IS NULL THEN 'APPLIED'
    WHEN step = 'APPRAISAL' AND was IN ('APPLIED', 'APPRAISED') THEN 'APPRAISED'
    WHEN step = 'ENDORSEMENT' AND was IN ('APPLIED', 'APPRAISED') THEN was
    WHEN step = 'APPROVAL' AND was IN ('APPLIED', 'APPRAISED') THEN 'APPROVED'
    WHEN step = 'REJECTION' AND was IN ('APPLIED', 'APPRAISED') THEN 'REJECTED'
    WHEN step = 'WITHDRAWAL' AND was IN ('APPLIED', 'APPRAISED', 'APPROVED') THEN 'WITHDRAWN'
    WHEN step = 'EXPIRY' AND was = 'APPROVED' THEN 'EXPIRED'
    WHEN step = 'DISBURSEMENT' AND was = 'APPROVED' THEN 'ACTIVE'
    WHEN step = 'DISBURSEMENT_REVERSAL' AND was = 'ACTIVE' THEN 'APPROVED'
    WHEN step = 'RESCHEDULING' AND was IN ('ACTIVE', 'DEFAULTED') THEN 'ACTIVE'
    WHEN step = 'CLOSURE' AND was IN ('ACTIVE', 'DEFAULTED') THEN 'CLOSED'
    WHEN step = 'REOPENING' AND was = 'CLOSED' THEN 'ACTIVE'
    WHEN step = 'DEFAULT' AND was = 'ACTIVE' THEN 'DEFAULTED'
    WHEN step = 'CURE' AND was = 'DEFAULTED' THEN 'ACTIVE'
    WHEN step = 'WRITE_OFF' AND was IN ('ACTIVE', 'DEFAULTED') THEN 'WRITTEN_OFF'
    WHEN step = 'WRITE_OFF_REVERSAL' AND was = 'WRITTEN_OFF' THEN 'ACTIVE'
    WHEN step = 'RECOVERY' AND was = 'WRITTEN_OFF' THEN 'WRITTEN_OFF'
END;

-- A product's terms, a version, a step and its words, a schedule, a charge and a payment stay as they were written.
CREATE TRIGGER loan_terms_immutable BEFORE UPDATE OR DELETE ON app.loan_terms
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_product_versions_immutable BEFORE UPDATE OR DELETE ON app.loan_product_versions
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_steps_immutable BEFORE UPDATE OR DELETE ON app.loan_steps
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_words_immutable BEFORE UPDATE OR DELETE ON app.loan_words
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_schedules_immutable BEFORE UPDATE OR DELETE ON app.loan_schedules
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_instalments_immutable BEFORE UPDATE OR DELETE ON app.loan_instalments
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_charges_immutable BEFORE UPDATE OR DELETE ON app.loan_charges
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_payments_immutable BEFORE UPDATE OR DELETE ON app.loan_payments
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER loan_payments_not_truncated BEFORE TRUNCATE ON app.loan_payments
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

ALTER TABLE app.loan_terms ENABLE ALWAYS TRIGGER loan_terms_immutable;

ALTER TABLE app.loan_product_versions ENABLE ALWAYS TRIGGER loan_product_versions_immutable;

ALTER TABLE app.loan_steps ENABLE ALWAYS TRIGGER loan_steps_immutable;

ALTER TABLE app.loan_words ENABLE ALWAYS TRIGGER loan_words_immutable;

ALTER TABLE app.loan_schedules ENABLE ALWAYS TRIGGER loan_schedules_immutable;

ALTER TABLE app.loan_instalments ENABLE ALWAYS TRIGGER loan_instalments_immutable;

ALTER TABLE app.loan_charges ENABLE ALWAYS TRIGGER loan_charges_immutable;

ALTER TABLE app.loan_payments ENABLE ALWAYS TRIGGER loan_payments_immutable;

ALTER TABLE app.loan_payments ENABLE ALWAYS TRIGGER loan_payments_not_truncated;

-- A product begins active with its first version, and is retired once. Who made it is never what the writer says.
CREATE FUNCTION app.stamp_loan_product() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.status := 'ACTIVE';
        NEW.newest := 1;
        NEW.version := 1;
        NEW.created_at := clock_timestamp();
        NEW.created_by := coalesce(app.user_id(), NEW.created_by);
        RETURN NEW;
    END IF;
    IF TG_OP <> 'UPDATE' OR OLD.status = 'RETIRED' OR NEW.newest NOT IN (OLD.newest, OLD.newest + 1)
        OR ROW (NEW.tenant_id, NEW.id, NEW.created_at, NEW.created_by)
            IS DISTINCT FROM ROW (OLD.tenant_id, OLD.id, OLD.created_at, OLD.created_by)
    THEN
        RAISE EXCEPTION 'a product is revised or retired, and stays' USING ERRCODE = 'KB405';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER loan_products_begun BEFORE INSERT ON app.loan_products
    FOR EACH ROW EXECUTE FUNCTION app.stamp_loan_product();

CREATE TRIGGER loan_products_kept BEFORE UPDATE OR DELETE ON app.loan_products
    FOR EACH ROW EXECUTE FUNCTION app.stamp_loan_product();

ALTER TABLE app.loan_products ENABLE ALWAYS TRIGGER loan_products_kept;

CREATE FUNCTION app.stamp_maker() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.made_at := clock_timestamp();
    NEW.made_by := coalesce(app.user_id(), NEW.made_by);
    RETURN NEW;
END
$$;

CREATE FUNCTION app.stamp_recorder() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.recorded_at := clock_timestamp();
    NEW.recorded_by := coalesce(app.user_id(), NEW.recorded_by);
    RETURN NEW;
END
$$;

CREATE TRIGGER loan_product_versions_stamped BEFORE INSERT ON app.loan_product_versions
    FOR EACH ROW EXECUTE FUNCTION app.stamp_maker();

CREATE TRIGGER loan_schedules_stamped BEFORE INSERT ON app.loan_schedules
    FOR EACH ROW EXECUTE FUNCTION app.stamp_maker();

CREATE TRIGGER loan_charges_stamped BEFORE INSERT ON app.loan_charges
    FOR EACH ROW EXECUTE FUNCTION app.stamp_recorder();

CREATE TRIGGER loan_payments_stamped BEFORE INSERT ON app.loan_payments
    FOR EACH ROW EXECUTE FUNCTION app.stamp_recorder();

-- The newest version of a product is there, in the currency of the book, and none is newer.
CREATE FUNCTION app.check_loan_product() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    product uuid := coalesce(to_jsonb(NEW) ->> 'product_id', to_jsonb(NEW) ->> 'id')::uuid;
BEGIN
    PERFORM FROM app.loan_products p
    JOIN ledger.heads h ON h.tenant_id = p.tenant_id
    WHERE p.tenant_id = NEW.tenant_id AND p.id = product AND p.newest = (
        SELECT max(v.number) FROM app.loan_product_versions v
        WHERE v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.currency = h.base_currency
    );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the versions of a product are counted up' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER loan_products_counted AFTER INSERT OR UPDATE ON app.loan_products
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_loan_product();

CREATE CONSTRAINT TRIGGER loan_product_versions_counted AFTER INSERT ON app.loan_product_versions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.check_loan_product();

-- A loan begins as an application; from then on its steps alone move it.
CREATE FUNCTION app.stamp_loan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Under the lock of the book's head nobody else counts; and not everybody who asks for a loan sees the others.
    SELECT coalesce(max(l.number), 0) + 1 INTO NEW.number FROM app.loans l WHERE l.tenant_id = NEW.tenant_id;
    NEW.status := 'APPLIED';
    NEW.version := 1;
    NEW.applied_by := coalesce(app.user_id(), NEW.applied_by);
    IF num_nonnulls(
        NEW.recommended, NEW.approved, NEW.disbursed, NEW.approved_until, NEW.hold_id, NEW.disbursed_on, NEW.disbursement_id,
        NEW.closed_on
    ) > 0 THEN
        RAISE EXCEPTION 'a loan begins as an application' USING ERRCODE = 'KB405';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER loans_begun BEFORE INSERT ON app.loans FOR EACH ROW EXECUTE FUNCTION app.stamp_loan();

CREATE FUNCTION app.keep_loan() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR ROW (
        NEW.tenant_id, NEW.id, NEW.number, NEW.member_id, NEW.product_id, NEW.product_version, NEW.fund, NEW.currency,
        NEW.purpose, NEW.applied, NEW.applied_on, NEW.meeting_id, NEW.applied_by, NEW.constitution_version
    ) IS DISTINCT FROM ROW (
        OLD.tenant_id, OLD.id, OLD.number, OLD.member_id, OLD.product_id, OLD.product_version, OLD.fund, OLD.currency,
        OLD.purpose, OLD.applied, OLD.applied_on, OLD.meeting_id, OLD.applied_by, OLD.constitution_version
    ) THEN
        RAISE EXCEPTION 'what was applied for stays' USING ERRCODE = 'KB405';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER loans_kept BEFORE UPDATE OR DELETE ON app.loans FOR EACH ROW EXECUTE FUNCTION app.keep_loan();

ALTER TABLE app.loans ENABLE ALWAYS TRIGGER loans_kept;

-- An application is for a product that is offered, in its newest version, by a member who takes part; other members stand
-- surety. Its first step is written with it.
CREATE FUNCTION app.begin_loan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.loan_products p
    JOIN app.loan_product_versions v ON v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.number = p.newest
    JOIN app.members m ON m.tenant_id = p.tenant_id AND m.id = NEW.member_id AND m.status = 'ACTIVE' AND m.left_on IS NULL
    -- The loan's terms are those of the version, but for the number of instalments, which may be lower.
    JOIN app.loan_terms t ON t.tenant_id = p.tenant_id AND t.id = NEW.terms_id
    JOIN app.loan_terms o ON o.tenant_id = p.tenant_id AND o.id = v.terms_id AND t.instalments <= o.instalments
        AND to_jsonb(t) - 'id' - 'instalments' = to_jsonb(o) - 'id' - 'instalments'
    WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.product_id AND p.status = 'ACTIVE' AND p.newest = NEW.product_version
      AND v.fund = NEW.fund AND v.currency = NEW.currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a loan is of the newest version of a product, for an active member' USING ERRCODE = 'KB422';
    END IF;
    IF (
        SELECT count(*) FROM app.members m WHERE m.tenant_id = NEW.tenant_id AND m.id = ANY (NEW.guarantors)
    ) <> cardinality(NEW.guarantors) THEN
        RAISE EXCEPTION 'members stand surety, each once' USING ERRCODE = 'KB422';
    END IF;
    INSERT INTO app.loan_steps (tenant_id, loan_id, number, member_id, kind, became, counts_on, meeting_id, amount, recorded_by)
    VALUES (
        NEW.tenant_id, NEW.id, 1, NEW.member_id, 'APPLICATION', 'APPLIED', NEW.applied_on, NEW.meeting_id, NEW.applied,
        NEW.applied_by
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER loans_applied AFTER INSERT ON app.loans FOR EACH ROW EXECUTE FUNCTION app.begin_loan();

CREATE FUNCTION app.stamp_loan_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    loan app.loans;
BEGIN
    NEW.recorded_at := clock_timestamp();
    NEW.recorded_by := coalesce(app.user_id(), NEW.recorded_by);
    SELECT * INTO loan FROM app.loans l WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id;
    IF FOUND THEN
        SELECT count(*) + 1, CASE WHEN count(*) > 0 THEN loan.status END INTO NEW.number, NEW.was
        FROM app.loan_steps s WHERE s.tenant_id = NEW.tenant_id AND s.loan_id = NEW.loan_id;
        NEW.member_id := loan.member_id;
        NEW.became := coalesce(app.loan_becomes(NEW.kind, NEW.was), loan.status);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER loan_steps_stamped BEFORE INSERT ON app.loan_steps FOR EACH ROW EXECUTE FUNCTION app.stamp_loan_step();

-- An approval stands on as many officers as the product asks, or on more than half of those who are at the meeting.
CREATE FUNCTION app.check_loan_approval(step app.loan_steps) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked app.loan_product_versions;
    present integer;
BEGIN
    SELECT v.* INTO asked FROM app.loans l
    JOIN app.loan_product_versions v
        ON v.tenant_id = l.tenant_id AND v.product_id = l.product_id AND v.number = l.product_version
    WHERE l.tenant_id = step.tenant_id AND l.id = step.loan_id AND step.amount <= l.applied
      AND step.approved_until >= step.counts_on;
    IF asked.approval = 'VOTE' THEN
        SELECT count(*) INTO present FROM app.attendances a
        WHERE a.tenant_id = step.tenant_id AND a.meeting_id = step.meeting_id AND a.status IN ('PRESENT', 'LATE');
        PERFORM WHERE step.votes_for * 2 > present AND step.votes_for + step.votes_against <= present;
    ELSE
        PERFORM FROM app.loan_steps s
        WHERE s.tenant_id = step.tenant_id AND s.loan_id = step.loan_id AND s.kind IN ('ENDORSEMENT', 'APPROVAL')
        HAVING count(DISTINCT s.recorded_by) >= asked.officers_min AND step.amount <= min(s.amount);
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a loan is approved by whom its product says, and never for more than was asked'
            USING ERRCODE = 'KB422';
    END IF;
END
$$;

-- Moves the loan by the step that was written, once it is sure that it may be taken.
CREATE FUNCTION app.take_loan_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    loan app.loans;
    cash uuid;
BEGIN
    IF NEW.kind NOT IN ('APPLICATION', 'WITHDRAWAL') AND NOT app.allows('loan', 'update', NEW.tenant_id) THEN
        RAISE EXCEPTION 'the viewer may not decide on loans' USING ERRCODE = 'KB403';
    END IF;
    SELECT * INTO loan FROM app.loans l WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id;
    IF app.loan_becomes(NEW.kind, NEW.was) IS NULL OR (NEW.was IS NULL) <> (NEW.number = 1) THEN
        RAISE EXCEPTION 'a loan that is % takes no such step', NEW.was USING ERRCODE = 'KB405';
    END IF;
    IF EXISTS (
        SELECT FROM app.loan_steps s
        WHERE s.tenant_id = NEW.tenant_id AND s.loan_id = NEW.loan_id AND s.number < NEW.number AND s.counts_on > NEW.counts_on
    ) THEN
        RAISE EXCEPTION 'a step is not before the one before it' USING ERRCODE = 'KB422';
    END IF;
    IF NEW.kind IN ('APPRAISAL', 'ENDORSEMENT', 'APPROVAL', 'WRITE_OFF')
        AND NEW.tenant_id::text || NEW.member_id::text = ANY (app.own_pairs())
    THEN
        RAISE EXCEPTION 'nobody decides on a loan of her own' USING ERRCODE = 'KB422';
    END IF;
    -- What the calendar brings about: an approval is over once its last day is, and who defaults no officer says.
    IF (NEW.kind = 'EXPIRY' AND NEW.counts_on <= loan.approved_until)
        OR (NEW.kind = 'DEFAULT' AND current_setting('role') <> 'kibubu_worker')
    THEN
        RAISE EXCEPTION 'nobody takes a step before its time, nor one that is the calendar''s' USING ERRCODE = 'KB422';
    END IF;
    IF NEW.kind = 'APPROVAL' THEN
        PERFORM app.check_loan_approval(NEW);
        IF NEW.hold_id IS NOT NULL THEN
            SELECT a.id INTO cash FROM ledger.accounts a
            WHERE a.tenant_id = NEW.tenant_id AND a.fund = loan.fund AND a.place = NEW.place;
            PERFORM ledger.set_aside(
                NEW.tenant_id, NEW.hold_id, cash, NEW.amount, 'Loan ' || loan.number,
                ((NEW.approved_until + 1)::timestamp AT TIME ZONE (
                    SELECT g.time_zone FROM app.groups g WHERE g.tenant_id = NEW.tenant_id
                ))
            );
        END IF;
    ELSIF NEW.kind = 'DISBURSEMENT' THEN
        PERFORM FROM ledger.entries e
        JOIN ledger.lines l ON l.tenant_id = e.tenant_id AND l.entry_number = e.number AND l.member_id = e.member_id
        WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.entry_id AND e.kind = 'LOAN_DISBURSED' AND e.reverses_id IS NULL
          AND e.member_id = NEW.member_id AND e.effective_on = NEW.counts_on
          AND e.meeting_id IS NOT DISTINCT FROM NEW.meeting_id AND l.amount = NEW.amount AND NEW.amount <= loan.approved
          AND NEW.counts_on <= loan.approved_until;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the loan differs from the entry that paid it out' USING ERRCODE = 'KB422';
        END IF;
        PERFORM FROM app.loan_product_versions v
        WHERE v.tenant_id = NEW.tenant_id AND v.product_id = loan.product_id AND v.number = loan.product_version
          AND v.guarantors_min > (
              SELECT count(*) FROM app.loan_guarantees g
              WHERE g.tenant_id = NEW.tenant_id AND g.loan_id = NEW.loan_id AND g.status = 'ACCEPTED'
          );
        IF FOUND THEN
            RAISE EXCEPTION 'too few members accepted to stand surety for the loan' USING ERRCODE = 'KB422';
        END IF;
    END IF;
    IF NEW.kind IN ('WITHDRAWAL', 'EXPIRY') AND EXISTS (
        SELECT FROM ledger.holds h
        WHERE h.tenant_id = NEW.tenant_id AND h.id = loan.hold_id AND h.outcome IS NULL AND h.expires_at > clock_timestamp()
    ) THEN
        PERFORM ledger.let_go(NEW.tenant_id, loan.hold_id, NULL);
    END IF;
    IF NEW.kind <> 'APPLICATION' THEN
        UPDATE app.loans l
        SET status = NEW.became,
            recommended = CASE NEW.kind WHEN 'APPRAISAL' THEN NEW.amount ELSE l.recommended END,
            approved = CASE NEW.kind WHEN 'APPROVAL' THEN NEW.amount ELSE l.approved END,
            approved_until = coalesce(NEW.approved_until, l.approved_until),
            hold_id = coalesce(NEW.hold_id, l.hold_id),
            disbursed = CASE NEW.kind WHEN 'DISBURSEMENT' THEN NEW.amount WHEN 'DISBURSEMENT_REVERSAL' THEN NULL
                ELSE l.disbursed END,
            disbursed_on = CASE NEW.kind WHEN 'DISBURSEMENT' THEN NEW.counts_on WHEN 'DISBURSEMENT_REVERSAL' THEN NULL
                ELSE l.disbursed_on END,
            disbursement_id = CASE NEW.kind WHEN 'DISBURSEMENT' THEN NEW.entry_id WHEN 'DISBURSEMENT_REVERSAL' THEN NULL
                ELSE l.disbursement_id END,
            closed_on = CASE NEW.became WHEN 'CLOSED' THEN NEW.counts_on END
        WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.loan_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_steps_taken AFTER INSERT ON app.loan_steps FOR EACH ROW EXECUTE FUNCTION app.take_loan_step();

-- Words are written with the step that they are of, about the member whose loan it is, by who takes it.
CREATE FUNCTION app.check_loan_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM app.changes c
    JOIN app.loan_steps s ON s.tenant_id = c.tenant_id AND s.loan_id = c.entity_id
    WHERE c.transaction_id = pg_current_xact_id() AND c.tenant_id = NEW.tenant_id AND c.entity = 'loan'
      AND c.entity_id = NEW.loan_id AND s.number = NEW.step AND s.member_id = NEW.member_id AND s.recorded_by = app.user_id()
      AND s.number = (SELECT max(x.number) FROM app.loan_steps x WHERE x.tenant_id = s.tenant_id AND x.loan_id = s.loan_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'words are written by who takes a step, as it is taken' USING ERRCODE = 'KB422';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER loan_words_with_step AFTER INSERT ON app.loan_words
    FOR EACH ROW EXECUTE FUNCTION app.check_loan_words();
