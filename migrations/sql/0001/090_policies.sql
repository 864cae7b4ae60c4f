ALTER TABLE app.users ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.users FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.users TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.user_private ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.user_private FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.user_private TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.sessions FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.sessions TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.machine_grants ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.machine_grants FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.machine_grants TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.machine_uses ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.machine_uses FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.machine_uses TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.tenants ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.tenants FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.tenants TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.memberships FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.memberships TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.partner_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.partner_links FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.partner_links TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.groups ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.groups FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.groups TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.constitutions ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.constitutions FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.constitutions TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.group_statuses ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.group_statuses FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.group_statuses TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.join_codes ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.join_codes FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.join_codes TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.join_requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.join_requests FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.join_requests TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.invitations ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.invitations FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.invitations TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.cycles ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.cycles FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.cycles TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.members ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.members FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.members TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.member_names ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.member_names FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.member_names TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.member_private ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.member_private FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.member_private TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.positions ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.positions FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.positions TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.permission_overrides ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.permission_overrides FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.permission_overrides TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.audit FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.audit TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.personal_reads ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.personal_reads FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.personal_reads TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.meetings ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.meetings FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.meetings TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.meeting_texts ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.meeting_texts FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.meeting_texts TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.cash_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.cash_counts FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.cash_counts TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.attendances ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.attendances FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.attendances TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.attendance_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.attendance_words FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.attendance_words TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.votes ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.votes FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.votes TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.ballots ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.ballots FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.ballots TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.contributions ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.contributions FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.contributions TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.fines ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.fines FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.fines TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.fine_settlements ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.fine_settlements FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.fine_settlements TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.contribution_waivers ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.contribution_waivers FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.contribution_waivers TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_terms ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_terms FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_terms TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_products ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_products FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_products TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_product_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_product_versions FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_product_versions TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loans ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loans FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loans TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_steps ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_steps FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_steps TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_words FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_words TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_schedules ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_schedules FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_schedules TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_instalments ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_instalments FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_instalments TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_charges ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_charges FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_charges TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_payments ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_payments FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_payments TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_guarantees ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_guarantees FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_guarantees TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_collateral ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_collateral FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_collateral TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.loan_collateral_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.loan_collateral_words FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.loan_collateral_words TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.heads FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.heads TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.accounts FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.accounts TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.account_balances ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.account_balances FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.account_balances TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.member_balances ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.member_balances FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.member_balances TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.movements ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.movements FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.movements TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.entries FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.entries TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.lines FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.lines TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.vouchers ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.vouchers FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.vouchers TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.drafts ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.drafts FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.drafts TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.holds FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.holds TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.closings ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.closings FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.closings TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.credentials ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.credentials FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.credentials TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.sign_in_failures ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.sign_in_failures FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.sign_in_failures TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.rate_buckets ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.rate_buckets FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.rate_buckets TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.refresh_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.refresh_tokens FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.refresh_tokens TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.machine_secrets ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.machine_secrets FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.machine_secrets TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.jobs FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.jobs TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE access.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE access.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON access.idempotency_keys TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.idempotency_keys TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.changes FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.changes TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.member_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.member_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.member_keys TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.trusted_documents ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.trusted_documents FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.trusted_documents TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.document_manifests ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.document_manifests FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.document_manifests TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.currencies ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.currencies FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.currencies TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.platform ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.platform FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.platform TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE app.rules ENABLE ROW LEVEL SECURITY;

ALTER TABLE app.rules FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON app.rules TO kibubu_owner USING (true) WITH CHECK (true);

ALTER TABLE ledger.entry_kinds ENABLE ROW LEVEL SECURITY;

ALTER TABLE ledger.entry_kinds FORCE ROW LEVEL SECURITY;

CREATE POLICY owner_all ON ledger.entry_kinds TO kibubu_owner USING (true) WITH CHECK (true);

CREATE POLICY everybody_read ON app.currencies FOR SELECT USING (true);

CREATE POLICY everybody_read ON app.platform FOR SELECT USING (true);

CREATE POLICY everybody_read ON app.rules FOR SELECT USING (true);

