"""What a violated constraint, or a refusal of the database's own functions, means to the domain.

A room registers an error of the domain for each constraint that a request can violate although its service checked
first. All other constraints are named in `NEVER_REACHED`, each with the reason: if one of them is violated after all,
that is a bug of ours, and is answered as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import asyncpg

from domain.errors import DomainError

__all__ = [
    "CONSTRAINT_ERRORS",
    "NEVER_REACHED",
    "DatabaseRefusal",
    "RefusalState",
    "domain_error",
    "refusal",
    "register",
]

ErrorFactory = Callable[[asyncpg.PostgresError], DomainError]

CONSTRAINT_ERRORS: dict[str, ErrorFactory] = {}
"""By constraint: what to raise in place of its violation."""


def register(name: str, factory: ErrorFactory) -> None:
    """Raise what `factory` makes wherever the constraint `name` is violated.

    Raises:
        ValueError: The constraint has an error already, or is said to be out of reach.
    """
    if name in CONSTRAINT_ERRORS:
        raise ValueError(f"the constraint {name} has an error already")
    if name in NEVER_REACHED:
        raise ValueError(f"the constraint {name} is listed as never reached: take it off the list")
    CONSTRAINT_ERRORS[name] = factory


def domain_error(exc: asyncpg.PostgresError) -> DomainError | None:
    """The domain's error for a violated constraint; None if no room registered one."""
    factory = CONSTRAINT_ERRORS.get(exc.constraint_name or "")
    return None if factory is None else factory(exc)


class RefusalState(StrEnum):
    """The states with which the functions of the database refuse. All begin with KB, which PostgreSQL leaves free."""

    UNAUTHENTICATED = "KB401"
    """The principal is unknown, expired, revoked or suspended, or not entitled to the role."""
    SHORT_OF_MONEY = "KB402"
    """An account would fall below its minimum; the detail is the amount that is missing."""
    DENIED = "KB403"
    """The viewer may not do this."""
    NOT_FOUND = "KB404"
    """What is named does not exist, or the viewer may not see it."""
    IMMUTABLE = "KB405"
    """What is posted never changes."""
    CONFLICT = "KB409"
    """The request disagrees with what is recorded."""
    SHORT_OF_BALANCE = "KB410"
    """A member's balance would change sides; the detail is by how much."""
    TOO_MUCH_MONEY = "KB411"
    """An account would rise above its maximum; the detail is by how much."""
    SHORT_OF_SHARES = "KB412"
    """A member would hold fewer shares than none; the detail is how many are missing."""
    INVALID = "KB422"
    """The request breaks a rule that the services check first."""
    PERIOD_CLOSED = "KB423"
    """The date lies in a closed period; the detail is the last day of it."""
    NOT_AT_WORK = "KB424"
    """The group is suspended or ended; the detail is which."""
    FOUNDING_LIMITED = "KB426"
    """Whoever runs the platform lets only some begin groups."""
    MISUSE = "KB500"
    """The application called a function out of turn: a bug."""


class DatabaseRefusal(Exception):
    """A function of the database refused; the service that called it says what that means.

    Attributes:
        state: Which kind of refusal.
        detail: The figure or the date that goes with the state, where one does.
    """

    def __init__(self, state: RefusalState, message: str, detail: str | None) -> None:
        super().__init__(f"{state}: {message}")
        self.state = state
        self.detail = detail


def refusal(exc: asyncpg.PostgresError) -> DatabaseRefusal | None:
    """The refusal behind an error of PostgreSQL's; None if it is an error of another sort."""
    try:
        state = RefusalState(exc.sqlstate)
    except ValueError:
        return None
    return DatabaseRefusal(state, str(exc), exc.detail)


