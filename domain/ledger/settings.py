"""What an account is: as its chart has it, or as a group can add it. None of it ever changes.

The hash chain covers entries, not accounts; whether an account is still what it was opened as is told from the charts.
Names and limits are the group's to change, and not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.ledger.accounts import CHART_CODE_LENGTH, GroupKind, NewAccount, chart_for
from domain.ledger.stored import StoredAccount

__all__ = ["CHART", "is_as_opened"]

_ANY_GROUP = UUID(int=0)

CHART: Mapping[str, NewAccount] = {
    account.code: account for kind in GroupKind for account in chart_for(_ANY_GROUP, kind)
}
"""The accounts of all charts, by code: what kinds of groups share differs in nothing but the names."""

_CODES = {account.id: code for code, account in CHART.items()}


def is_as_opened(account: StoredAccount, parent: StoredAccount | None) -> bool:
    """Whether an account, below this heading, could have been opened as it is."""
    is_of_members = (account.needs_member, account.member_side, account.counts_shares)
    lies = (account.fund, account.place)
    if len(account.code) > CHART_CODE_LENGTH:
        return parent is not None and not (any(is_of_members) or any(lies) or account.is_required)
    charted = CHART.get(account.code)
    return charted is not None and (
        account.type == charted.type
        and (None if parent is None else parent.code) == (charted.parent_id and _CODES[charted.parent_id])
        and account.is_postable is charted.is_postable
        and is_of_members == (charted.needs_member, charted.member_side, charted.counts_shares)
        and lies == (charted.fund, charted.place)
        and account.is_required is charted.is_required
    )