CREATE POLICY everybody_read ON ledger.entry_kinds FOR SELECT USING (true);

CREATE POLICY viewer_read ON app.users FOR SELECT TO kibubu_app, kibubu_readonly USING (id = ((SELECT app.own_user())));

CREATE POLICY admin_read ON app.users FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON access.user_private FOR SELECT TO kibubu_app, kibubu_readonly USING (user_id = ((SELECT app.own_user())));

CREATE POLICY admin_read ON access.user_private FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON access.sessions FOR SELECT TO kibubu_app, kibubu_readonly USING (user_id = ((SELECT app.own_user())));

CREATE POLICY admin_read ON access.sessions FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON access.machine_grants FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_manager')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON access.machine_grants FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON access.machine_uses FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_manager')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON access.machine_uses FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.tenants FOR SELECT TO kibubu_app, kibubu_readonly USING (id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.tenants FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.tenants FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON app.memberships FOR SELECT TO kibubu_app, kibubu_readonly USING (user_id = ((SELECT app.own_user())) OR tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.memberships FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.partner_links FOR SELECT TO kibubu_app, kibubu_readonly USING (group_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR group_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR group_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR group_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.partner_links FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.groups FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.groups FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.groups FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.groups FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.groups FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.constitutions FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.constitutions FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.constitutions FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.constitutions FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.group_statuses FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.group_statuses FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.join_codes FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY admin_read ON app.join_codes FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.join_requests FOR SELECT TO kibubu_app, kibubu_readonly USING (user_id = ((SELECT app.own_user())) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY admin_read ON app.join_requests FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_update ON app.join_requests FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.invitations FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY admin_read ON app.invitations FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_create ON app.invitations FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.invitations FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.cycles FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.cycles FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.cycles FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.cycles FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.cycles FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.members FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.members FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.members FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.members FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.members FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.member_names FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR (tenant_id = ANY (((SELECT app.tenants_as('partner_names')))::uuid[]) AND shown_to && ((SELECT app.own_partners()))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.member_names FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_create ON app.member_names FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.member_names FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.member_private FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR (tenant_id = ANY (((SELECT app.tenants_as('partner_names')))::uuid[]) AND shown_to && ((SELECT app.own_partners()))::uuid[]));

CREATE POLICY viewer_create ON app.member_private FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.member_private FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.positions FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.positions FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.positions FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.positions FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.positions FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.permission_overrides FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.permission_overrides FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_create ON app.permission_overrides FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_update ON app.permission_overrides FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_read ON app.audit FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_manager')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.audit FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.personal_reads FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY admin_read ON app.personal_reads FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_read ON app.meetings FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.meetings FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.meetings FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.meetings FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.meetings FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]));

CREATE POLICY viewer_read ON app.meeting_texts FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.meeting_texts FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_create ON app.meeting_texts FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_update ON app.meeting_texts FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.cash_counts FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member_sees_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.cash_counts FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.cash_counts FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.cash_counts FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]));

CREATE POLICY viewer_read ON app.attendances FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.attendances FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.attendances FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.attendances FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[]));

CREATE POLICY viewer_update ON app.attendances FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[]));

CREATE POLICY viewer_read ON app.attendance_words FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.attendance_words FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.attendance_words FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.attendance_words FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[]));

CREATE POLICY viewer_update ON app.attendance_words FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('roll_recorder')))::uuid[]));

CREATE POLICY viewer_read ON app.votes FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.votes FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY viewer_create ON app.votes FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_update ON app.votes FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_read ON app.ballots FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.ballots FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.ballots FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.ballots FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_update ON app.ballots FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_read ON app.contributions FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.contributions FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.contributions FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.contributions FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('contribution_recorder')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('machine_recorder')))::uuid[]));

CREATE POLICY viewer_read ON app.fines FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.fines FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.fines FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.fines FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('fine_recorder')))::uuid[]));

CREATE POLICY viewer_read ON app.fine_settlements FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.fine_settlements FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.fine_settlements FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.fine_settlements FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('fine_recorder')))::uuid[]));

