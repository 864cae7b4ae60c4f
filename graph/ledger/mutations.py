"""What can be done in a book: money moved, drafted, set aside and taken back, accounts and periods."""

import strawberry

from graph.ledger.charting import (
    account_add_mutation,
    account_close_mutation,
    account_limit_mutation,
    account_rename_mutation,
    period_close_mutation,
)
from graph.ledger.drafting import (
    adjustment_draft,
    draft_discard_mutation,
    draft_post_mutation,
    draft_revise_mutation,
    entry_draft,
    opening_balances_draft,
)
from graph.ledger.holds import hold_place_mutation, hold_release_mutation
from graph.ledger.moving import (
    cash_transfer,
    entry_reverse,
    other_expense_record,
    other_income_record,
    social_fund_grant,
    withdrawal_record,
)

__all__ = ["LedgerMutations"]


@strawberry.type(description="A part of the root of mutations.")
class LedgerMutations:
    """What is done in books."""

    withdrawal_record = withdrawal_record
    social_fund_grant = social_fund_grant
    cash_transfer = cash_transfer
    other_income_record = other_income_record
    other_expense_record = other_expense_record
    entry_reverse = entry_reverse
    entry_draft = entry_draft
    adjustment_draft = adjustment_draft
    opening_balances_draft = opening_balances_draft
    draft_revise = draft_revise_mutation
    draft_post = draft_post_mutation
    draft_discard = draft_discard_mutation
    hold_place = hold_place_mutation
    hold_release = hold_release_mutation
    account_add = account_add_mutation
    account_rename = account_rename_mutation
    account_limit = account_limit_mutation
    account_close = account_close_mutation
    period_close = period_close_mutation