_UNREACHABLE: Mapping[str, str] = {
    "Values of the domain check themselves before they are written.": """
        users_status_known users_platform_role_known users_locale_form
        tenants_kind_known tenants_visibility_known
        memberships_role_known memberships_dates_order
        partner_links_consent_known partner_links_dates_order
        permission_overrides_capability_known permission_overrides_effect_known permission_overrides_takable
        permission_overrides_status_known permission_overrides_dates_order
        sessions_role_known sessions_device_type_known sessions_revoked_for_known
        machine_grants_name_length machine_grants_scopes_known machine_grants_life_limited
        platform_group_founders_known
        groups_kind_known groups_status_known groups_name_length groups_country_form
        constitutions_share_price_positive constitutions_shares_range constitutions_social_fund_not_negative
        constitutions_frequency_known constitutions_contribution_positive constitutions_contribution_frequency_known
        constitutions_weekday_known constitutions_weekday_has_frequency constitutions_loan_period_known
        constitutions_loans_whole constitutions_loan_terms_range constitutions_penalty_range
        constitutions_visibility_known constitutions_quorum_range constitutions_lists_are_lists
        constitutions_reason_length group_statuses_reason_length cycles_dates_order
        join_codes_code_form join_requests_status_known join_requests_name_length join_requests_note_length
        invitations_status_known invitations_one_contact invitations_name_length
        members_status_known members_sex_known members_dates_order member_names_name_length
        meetings_status_known meetings_venue_length meetings_kind_known meetings_mode_known meetings_times_order
        meeting_texts_link_length meeting_texts_agenda_length meeting_texts_notes_length
        meeting_texts_cancel_reason_length
        attendances_status_known attendances_times_order attendances_times_of_present attendances_representative_status
        attendances_representative_other attendance_words_excuse_length attendance_words_representative_length
        votes_question_length votes_kind_known votes_method_known votes_options_named votes_hands_whole
        votes_hands_not_negative ballots_option_range
        cash_counts_moment_known cash_counts_counted_not_negative cash_counts_amounts_range
        cash_counts_difference_explained
        loan_guarantees_of_another loan_guarantees_amount_positive loan_guarantees_status_known
        loan_collateral_kind_known loan_collateral_value_positive loan_collateral_status_known
        loan_collateral_words_length
        contribution_waivers_kind_known contribution_waivers_type_whole contribution_waivers_amount_positive
        contribution_waivers_reason_length contribution_waivers_status_known
        loan_terms_method_known loan_terms_rate_range loan_terms_rate_period_known loan_terms_frequency_known
        loan_terms_counts_range loan_terms_day_count_known loan_terms_rounding_known loan_terms_multiples_positive
        loan_terms_residue_known loan_terms_charges_alike loan_terms_charges_known loan_terms_allocation_whole
        loan_terms_in_advance_known loan_terms_overpayment_known loan_terms_penalty_known loan_terms_penalty_whole
        loan_terms_penalty_range loan_terms_roll_over_known loan_terms_recognised_on_known loan_terms_pay_off_known
        loan_terms_overdue_interest_known loan_products_status_known loan_product_versions_name_length
        loan_product_versions_fund_known loan_product_versions_principal_order loan_product_versions_limits_range
        loan_product_versions_approval_known loans_fund_known loans_purpose_known loans_status_known
        loans_sums_in_order loans_guarantors_range loan_steps_kind_known loan_steps_amount_positive
        loan_steps_votes_range loan_steps_votes_in_meeting loan_steps_place_known loan_steps_hold_whole
        loan_words_length
        loan_schedules_reason_known loan_schedules_sums_range loan_instalments_dates_order
        loan_instalments_sums_range loan_charges_kind_known loan_charges_waiver_whole
        loan_charges_instalment_positive loan_charges_amount_positive loan_payments_kind_known
        loan_payments_sums_range loan_payments_split_whole
        contributions_kind_known contributions_type_whole contributions_place_known contributions_shares_whole
        contributions_shares_positive contributions_amount_positive
        accounts_name_length accounts_code_form accounts_type_known accounts_fund_known accounts_place_known
        accounts_place_has_fund accounts_member_side_known accounts_member_side_has_member accounts_shares_have_member
        accounts_limits_order accounts_limits_range lines_amount_range lines_shares_side
        holds_amount_positive holds_purpose_length holds_outcome_known
        drafts_lines_alike drafts_description_length drafts_payee_length drafts_receipt_length drafts_status_known
        vouchers_description_length vouchers_payee_length vouchers_receipt_length
        members_left_whole member_names_photo_length positions_position_known positions_dates_order
        audit_action_known
    """,
    "Written by a function of the database or by a trigger, which put nothing else there.": """
        loans_approved_whole loans_disbursed_whole loans_closed_whole loan_steps_pkey loan_payments_as_entry
        sign_in_failures_count_positive contributions_as_entry fines_as_entry fine_settlements_as_entry
        permission_overrides_decided_whole permission_overrides_ended_whole
        loan_guarantees_accepted_whole loan_guarantees_released_whole loan_collateral_released_whole
        contribution_waivers_decided_whole vouchers_as_entry machine_uses_pkey
        entries_balanced account_balances_held_not_negative holds_ended_whole
        holds_used_by_entry holds_used_as_entry
        drafts_decided_whole groups_next_constitution_whole group_statuses_pkey
        join_codes_pkey join_requests_decided_whole join_requests_approved_whole invitations_accepted_has_member
        votes_counted_whole
        meetings_closed_whole meetings_opened_whole meetings_confirmed_whole meetings_confirmed_status heads_pkey
    """,
    "Counted up from 1 by the service.": """
        loan_products_version_positive loans_number_positive loan_charges_sequence_positive
        loan_payments_sequence_positive
        platform_version_positive
        groups_version_positive constitutions_version_positive cycles_number_positive cycles_version_positive
        join_requests_version_positive invitations_version_positive
        members_number_positive members_version_positive
        meetings_number_positive meetings_version_positive attendances_version_positive
        permission_overrides_version_positive
        votes_number_positive votes_version_positive
        loan_guarantees_version_positive loan_collateral_version_positive
        contribution_waivers_version_positive accounts_version_positive drafts_version_positive
        positions_version_positive
    """,
    "Given out under the lock of the book's head, so no two requests count alike.": """
        loan_product_versions_pkey loan_schedules_pkey loan_instalments_pkey loan_words_pkey loans_number_once
        loan_charges_sequence_once loan_payments_sequence_once loan_payments_pkey loans_disbursement_once
        constitutions_pkey changes_pkey
        entries_pkey lines_pkey lines_entry_fkey contributions_entry_once contributions_entry_fkey
        account_balances_pkey member_balances_pkey movements_pkey closings_pkey vouchers_pkey fines_pkey
        fine_settlements_pkey
    """,
    "Looked for under the lock of the book's head before it is written, so no rival can come between.": """
        loan_terms_pkey loan_products_pkey loans_pkey loan_charges_pkey
        groups_pkey join_requests_one_pending group_statuses_step_known cycles_number_once cycles_one_runs
        member_names_pkey member_private_pkey
        member_private_national_id_once meetings_one_open meetings_confirmed_by_another cash_counts_pkey
        votes_pkey votes_number_once
        loan_guarantees_pkey loan_guarantees_given_once loan_collateral_pkey loan_collateral_words_pkey
        contribution_waivers_pkey contribution_waivers_decided_by_another
        permission_overrides_pkey permission_overrides_decided_by_another
        contributions_pkey
        accounts_pkey accounts_code_once accounts_place_once accounts_required_stays holds_pkey drafts_pkey
        entries_id_once entries_reversed_once entries_command_once
        member_private_phone_once member_private_email_once positions_held_once
        invitations_phone_open_once invitations_email_open_once fines_of_roll_once
    """,
    "Written so that a rival's row is changed instead, under the lock of the book's head.": """
        meeting_texts_pkey attendances_pkey attendance_words_pkey ballots_pkey
    """,
    "Claimed by the functions that know how to meet a rival.": """
        idempotency_keys_pkey memberships_held_once sign_in_failures_pkey rate_buckets_pkey
    """,
    "The row referred to was made by the same command or read by it, and rows are not deleted.": """
        loan_terms_book_fkey loan_products_group_fkey loan_product_versions_product_fkey
        loan_product_versions_terms_fkey loans_member_fkey loans_product_fkey loans_terms_fkey loans_meeting_fkey
        loans_hold_fkey loans_disbursement_fkey
        loans_constitution_fkey loan_steps_loan_fkey loan_steps_member_fkey loan_steps_meeting_fkey
        loan_steps_entry_fkey loan_words_step_fkey loan_words_member_fkey loan_schedules_loan_fkey
        loan_schedules_member_fkey loan_schedules_terms_fkey loan_instalments_schedule_fkey
        loan_instalments_member_fkey loan_charges_loan_fkey loan_charges_member_fkey loan_charges_entry_fkey
        loan_charges_waives_fkey loan_payments_entry_fkey loan_payments_loan_fkey loan_payments_member_fkey
        loan_payments_replaces_fkey
        user_private_user_fkey credentials_user_fkey sessions_user_fkey refresh_tokens_session_fkey
        machine_grants_tenant_fkey machine_grants_granter_fkey machine_secrets_grant_fkey machine_uses_grant_fkey
        permission_overrides_tenant_fkey
        memberships_user_fkey memberships_tenant_fkey partner_links_partner_fkey partner_links_group_fkey
        groups_tenant_fkey constitutions_group_fkey group_statuses_group_fkey cycles_group_fkey
        join_codes_tenant_fkey join_requests_group_fkey join_requests_member_fkey invitations_group_fkey
        invitations_member_fkey members_group_fkey member_names_member_fkey
        member_private_member_fkey meetings_group_fkey meetings_facilitator_fkey meeting_texts_meeting_fkey
        attendances_meeting_fkey attendances_member_fkey attendances_representative_fkey
        attendance_words_attendance_fkey
        votes_meeting_fkey ballots_vote_fkey ballots_member_fkey
        cash_counts_meeting_fkey cash_counts_account_fkey
        contributions_meeting_fkey contributions_member_fkey
        loan_guarantees_loan_fkey loan_guarantees_member_fkey loan_guarantees_borrower_fkey
        loan_collateral_loan_fkey loan_collateral_member_fkey loan_collateral_words_collateral_fkey
        loan_collateral_words_member_fkey
        contribution_waivers_member_fkey fines_entry_fkey fines_member_fkey fines_constitution_fkey
        fine_settlements_entry_fkey fine_settlements_fine_fkey fine_settlements_member_fkey
        idempotency_keys_tenant_fkey heads_tenant_fkey
        accounts_book_fkey accounts_parent_fkey entries_meeting_fkey entries_member_fkey
        entries_reverses_fkey lines_account_fkey lines_member_fkey account_balances_account_fkey
        member_balances_account_fkey member_balances_member_fkey movements_meeting_fkey movements_account_fkey
        holds_account_fkey holds_entry_fkey drafts_book_fkey drafts_meeting_fkey drafts_member_fkey drafts_reverses_fkey
        vouchers_entry_fkey vouchers_member_fkey closings_book_fkey
        positions_member_fkey member_keys_name_fkey audit_tenant_fkey personal_reads_member_fkey
    """,
    "Minted at random by the server, so it is never the same twice.": """
        join_codes_code_once memberships_pkey partner_links_pkey sessions_pkey refresh_tokens_pkey
        refresh_tokens_ordinal_once
        machine_secrets_pkey
        audit_pkey personal_reads_pkey
    """,
    "Written by commands of the operator, one at a time under a lock, with the documents' own digests.": """
        trusted_documents_pkey trusted_documents_id_is_digest document_manifests_pkey
    """,
    "Follows from the group and the key, so that two groups never grant under one id.": """
        machine_grants_granted_once
    """,
    "Written by migrations and by the operator alone.": """
        platform_pkey platform_one_row
        currencies_pkey currencies_code_form currencies_minor_unit_range entry_kinds_pkey rules_pkey
        jobs_pkey jobs_name_once
    """,
    "Written by a trigger, each key once.": """
        member_keys_pkey
    """,
    "Written after the user, in the same function.": """
        user_private_pkey credentials_pkey
    """,
    "No command writes these rows yet.": """
        partner_links_held_once
    """,
}

NEVER_REACHED: Mapping[str, str] = {
    name: reason for reason, names_of_group in _UNREACHABLE.items() for name in names_of_group.split()
}
"""By constraint: why no request violates it."""