CREATE POLICY viewer_read ON app.contribution_waivers FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.contribution_waivers FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.contribution_waivers FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.contribution_waivers FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_update ON app.contribution_waivers FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_terms FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_terms FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_terms FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_terms FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_products FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_products FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_products FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_products FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_update ON app.loan_products FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_product_versions FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_product_versions FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_product_versions FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_product_versions FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loans FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND ARRAY(SELECT tenant_id::text || n::text FROM unnest(guarantors) n) && ((SELECT app.own_pairs()))::text[]) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loans FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loans FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loans FOR INSERT TO kibubu_app WITH CHECK ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_steps FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_steps FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_steps FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_steps FOR INSERT TO kibubu_app WITH CHECK ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_words FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_words FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_words FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_words FOR INSERT TO kibubu_app WITH CHECK ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_schedules FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_schedules FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_schedules FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_schedules FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_instalments FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_instalments FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_instalments FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_instalments FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_charges FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_charges FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_charges FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_charges FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_payments FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_payments FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_payments FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_payments FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_guarantees FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND ARRAY(SELECT tenant_id::text || n::text FROM unnest(ARRAY[borrower_id]) n) && ((SELECT app.own_pairs()))::text[]) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_guarantees FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_guarantees FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_guarantees FOR INSERT TO kibubu_app WITH CHECK ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_update ON app.loan_guarantees FOR UPDATE TO kibubu_app USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[])) WITH CHECK ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_collateral FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_collateral FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_collateral FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_collateral FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_update ON app.loan_collateral FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON app.loan_collateral_words FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.loan_collateral_words FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.loan_collateral_words FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.loan_collateral_words FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('chair')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('secretary')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('treasurer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]));

CREATE POLICY viewer_read ON ledger.heads FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.heads FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.heads FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.accounts FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.accounts FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.accounts FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.account_balances FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member_sees_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.account_balances FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.account_balances FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.member_balances FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.member_balances FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.member_balances FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.movements FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member_sees_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.movements FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.movements FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.entries FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.entries FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.entries FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.lines FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('balance_viewer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_rows')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.lines FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.lines FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON app.vouchers FOR SELECT TO kibubu_app, kibubu_readonly USING ((tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) AND member_id = ANY (((SELECT app.own_members()))::uuid[]) AND tenant_id::text || member_id::text = ANY (((SELECT app.own_pairs()))::text[])) OR tenant_id = ANY (((SELECT app.tenants_as('member_sees_all')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.vouchers FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.vouchers FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.vouchers FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('contribution_recorder')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('fine_recorder')))::uuid[]));

CREATE POLICY viewer_read ON app.drafts FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON app.drafts FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON app.drafts FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_create ON app.drafts FOR INSERT TO kibubu_app WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_update ON app.drafts FOR UPDATE TO kibubu_app USING (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[])) WITH CHECK (tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]));

CREATE POLICY viewer_read ON ledger.holds FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member_sees_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('officer')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.holds FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.holds FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

CREATE POLICY viewer_read ON ledger.closings FOR SELECT TO kibubu_app, kibubu_readonly USING (tenant_id = ANY (((SELECT app.tenants_as('member')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('staff')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('partner_totals')))::uuid[]) OR tenant_id = ANY (((SELECT app.tenants_as('auditor')))::uuid[]));

CREATE POLICY admin_read ON ledger.closings FOR SELECT TO kibubu_admin USING (((SELECT app.is_entered_as('admin'))));

CREATE POLICY job_read ON ledger.closings FOR SELECT TO kibubu_worker USING (((SELECT app.is_entered_as('job'))));

GRANT SELECT ON app.currencies TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON app.platform TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON app.rules TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.entry_kinds TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON app.users TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON access.user_private TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON access.sessions TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON access.machine_grants TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON access.machine_uses TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.tenants TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON app.memberships TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.partner_links TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.groups TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.groups TO kibubu_app;

GRANT UPDATE (name, county, district, village, version) ON app.groups TO kibubu_app;

GRANT SELECT ON app.constitutions TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.constitutions TO kibubu_app;

