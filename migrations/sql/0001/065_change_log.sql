-- Every record of a tenant is in the change log, and can only be written under the lock of its head row.
CREATE TRIGGER groups_log_insert AFTER INSERT ON app.groups REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('group');

CREATE TRIGGER groups_log_update AFTER UPDATE ON app.groups REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('group');

CREATE TRIGGER groups_log_delete AFTER DELETE ON app.groups REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('group');

CREATE TRIGGER constitutions_log_insert AFTER INSERT ON app.constitutions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('constitution');

CREATE TRIGGER constitutions_log_update AFTER UPDATE ON app.constitutions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('constitution');

CREATE TRIGGER constitutions_log_delete AFTER DELETE ON app.constitutions REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_group('constitution');

CREATE TRIGGER members_log_insert AFTER INSERT ON app.members REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('member');

CREATE TRIGGER members_log_update AFTER UPDATE ON app.members REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('member');

CREATE TRIGGER members_log_delete AFTER DELETE ON app.members REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('member');

CREATE TRIGGER member_names_log_insert AFTER INSERT ON app.member_names REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER member_names_log_update AFTER UPDATE ON app.member_names REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER member_names_log_delete AFTER DELETE ON app.member_names REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER member_private_log_insert AFTER INSERT ON app.member_private REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER member_private_log_update AFTER UPDATE ON app.member_private REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER member_private_log_delete AFTER DELETE ON app.member_private REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER positions_log_insert AFTER INSERT ON app.positions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER positions_log_update AFTER UPDATE ON app.positions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER positions_log_delete AFTER DELETE ON app.positions REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_member_part('member');

CREATE TRIGGER meetings_log_insert AFTER INSERT ON app.meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('meeting');

CREATE TRIGGER meetings_log_update AFTER UPDATE ON app.meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('meeting');

CREATE TRIGGER meetings_log_delete AFTER DELETE ON app.meetings REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('meeting');

CREATE TRIGGER cash_counts_log_insert AFTER INSERT ON app.cash_counts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER cash_counts_log_update AFTER UPDATE ON app.cash_counts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER cash_counts_log_delete AFTER DELETE ON app.cash_counts REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_meeting_part('meeting');

CREATE TRIGGER contributions_log_insert AFTER INSERT ON app.contributions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('contribution');

CREATE TRIGGER accounts_log_insert AFTER INSERT ON ledger.accounts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('account');

CREATE TRIGGER accounts_log_update AFTER UPDATE ON ledger.accounts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('account');

CREATE TRIGGER accounts_log_delete AFTER DELETE ON ledger.accounts REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('account');

CREATE TRIGGER drafts_log_insert AFTER INSERT ON app.drafts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('draft');

CREATE TRIGGER drafts_log_update AFTER UPDATE ON app.drafts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('draft');

CREATE TRIGGER holds_log_insert AFTER INSERT ON ledger.holds REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('hold');

CREATE TRIGGER holds_log_update AFTER UPDATE ON ledger.holds REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('hold');

CREATE TRIGGER holds_log_delete AFTER DELETE ON ledger.holds REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('hold');

CREATE TRIGGER vouchers_log_insert AFTER INSERT ON app.vouchers REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_record('voucher');

-- A closing is a part of the book, whose head is logged with nothing else.
CREATE FUNCTION app.log_book_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO app.changes (tenant_id, number, entity, entity_id, operation)
    SELECT w.tenant_id, app.change_number(w.tenant_id), TG_ARGV[0], w.tenant_id, 'UPDATE'
    FROM (SELECT DISTINCT tenant_id FROM written) w
    ON CONFLICT (tenant_id, number, entity, entity_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER closings_log_insert AFTER INSERT ON ledger.closings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_book_part('book');
