"""A database with some volume, made by SQL past all policies and triggers: plans on an empty one say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from persistence.database import DatabaseRole
from persistence.viewer import Principal
from tests.permissions.cast import Onlooker

GROUPS = 2_000
MEMBERS = 25
MEETINGS = 10
ENTRIES = 50
PARTNER_GROUPS = 200
NOBODY = UUID(int=0)
"""Under this id the keys of names stand for whoever sees all names of a group."""

_FUNCTIONS = """
CREATE FUNCTION pg_temp.key(kind text, a integer, b integer DEFAULT 0) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN md5(kind || a || '/' || b)::uuid
"""

_G = "generate_series(1, {groups}) g"
_M = _G + ", generate_series(1, {members}) m"
_T = _G + ", generate_series(1, {meetings}) t"
_E = _G + ", generate_series(1, {entries}) e"
_KEY = "pg_temp.key"
_MEMBER = f"{_KEY}('member', g, 1 + (e % {{members}}))"
_MEETING = f"{_KEY}('meeting', g, 1 + (e % {{meetings}}))"
_KIND = "CASE WHEN e % 2 = 0 THEN 'SHARE{purchase}' ELSE 'SOCIAL_FUND{contribution}' END"
_ACCOUNTS = (
    "(VALUES ('1110', 'LOAN_FUND', 'BOX'), ('1210', 'SOCIAL_FUND', 'BOX'), ('3100', NULL, NULL), ('3200', NULL, NULL))"
)

_FILL = (
    (
        f"INSERT INTO app.tenants (id, kind, visibility) SELECT {_KEY}('group', g), 'GROUP',"
        f" (ARRAY['ALL', 'TOTALS_ONLY', 'OWN_ONLY'])[1 + g % 3] FROM {_G}"
    ),
    f"SELECT app.create_partner({_KEY}('partner', 1), 'KES')",
    f"INSERT INTO app.users (id) SELECT {_KEY}('user', g, m) FROM {_M} WHERE m <= 5",
    f"INSERT INTO app.users (id) VALUES ({_KEY}('staff', 1))",
    "INSERT INTO access.user_private (user_id) SELECT id FROM app.users",
    "INSERT INTO access.sessions (id, user_id, expires_at) SELECT id, id, now() + interval '1 day' FROM app.users",
    (
        f"INSERT INTO app.memberships (id, user_id, tenant_id, member_id, role)"
        f" SELECT gen_random_uuid(), {_KEY}('user', g, m), {_KEY}('group', g), {_KEY}('member', g, m),"
        f" (ARRAY['SECRETARY', 'MEMBER', 'TREASURER', 'CHAIR', 'MEMBER'])[m] FROM {_M} WHERE m <= 5"
    ),
    (
        f"INSERT INTO app.memberships (id, user_id, tenant_id, role)"
        f" VALUES (gen_random_uuid(), {_KEY}('staff', 1), {_KEY}('partner', 1), 'PARTNER_MANAGER')"
    ),
    (
        f"INSERT INTO app.partner_links (id, partner_id, group_id, consent)"
        f" SELECT gen_random_uuid(), {_KEY}('partner', 1), {_KEY}('group', g), 'NAMES' FROM {_G} WHERE g % 10 = 0"
    ),
    (
        f"INSERT INTO access.machine_grants (tenant_id, credential_id, granter_id, name, scopes, created_by,"
        f" expires_at) SELECT {_KEY}('group', g), {_KEY}('machine', g, m), {_KEY}('group', g), 'Program',"
        " ARRAY['READ_ROWS'],"
        f" gen_random_uuid(), now() + interval '1 day' FROM {_M} WHERE m <= 3"
    ),
    (
        "INSERT INTO access.machine_uses (tenant_id, credential_id, used_at) SELECT tenant_id, credential_id, now()"
        " FROM access.machine_grants"
    ),
    (
        f"INSERT INTO app.groups (tenant_id, name, kind, currency, country, time_zone, created_by)"
        f" SELECT {_KEY}('group', g), 'Group ' || g, 'VSLA', 'KES', 'KE', 'Africa/Nairobi', gen_random_uuid() FROM {_G}"
    ),
    (
        f"INSERT INTO app.constitutions (tenant_id, version, share_price, shares_min, shares_max, social_fund_amount,"
        f" meeting_frequency, adopted_on, created_by)"
        f" SELECT {_KEY}('group', g), v, 200, 1, 5, 20, 'WEEKLY', '2026-01-01', gen_random_uuid()"
        f" FROM {_G}, generate_series(1, 2) v"
    ),
    (
        f"INSERT INTO app.cycles (tenant_id, id, number, starts_on, ended_on, created_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('cycle', g, t), t, date '2015-01-01' + 365 * t,"
        f" CASE WHEN t < {{meetings}} THEN date '2015-12-01' + 365 * t END, gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.group_statuses (tenant_id, group_version, was, became, changed_by)"
        f" SELECT {_KEY}('group', g), t, 'ACTIVE', 'SUSPENDED', gen_random_uuid() FROM {_T}"
    ),
    (f"INSERT INTO app.join_codes (tenant_id, made_by) SELECT {_KEY}('group', g), gen_random_uuid() FROM {_G}"),
    (
        f"INSERT INTO app.join_requests (tenant_id, id, user_id, group_name, name, status, decided_at)"
        f" SELECT {_KEY}('group', g), {_KEY}('request', g, t), {_KEY}('user', g, 1 + t % 5), 'x', 'x',"
        f" 'REJECTED', now()"
        f" FROM {_T}"
    ),
    (
        f"INSERT INTO app.invitations (tenant_id, id, name, person_key, phone_sealed, phone_index,"
        f" expires_at, invited_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('invitation', g, t), 'x', 'x', 'x', sha256(t::text::bytea), now(),"
        f" gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.members (tenant_id, id, number, joined_on, created_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('member', g, m), m, '2026-01-01', gen_random_uuid() FROM {_M}"
    ),
    (
        f"INSERT INTO app.member_names (tenant_id, member_id, name, shown_to)"
        f" SELECT {_KEY}('group', g), {_KEY}('member', g, m), 'Member ' || m, ARRAY[{_KEY}('partner', 1)] FROM {_M}"
    ),
    (
        f"INSERT INTO app.member_private (tenant_id, member_id) SELECT {_KEY}('group', g),"
        f" {_KEY}('member', g, m) FROM {_M}"
    ),
    (
        "INSERT INTO app.meetings"
        " (tenant_id, id, number, status, held_on, opened_by, opened_after, opened_at, closed_at)"
        f" SELECT {_KEY}('group', g), {_KEY}('meeting', g, t), t, CASE t WHEN {{meetings}} THEN 'OPEN'"
        f" ELSE 'CLOSED' END,"
        f" date '2026-01-01' + t, gen_random_uuid(), 0, now(),"
        f" CASE t WHEN {{meetings}} THEN NULL ELSE now() END FROM {_T}"
    ),
    (
        f"INSERT INTO ledger.heads (tenant_id, base_currency, entry_number) SELECT {_KEY}('group', g),"
        f" 'KES', {{entries}} FROM {_G}"
    ),
    (
        f"INSERT INTO ledger.accounts (tenant_id, id, code, name, type, currency, is_postable, fund, place)"
        f" SELECT {_KEY}('group', g), {_KEY}(code, g), code, code, 'ASSET', 'KES', true, fund, place"
        f" FROM {_G}, {_ACCOUNTS} a (code, fund, place)"
    ),
    (
        "INSERT INTO ledger.account_balances (tenant_id, account_id, balance) SELECT tenant_id, id, 100"
        " FROM ledger.accounts"
    ),
    (
        f"INSERT INTO ledger.member_balances (tenant_id, member_id, account_id, balance)"
        f" SELECT {_KEY}('group', g), {_KEY}('member', g, m), {_KEY}(code, g), -50 FROM {_M}, (VALUES"
        f" ('3100'), ('3200')) a (code)"
    ),
    (
        f"INSERT INTO ledger.entries (tenant_id, number, id, kind, effective_on, booked_at, meeting_id, member_id,"
        f" command_key, ordinal, hash) SELECT {_KEY}('group', g), e, {_KEY}('entry', g, e),"
        f" {_KIND.format(purchase='_PURCHASE', contribution='_CONTRIBUTION')},"
        f" '2026-01-01', now(), {_MEETING}, {_MEMBER}, {_KEY}('entry', g, e), 1, sha256('') FROM {_E}"
    ),
    (
        f"INSERT INTO ledger.lines (tenant_id, entry_number, line_number, account_id, member_id, kind, effective_on,"
        f" currency, amount, base_amount, account_balance_after, member_balance_after)"
        f" SELECT {_KEY}('group', g), e, n, {_KEY}(CASE n WHEN 1 THEN '1110' ELSE '3100' END, g),"
        f" CASE n WHEN 2 THEN {_MEMBER} END, {_KIND.format(purchase='_PURCHASE', contribution='_CONTRIBUTION')},"
        f" '2026-01-01', 'KES', 10 * (3 - 2 * n), 10 * (3 - 2 * n), 0, CASE n WHEN 2 THEN 0 END"
        f" FROM {_E}, generate_series(1, 2) n"
    ),
    (
        f"INSERT INTO app.contributions (tenant_id, id, entry_number, meeting_id, member_id, kind,"
        f" shares, amount, currency,"
        f" place, recorded_by) SELECT {_KEY}('group', g), {_KEY}('entry', g, e), e, {_MEETING}, {_MEMBER},"
        f" {_KIND.format(purchase='', contribution='')}, CASE WHEN e % 2 = 0 THEN 1 END, 10, 'KES',"
        f" 'BOX', gen_random_uuid()"
        f" FROM {_E}"
    ),
    (
        f"INSERT INTO ledger.movements (tenant_id, meeting_id, effective_on, kind, account_id, amount, lines_count)"
        f" SELECT {_KEY}('group', g), {_KEY}('meeting', g, t), date '2026-01-01' + t, 'SHARE_PURCHASE',"
        f" {_KEY}(code, g), 50, 5"
        f" FROM {_T}, (VALUES ('1110'), ('3100')) a (code)"
    ),
    (
        f"INSERT INTO app.vouchers (tenant_id, id, member_id, description)"
        f" SELECT {_KEY}('group', g), {_KEY}('entry', g, e), {_MEMBER}, 'x' FROM {_E}"
    ),
    (
        f"INSERT INTO ledger.holds (tenant_id, id, account_id, amount, purpose, placed_by, expires_at)"
        f" SELECT {_KEY}('group', g), {_KEY}('hold', g, t), {_KEY}('1110', g), 1, 'x', gen_random_uuid(),"
        f" now() + interval '1 day' FROM {_T}"
    ),
    (
        f"INSERT INTO ledger.closings (tenant_id, closed_through, entry_number, entry_hash, closed_by)"
        f" SELECT {_KEY}('group', g), date '2025-01-01' + t, 0, sha256(''), gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.drafts (tenant_id, id, kind, effective_on, line_accounts, line_members, line_amounts,"
        f" line_shares, description, drafted_by) SELECT {_KEY}('group', g), {_KEY}('draft', g, t), 'MANUAL_ENTRY',"
        f" '2026-01-01', ARRAY[{_KEY}('1110', g), {_KEY}('3200', g)], '{{{{NULL,NULL}}}}', '{{{{1,-1}}}}',"
        f" '{{{{NULL,NULL}}}}', 'x', gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.meeting_texts (tenant_id, meeting_id, agenda)"
        f" SELECT {_KEY}('group', g), {_KEY}('meeting', g, t), 'x' FROM {_T}"
    ),
    (
        f"INSERT INTO app.attendances (tenant_id, meeting_id, member_id, status, recorded_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('meeting', g, t), {_KEY}('member', g, m), 'EXCUSED', gen_random_uuid()"
        f" FROM {_T}, generate_series(1, 5) m"
    ),
    (
        "INSERT INTO app.attendance_words (tenant_id, meeting_id, member_id, excuse)"
        " SELECT tenant_id, meeting_id, member_id, 'x' FROM app.attendances"
    ),
    (
        f"INSERT INTO app.votes (tenant_id, id, meeting_id, number, question, kind, method, options, put_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('vote', g, t), {_KEY}('meeting', g, t), 1, 'x', 'YES_NO', 'BALLOTS',"
        f" ARRAY['YES', 'NO'], gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.ballots (tenant_id, vote_id, member_id, option, recorded_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('vote', g, t), {_KEY}('member', g, m), 1, gen_random_uuid()"
        f" FROM {_T}, generate_series(1, 5) m"
    ),
    (
        f"INSERT INTO app.fines (tenant_id, id, member_id, reason_code, reason_name, constitution_version)"
        f" SELECT {_KEY}('group', g), {_KEY}('entry', g, e), {_MEMBER}, 'LATE', 'x', 1 FROM {_E}"
    ),
    (
        f"INSERT INTO app.fine_settlements (tenant_id, id, fine_id, member_id) SELECT {_KEY}('group', g),"
        f" {_KEY}('entry', g, e), {_KEY}('entry', g, e), {_MEMBER} FROM {_E}"
    ),
    (
        f"INSERT INTO app.contribution_waivers (tenant_id, id, member_id, kind, counts_on, amount, currency, reason,"
        f" requested_by) SELECT {_KEY}('group', g), {_KEY}('waiver', g, t), {_KEY}('member', g, 1 + t % 5), 'SAVINGS',"
        f" '2026-01-01', 1, 'KES', 'x', gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.permission_overrides (tenant_id, id, member_id, capability, effect, starts_at, ends_at,"
        f" requested_by) SELECT {_KEY}('group', g), {_KEY}('override', g, t), {_KEY}('member', g, 1 + t % 5),"
        f" 'RECORD_FINES', 'GRANTED', now(), now() + interval '1 day', gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.loan_terms (tenant_id, id, method, rate, rate_period, instalments, frequency, every,"
        f" day_count_rule, principal_grace, interest_grace, interest_free, rounding, residue, charged_at, charge_bases,"
        f" charge_values, allocation, in_advance, overpayment, roll_over, recognised_on, interest_on_pay_off,"
        f" overdue_interest) SELECT {_KEY}('group', g), {_KEY}('terms', g, t), 'FLAT', 10, 'MONTH', 3, 'MONTHLY', 1,"
        " 'SAME_AS_PERIOD', 0, 0, 0, 'HALF_EVEN', 'LAST', '{{}}', '{{}}', '{{}}',"
        " '{{PENALTY,FEE,INTEREST,PRINCIPAL}}', 'SAME_ORDER', 'REFUSE', 'NONE', 'CASH', 'WHOLE', 'AS_SCHEDULED'"
        f" FROM {_T}"
    ),
    (
        f"INSERT INTO app.loan_products (tenant_id, id, created_by) SELECT {_KEY}('group', g), {_KEY}('product', g, t),"
        f" gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.loan_product_versions (tenant_id, product_id, number, name, terms_id, fund, currency,"
        f" refuses_late_borrowers, guarantors_min, approval, officers_min, reserves_money, approval_days, default_days,"
        f" made_by) SELECT {_KEY}('group', g), {_KEY}('product', g, t), 1, 'x', {_KEY}('terms', g, t), 'LOAN_FUND',"
        f" 'KES', true, 0, 'OFFICERS', 1, false, 30, 90, gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.loans (tenant_id, id, number, member_id, product_id, product_version, terms_id, fund,"
        f" currency, purpose, status, applied, approved, approved_until, disbursed, disbursed_on, disbursement_id,"
        f" applied_on, applied_by, guarantors, constitution_version) SELECT {_KEY}('group', g),"
        f" {_KEY}('loan', g, e), e, {_MEMBER}, {_KEY}('product', g, 1), 1, {_KEY}('terms', g, 1),"
        f" 'LOAN_FUND', 'KES', 'HEALTH', 'ACTIVE', 10, 10,"
        f" '2026-02-01', 10, '2026-01-01', {_KEY}('entry', g, e), '2026-01-01', gen_random_uuid(), '{{{{}}}}', 1"
        f" FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_steps (tenant_id, loan_id, number, member_id, kind, became, counts_on, recorded_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('loan', g, e), 1, {_MEMBER}, 'APPLICATION', 'APPLIED', '2026-01-01',"
        f" gen_random_uuid() FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_words (tenant_id, loan_id, step, member_id, words)"
        f" SELECT {_KEY}('group', g), {_KEY}('loan', g, e), 1, {_MEMBER}, 'x' FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_schedules (tenant_id, loan_id, number, member_id, terms_id, reason, starts_on,"
        f" principal, charges_at_start, instalments, made_by) SELECT {_KEY}('group', g), {_KEY}('loan', g, e), 1,"
        f" {_MEMBER}, {_KEY}('terms', g, 1), 'DISBURSEMENT', '2026-01-01', 10, 0, 1, gen_random_uuid() FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_instalments (tenant_id, loan_id, schedule, number, member_id, starts_on, due_on,"
        f" principal, interest, charges) SELECT {_KEY}('group', g), {_KEY}('loan', g, e), 1, 1, {_MEMBER},"
        f" '2026-01-01', '2026-02-01', 10, 1, 0 FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_charges (tenant_id, id, loan_id, member_id, sequence, kind, counts_on, due_on, amount,"
        f" recorded_by) SELECT {_KEY}('group', g), {_KEY}('charge', g, e), {_KEY}('loan', g, e), {_MEMBER}, 1, 'FEE',"
        f" '2026-01-01', '2026-01-01', 1, gen_random_uuid() FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_payments (tenant_id, id, loan_id, sequence, member_id, kind, effective_on, amount,"
        f" penalties, fees, interest, principal, advance, recorded_by) SELECT {_KEY}('group', g),"
        f" {_KEY}('entry', g, e), {_KEY}('loan', g, e), 2, {_MEMBER}, 'REPAYMENT', '2026-01-02', 1, 0, 0, 0, 1, 0,"
        f" gen_random_uuid() FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_guarantees (tenant_id, id, loan_id, member_id, borrower_id, amount, currency,"
        f" holds_savings, pledged_by) SELECT {_KEY}('group', g), {_KEY}('guarantee', g, e), {_KEY}('loan', g, e),"
        f" {_KEY}('member', g, 1 + ((e + 1) % {{members}})), {_MEMBER}, 1, 'KES', false, gen_random_uuid() FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_collateral (tenant_id, id, loan_id, member_id, kind, value, currency, valued_on,"
        f" recorded_by) SELECT {_KEY}('group', g), {_KEY}('collateral', g, e), {_KEY}('loan', g, e), {_MEMBER},"
        f" 'LAND', 1, 'KES', '2026-01-01', gen_random_uuid() FROM {_E}"
    ),
    (
        f"INSERT INTO app.loan_collateral_words (tenant_id, id, member_id, description)"
        f" SELECT {_KEY}('group', g), {_KEY}('collateral', g, e), {_MEMBER}, 'x' FROM {_E}"
    ),
    (
        f"INSERT INTO app.positions (tenant_id, id, member_id, position, starts_on, ends_on, created_by)"
        f" SELECT {_KEY}('group', g), {_KEY}('position', g, t), {_KEY}('member', g, t), 'BOX_KEEPER', '2026-01-01',"
        f" '2026-01-02', gen_random_uuid() FROM {_T}"
    ),
    (
        f"INSERT INTO app.member_keys (tenant_id, opened_to, key, member_id)"
        f" SELECT {_KEY}('group', g), opened_to, key, {_KEY}('member', g, m)"
        f" FROM {_M}, unnest(ARRAY['member', '~rebmem', m::text, '~' || reverse(m::text)]) key,"
        f" unnest(ARRAY['{NOBODY}', {_KEY}('partner', 1)]) opened_to WHERE opened_to = '{NOBODY}' OR g % 10 = 0"
    ),
    (
        f"INSERT INTO app.audit (tenant_id, occurred_at, id, roles, action, entity, entity_id, fields, before, after)"
        f" SELECT {_KEY}('group', g), now(), {_KEY}('audit', g, t), '{{{{}}}}', 'UPDATE', 'member',"
        f" {_KEY}('member', g, t), '{{{{}}}}', '{{{{}}}}', '{{{{}}}}' FROM {_T}"
    ),
    (
        f"INSERT INTO app.personal_reads (tenant_id, member_id, read_at, id, reader_id, principal_id, fields)"
        f" SELECT {_KEY}('group', g), {_KEY}('member', g, t), now(), {_KEY}('read', g, t), {_KEY}('user', g, 1),"
        f" {_KEY}('user', g, 1), '{{{{phone}}}}' FROM {_T}"
    ),
    (
        f"INSERT INTO app.cash_counts (tenant_id, meeting_id, moment, account_id, expected, counted)"
        f" SELECT {_KEY}('group', g), {_KEY}('meeting', g, t), 'OPENING', {_KEY}('1110', g), 10, 10 FROM {_T}"
    ),
)


@dataclass(frozen=True, slots=True)
class Volume:
    """The database, by name, with who looks at it and what she looks at.

    Attributes:
        onlookers: A member and an officer of one group, and the staff of a partner with two hundred.
        groups: The groups that each of them sees, by her name.
    """

    database: str
    onlookers: Mapping[str, Onlooker]
    groups: Mapping[str, list[UUID]]


async def make_volume(connection: asyncpg.Connection, name: str) -> Volume:
    """Fill the database, which is empty, and let the planner know."""
    await connection.execute("SET session_replication_role = replica")
    for table, trigger in (
        ("ledger.entries", "entries_balanced"),
        ("app.drafts", "drafts_stamped"),
        ("app.contribution_waivers", "contribution_waivers_stamped"),
        ("app.permission_overrides", "permission_overrides_stamped"),
        ("app.loan_guarantees", "loan_guarantees_stamped"),
        ("app.loan_collateral", "loan_collateral_stamped"),
    ):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    await connection.execute(_FUNCTIONS)
    sizes = {"groups": GROUPS, "members": MEMBERS, "meetings": MEETINGS, "entries": ENTRIES}
    for statement in _FILL:
        await connection.execute(statement.format(**sizes))
    await connection.execute("ANALYZE")

    async def key(kind: str, a: int, b: int = 0) -> UUID:
        found: UUID = await connection.fetchval("SELECT pg_temp.key($1, $2, $3)", kind, a, b)
        return found

    users = {"member": await key("user", 1, 2), "officer": await key("user", 1, 1), "partner": await key("staff", 1)}
    onlookers = {each: Onlooker(each, user, Principal(user, DatabaseRole.APP)) for each, user in users.items()}
    one = [await key("group", 1)]
    many = [await key("group", g) for g in range(10, GROUPS + 1, GROUPS // PARTNER_GROUPS)]
    return Volume(name, onlookers, {"member": one, "officer": one, "partner": many})