GRANT SELECT ON app.group_statuses TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.join_codes TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.join_requests TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT UPDATE (status, member_id, decided_at, decided_by, version) ON app.join_requests TO kibubu_app;

GRANT SELECT ON app.invitations TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT INSERT ON app.invitations TO kibubu_app;

GRANT UPDATE (status, version) ON app.invitations TO kibubu_app;

GRANT SELECT ON app.cycles TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.cycles TO kibubu_app;

GRANT UPDATE (planned_end_on, ended_on, version) ON app.cycles TO kibubu_app;

GRANT SELECT ON app.members TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.members TO kibubu_app;

GRANT UPDATE (number, status, sex, joined_on, left_on, version) ON app.members TO kibubu_app;

GRANT SELECT ON app.member_names TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT INSERT ON app.member_names TO kibubu_app;

GRANT UPDATE (name, photo) ON app.member_names TO kibubu_app;

GRANT SELECT ON app.member_private TO kibubu_app, kibubu_readonly;

GRANT INSERT ON app.member_private TO kibubu_app;

GRANT UPDATE (person_key, phone_sealed, email_sealed, national_id_sealed, birth_sealed, address_sealed, next_of_kin_sealed, phone_index, email_index, national_id_index) ON app.member_private TO kibubu_app;

GRANT SELECT ON app.positions TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.positions TO kibubu_app;

GRANT UPDATE (ends_on, version) ON app.positions TO kibubu_app;

GRANT SELECT ON app.permission_overrides TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT INSERT ON app.permission_overrides TO kibubu_app;

GRANT UPDATE (status, ends_at, decided_at, decided_by, ended_at, ended_by, version) ON app.permission_overrides TO kibubu_app;

GRANT SELECT ON app.audit TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.personal_reads TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT SELECT ON app.meetings TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.meetings TO kibubu_app;

GRANT UPDATE (number, status, kind, mode, held_on, venue, starts_at, ends_at, facilitator_id, opened_at, opened_by, opened_after, confirmed_at, confirmed_by, closed_at, closed_by, device_time, version) ON app.meetings TO kibubu_app;

GRANT SELECT ON app.meeting_texts TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT INSERT ON app.meeting_texts TO kibubu_app;

GRANT UPDATE (link, agenda, notes, cancel_reason) ON app.meeting_texts TO kibubu_app;

GRANT SELECT ON app.cash_counts TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.cash_counts TO kibubu_app;

GRANT SELECT ON app.attendances TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.attendances TO kibubu_app;

GRANT UPDATE (status, arrived_at, left_at, representative_id, device_time, version) ON app.attendances TO kibubu_app;

GRANT SELECT ON app.attendance_words TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.attendance_words TO kibubu_app;

GRANT UPDATE (excuse, representative) ON app.attendance_words TO kibubu_app;

GRANT SELECT ON app.votes TO kibubu_app, kibubu_readonly, kibubu_admin;

GRANT INSERT ON app.votes TO kibubu_app;

GRANT UPDATE (hands, abstained, counted_at, counted_by, version) ON app.votes TO kibubu_app;

GRANT SELECT ON app.ballots TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.ballots TO kibubu_app;

GRANT UPDATE (option) ON app.ballots TO kibubu_app;

GRANT SELECT ON app.contributions TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.contributions TO kibubu_app;

GRANT SELECT ON app.fines TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.fines TO kibubu_app;

GRANT SELECT ON app.fine_settlements TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.fine_settlements TO kibubu_app;

GRANT SELECT ON app.contribution_waivers TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.contribution_waivers TO kibubu_app;

GRANT UPDATE (status, decided_at, decided_by, version) ON app.contribution_waivers TO kibubu_app;

GRANT SELECT ON app.loan_terms TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_terms TO kibubu_app;

GRANT SELECT ON app.loan_products TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_products TO kibubu_app;

GRANT UPDATE (status, newest, version) ON app.loan_products TO kibubu_app;

GRANT SELECT ON app.loan_product_versions TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_product_versions TO kibubu_app;

GRANT SELECT ON app.loans TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loans TO kibubu_app;

GRANT SELECT ON app.loan_steps TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_steps TO kibubu_app;

