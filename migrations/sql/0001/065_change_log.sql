-- Every record of a tenant is in the change log, and can only be written under the lock of its head row.
CREATE TRIGGER groups_log_insert AFTER INSERT ON app.groups REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('group', 'tenant_id');

CREATE TRIGGER groups_log_update AFTER UPDATE ON app.groups REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('group', 'tenant_id');

CREATE TRIGGER groups_log_delete AFTER DELETE ON app.groups REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('group', 'tenant_id');

CREATE TRIGGER constitutions_log_insert AFTER INSERT ON app.constitutions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('constitution', 'tenant_id');

CREATE TRIGGER constitutions_log_update AFTER UPDATE ON app.constitutions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('constitution', 'tenant_id');

CREATE TRIGGER constitutions_log_delete AFTER DELETE ON app.constitutions REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('constitution', 'tenant_id');

CREATE TRIGGER members_log_insert AFTER INSERT ON app.members REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'id');

CREATE TRIGGER members_log_update AFTER UPDATE ON app.members REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'id');

CREATE TRIGGER members_log_delete AFTER DELETE ON app.members REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'id');

CREATE TRIGGER member_names_log_insert AFTER INSERT ON app.member_names REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'member_id');

CREATE TRIGGER member_names_log_update AFTER UPDATE ON app.member_names REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'member_id');

CREATE TRIGGER member_names_log_delete AFTER DELETE ON app.member_names REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'member_id');

CREATE TRIGGER member_private_log_insert AFTER INSERT ON app.member_private REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'member_id');

CREATE TRIGGER member_private_log_update AFTER UPDATE ON app.member_private REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'member_id');

CREATE TRIGGER member_private_log_delete AFTER DELETE ON app.member_private REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('member', 'member_id');

CREATE TRIGGER meetings_log_insert AFTER INSERT ON app.meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('meeting', 'id');

CREATE TRIGGER meetings_log_update AFTER UPDATE ON app.meetings REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('meeting', 'id');

CREATE TRIGGER meetings_log_delete AFTER DELETE ON app.meetings REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('meeting', 'id');

CREATE TRIGGER cash_counts_log_insert AFTER INSERT ON app.cash_counts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('meeting', 'meeting_id');

CREATE TRIGGER cash_counts_log_update AFTER UPDATE ON app.cash_counts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('meeting', 'meeting_id');

CREATE TRIGGER cash_counts_log_delete AFTER DELETE ON app.cash_counts REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('meeting', 'meeting_id');

CREATE TRIGGER contributions_log_insert AFTER INSERT ON app.contributions REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('contribution', 'id');

CREATE TRIGGER accounts_log_insert AFTER INSERT ON ledger.accounts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('account', 'id');

CREATE TRIGGER accounts_log_update AFTER UPDATE ON ledger.accounts REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('account', 'id');

CREATE TRIGGER accounts_log_delete AFTER DELETE ON ledger.accounts REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION app.log_changes('account', 'id');