GRANT SELECT ON app.loan_words TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_words TO kibubu_app;

GRANT SELECT ON app.loan_schedules TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_schedules TO kibubu_app;

GRANT SELECT ON app.loan_instalments TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_instalments TO kibubu_app;

GRANT SELECT ON app.loan_charges TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_charges TO kibubu_app;

GRANT SELECT ON app.loan_payments TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_payments TO kibubu_app;

GRANT SELECT ON app.loan_guarantees TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_guarantees TO kibubu_app;

GRANT UPDATE (status, version) ON app.loan_guarantees TO kibubu_app;

GRANT SELECT ON app.loan_collateral TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_collateral TO kibubu_app;

GRANT UPDATE (value, valued_on, status, version) ON app.loan_collateral TO kibubu_app;

GRANT SELECT ON app.loan_collateral_words TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.loan_collateral_words TO kibubu_app;

GRANT SELECT ON ledger.heads TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.accounts TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.account_balances TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.member_balances TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.movements TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.entries TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT (tenant_id, entry_number, line_number, account_id, member_id, kind, effective_on, currency, amount, base_amount, shares, member_balance_after) ON ledger.lines TO kibubu_app, kibubu_readonly;

GRANT SELECT ON ledger.lines TO kibubu_admin, kibubu_worker;

GRANT SELECT ON app.vouchers TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.vouchers TO kibubu_app;

GRANT SELECT ON app.drafts TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT INSERT ON app.drafts TO kibubu_app;

GRANT UPDATE (effective_on, meeting_id, member_id, line_accounts, line_members, line_amounts, line_shares, description, payee, receipt, status, version) ON app.drafts TO kibubu_app;

GRANT SELECT ON ledger.holds TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT SELECT ON ledger.closings TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('SHARE_PURCHASE', ARRAY['contribution_recorder', 'machine_recorder'], false, ARRAY['SHARE_PURCHASE LOAN_FUND_CASH / 3100*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('SAVINGS_DEPOSIT', ARRAY['contribution_recorder', 'machine_recorder'], false, ARRAY['SAVINGS_DEPOSIT LOAN_FUND_CASH / 2100*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('SOCIAL_FUND_CONTRIBUTION', ARRAY['contribution_recorder', 'machine_recorder'], false, ARRAY['SOCIAL_FUND_CONTRIBUTION SOCIAL_FUND_CASH / 3200*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('OTHER_CONTRIBUTION', ARRAY['contribution_recorder', 'machine_recorder'], false, ARRAY['OTHER_CONTRIBUTION LOAN_FUND_CASH / 4300*', 'OTHER_CONTRIBUTION SOCIAL_FUND_CASH / 3200*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('FINE_LEVIED', ARRAY['fine_recorder'], false, ARRAY['FINE_LEVIED 1310* / 4100']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('FINE_PAID', ARRAY['fine_recorder'], false, ARRAY['FINE_PAID LOAN_FUND_CASH / 1310*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('FINE_WAIVED', ARRAY['chair', 'treasurer'], false, ARRAY['FINE_WAIVED 4100 / 1310*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('WITHDRAWAL', ARRAY['secretary', 'treasurer'], false, ARRAY['WITHDRAWAL 2100* / LOAN_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('SHARES_REDEEMED', ARRAY['secretary', 'treasurer'], false, ARRAY['SHARES_REDEEMED 3100* / LOAN_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('SOCIAL_FUND_GRANT', ARRAY['secretary', 'treasurer'], false, ARRAY['SOCIAL_FUND_GRANT 3210* / SOCIAL_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('TRANSFER', ARRAY['secretary', 'treasurer'], false, ARRAY['TRANSFER LOAN_FUND_CASH / LOAN_FUND_CASH', 'TRANSFER SOCIAL_FUND_CASH / SOCIAL_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('CASH_DIFFERENCE', ARRAY['officer'], false, ARRAY['CASH_DIFFERENCE LOAN_FUND_CASH / 5900', 'CASH_DIFFERENCE SOCIAL_FUND_CASH / 3200', 'CASH_DIFFERENCE 5900 / LOAN_FUND_CASH', 'CASH_DIFFERENCE 3200 / SOCIAL_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('OTHER_INCOME', ARRAY['secretary', 'treasurer'], false, ARRAY['OTHER_INCOME LOAN_FUND_CASH / INCOME', 'OTHER_INCOME LOAN_FUND_CASH / 4100', 'OTHER_INCOME LOAN_FUND_CASH / 4300', 'OTHER_INCOME LOAN_FUND_CASH / 4110', 'OTHER_INCOME LOAN_FUND_CASH / 4120', 'OTHER_INCOME LOAN_FUND_CASH / 4130', 'OTHER_INCOME LOAN_FUND_CASH / 4140', 'OTHER_INCOME SOCIAL_FUND_CASH / 3200']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('OTHER_EXPENSE', ARRAY['secretary', 'treasurer'], false, ARRAY['OTHER_EXPENSE EXPENSE / LOAN_FUND_CASH', 'OTHER_EXPENSE 5900 / LOAN_FUND_CASH', 'OTHER_EXPENSE 5410 / LOAN_FUND_CASH', 'OTHER_EXPENSE 5420 / LOAN_FUND_CASH', 'OTHER_EXPENSE 3200 / SOCIAL_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_DISBURSED', ARRAY['secretary', 'treasurer'], false, ARRAY['LOAN_DISBURSED 1320* / LOAN_FUND_CASH', 'LOAN_DISBURSED 1320* / LOAN_FUND_CASH 4120*', 'LOAN_DISBURSED 1325* / SOCIAL_FUND_CASH', 'LOAN_DISBURSED 1325* / SOCIAL_FUND_CASH 3200*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_ACCRUED', ARRAY['officer', 'job'], false, ARRAY['LOAN_ACCRUED 1330* / 4110*', 'LOAN_ACCRUED 1340* / 4120*', 'LOAN_ACCRUED 1340* / 4130*', 'LOAN_ACCRUED 1340* / 4120* 4130*', 'LOAN_ACCRUED 1330* 1340* / 4110* 4120*', 'LOAN_ACCRUED 1330* 1340* / 4110* 4130*', 'LOAN_ACCRUED 1330* 1340* / 4110* 4120* 4130*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_REPAID', ARRAY['secretary', 'treasurer'], false, ARRAY['LOAN_REPAID LOAN_FUND_CASH / 1320*', 'LOAN_REPAID LOAN_FUND_CASH / 1330*', 'LOAN_REPAID LOAN_FUND_CASH / 1340*', 'LOAN_REPAID LOAN_FUND_CASH / 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 4120*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1340* 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 4120* 4130*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 4120* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1340* 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1330* 1340* 4110* 4120* 4130* 2110*', 'LOAN_REPAID LOAN_FUND_CASH / 1320* 1330* 1340* 4110* 4120* 4130* 2110*', 'LOAN_REPAID SOCIAL_FUND_CASH / 1325*', 'LOAN_REPAID SOCIAL_FUND_CASH / 3200*', 'LOAN_REPAID SOCIAL_FUND_CASH / 1325* 3200*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_ADVANCE_USED', ARRAY['secretary', 'treasurer', 'job'], false, ARRAY['LOAN_ADVANCE_USED 2110* / 1320*', 'LOAN_ADVANCE_USED 2110* / 1330*', 'LOAN_ADVANCE_USED 2110* / 1340*', 'LOAN_ADVANCE_USED 2110* / 4110*', 'LOAN_ADVANCE_USED 2110* / 4120*', 'LOAN_ADVANCE_USED 2110* / 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340*', 'LOAN_ADVANCE_USED 2110* / 1320* 4110*', 'LOAN_ADVANCE_USED 2110* / 1320* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340*', 'LOAN_ADVANCE_USED 2110* / 1330* 4110*', 'LOAN_ADVANCE_USED 2110* / 1330* 4120*', 'LOAN_ADVANCE_USED 2110* / 1330* 4130*', 'LOAN_ADVANCE_USED 2110* / 1340* 4110*', 'LOAN_ADVANCE_USED 2110* / 1340* 4120*', 'LOAN_ADVANCE_USED 2110* / 1340* 4130*', 'LOAN_ADVANCE_USED 2110* / 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4110*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4110*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4110*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4120*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1330* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1340* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1340* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1340* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4110*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1340* 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4110* 4120*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4110* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1340* 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1330* 1340* 4110* 4120* 4130*', 'LOAN_ADVANCE_USED 2110* / 1320* 1330* 1340* 4110* 4120* 4130*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_ADVANCE_RETURNED', ARRAY['secretary', 'treasurer'], false, ARRAY['LOAN_ADVANCE_RETURNED 2110* / LOAN_FUND_CASH']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_WRITTEN_OFF', ARRAY['chair', 'treasurer'], false, ARRAY['LOAN_WRITTEN_OFF 5410 / 1320*', 'LOAN_WRITTEN_OFF 5410 / 1330*', 'LOAN_WRITTEN_OFF 5410 / 1340*', 'LOAN_WRITTEN_OFF 5410 / 1320* 1330*', 'LOAN_WRITTEN_OFF 5410 / 1320* 1340*', 'LOAN_WRITTEN_OFF 5410 / 1330* 1340*', 'LOAN_WRITTEN_OFF 5410 / 1320* 1330* 1340*', 'LOAN_WRITTEN_OFF 3200 / 1325*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_RECOVERED', ARRAY['secretary', 'treasurer'], false, ARRAY['LOAN_RECOVERED LOAN_FUND_CASH / 4140*', 'LOAN_RECOVERED SOCIAL_FUND_CASH / 3200*']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('LOAN_PROVISIONED', ARRAY['chair', 'treasurer', 'job'], false, ARRAY['LOAN_PROVISIONED 5420 / 1390', 'LOAN_PROVISIONED 1390 / 5420']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('ADJUSTMENT', ARRAY['officer'], true, ARRAY['ADJUSTMENT']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('MANUAL_ENTRY', ARRAY['officer'], true, ARRAY['MANUAL_ENTRY']);

INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes) VALUES ('OPENING_BALANCES', ARRAY['officer'], true, ARRAY['OPENING_BALANCES']);

INSERT INTO app.rules (resource, action, terms) VALUES ('user', 'read', ARRAY['self', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('user', 'create', ARRAY['admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('user', 'update', ARRAY['admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('user_private', 'read', ARRAY['self', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('user_private', 'create', ARRAY['admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('session', 'read', ARRAY['self', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('machine_credential', 'read', ARRAY['officer', 'partner_manager', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('machine_credential', 'create', ARRAY['officer', 'partner_manager']);

INSERT INTO app.rules (resource, action, terms) VALUES ('machine_credential', 'update', ARRAY['officer', 'partner_manager']);

INSERT INTO app.rules (resource, action, terms) VALUES ('machine_use', 'read', ARRAY['officer', 'partner_manager', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('tenant', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('tenant', 'create', ARRAY['signed_in']);

INSERT INTO app.rules (resource, action, terms) VALUES ('membership', 'read', ARRAY['self', 'member', 'staff', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('membership', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('membership', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('membership', 'claim', ARRAY['signed_in']);

INSERT INTO app.rules (resource, action, terms) VALUES ('partner_link', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('group', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('group', 'create', ARRAY['secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('group', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('constitution', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('constitution', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('group_status', 'read', ARRAY['officer', 'staff', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('group_status', 'create', ARRAY['admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('join_code', 'read', ARRAY['officer', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('join_code', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('join_request', 'read', ARRAY['self', 'officer', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('join_request', 'create', ARRAY['signed_in']);

INSERT INTO app.rules (resource, action, terms) VALUES ('join_request', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('invitation', 'read', ARRAY['officer', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('invitation', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('invitation', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('cycle', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('cycle', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('cycle', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member', 'read', ARRAY['member', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_name', 'read', ARRAY['member', 'staff', 'partner_names', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_name', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_name', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_private', 'read', ARRAY['self', 'officer', 'staff', 'partner_names']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_private', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_private', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('position', 'read', ARRAY['member', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('position', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('position', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('permission_override', 'read', ARRAY['member', 'staff', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('permission_override', 'create', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('permission_override', 'update', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('audit', 'read', ARRAY['officer', 'partner_manager', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('personal_read', 'read', ARRAY['self', 'officer', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('meeting', 'read', ARRAY['member', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('meeting', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('meeting', 'update', ARRAY['chair', 'secretary', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('meeting_text', 'read', ARRAY['member', 'staff', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('meeting_text', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('meeting_text', 'update', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('cash_count', 'read', ARRAY['member_sees_totals', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('cash_count', 'create', ARRAY['chair', 'secretary']);

INSERT INTO app.rules (resource, action, terms) VALUES ('attendance', 'read', ARRAY['member', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('attendance', 'create', ARRAY['roll_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('attendance', 'update', ARRAY['roll_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('attendance_words', 'read', ARRAY['self', 'member_sees_all', 'officer', 'roll_recorder', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('attendance_words', 'create', ARRAY['roll_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('attendance_words', 'update', ARRAY['roll_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('vote', 'read', ARRAY['member', 'staff', 'auditor', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('vote', 'create', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('vote', 'update', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('ballot', 'read', ARRAY['self', 'member_sees_all', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('ballot', 'create', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('ballot', 'update', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('contribution', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('contribution', 'create', ARRAY['contribution_recorder', 'machine_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('fine', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('fine', 'create', ARRAY['fine_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('fine_settlement', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('fine_settlement', 'create', ARRAY['officer', 'fine_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('contribution_waiver', 'read', ARRAY['self', 'member_sees_all', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('contribution_waiver', 'create', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('contribution_waiver', 'update', ARRAY['chair', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_terms', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_terms', 'create', ARRAY['member', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_product', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_product', 'create', ARRAY['chair', 'secretary', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_product', 'update', ARRAY['chair', 'secretary', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_product_version', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_product_version', 'create', ARRAY['chair', 'secretary', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan', 'read', ARRAY['self', 'named', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan', 'create', ARRAY['self', 'chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan', 'update', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_step', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_step', 'create', ARRAY['self', 'chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_words', 'read', ARRAY['self', 'member_sees_all', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_words', 'create', ARRAY['self', 'chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_schedule', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_schedule', 'create', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_instalment', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_instalment', 'create', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_charge', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_charge', 'create', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_payment', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_payment', 'create', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_guarantee', 'read', ARRAY['self', 'named', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_guarantee', 'create', ARRAY['self', 'chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_guarantee', 'update', ARRAY['self', 'chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_collateral', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_collateral', 'create', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_collateral', 'update', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_collateral_words', 'read', ARRAY['self', 'member_sees_all', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('loan_collateral_words', 'create', ARRAY['chair', 'secretary', 'treasurer', 'staff']);

INSERT INTO app.rules (resource, action, terms) VALUES ('book', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('book', 'update', ARRAY['chair', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('account', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('account', 'create', ARRAY['secretary', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('account', 'update', ARRAY['secretary', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('account_balance', 'read', ARRAY['member_sees_totals', 'officer', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('member_balance', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('movement', 'read', ARRAY['member_sees_totals', 'officer', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('entry', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('line', 'read', ARRAY['self', 'member_sees_all', 'balance_viewer', 'staff', 'partner_rows', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('voucher', 'read', ARRAY['self', 'member_sees_all', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('voucher', 'create', ARRAY['officer', 'contribution_recorder', 'fine_recorder']);

INSERT INTO app.rules (resource, action, terms) VALUES ('draft', 'read', ARRAY['officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('draft', 'create', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('draft', 'update', ARRAY['officer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('hold', 'read', ARRAY['member_sees_totals', 'officer', 'staff', 'auditor', 'job', 'admin']);

INSERT INTO app.rules (resource, action, terms) VALUES ('hold', 'create', ARRAY['secretary', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('hold', 'update', ARRAY['secretary', 'treasurer']);

INSERT INTO app.rules (resource, action, terms) VALUES ('closing', 'read', ARRAY['member', 'staff', 'partner_totals', 'auditor', 'job', 'admin']);
