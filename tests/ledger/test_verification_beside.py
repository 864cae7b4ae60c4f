"""Tampering with what stands beside the entries: shares, accounts, reversals, closings, words, drafts, holds."""

from __future__ import annotations

import pytest

from tests.ledger.book import both_verifications
from tests.ledger.richbook import rich_book
from tests.ledger.tamperings import CASH, SHARES, A, B, Tampering, entry, line, row, tampered_with
from tests.support.world import World

HERS = f"tenant_id = $1 AND member_id = {A}"
OF_B = f"tenant_id = $1 AND member_id = {B}"
BESIDE = {
    "shares on a line and in the balance": Tampering(
        (
            "UPDATE ledger.lines SET shares = shares + 1 WHERE tenant_id = $1 AND entry_number = 16 AND shares > 0",
            f"UPDATE ledger.member_balances SET shares = shares + 1 WHERE {OF_B} AND account_id = {SHARES}",
        ),
        {"HASH_BROKEN": 16, "DRAFT": 16},
    ),
    "the shares of a member": row(
        f"UPDATE ledger.member_balances SET shares = 9 WHERE {HERS} AND account_id = {SHARES}", MEMBER_SHARES=16
    ),
    "a line that counts no shares": row(
        "UPDATE ledger.lines SET shares = NULL WHERE tenant_id = $1 AND entry_number = 16 AND shares > 0",
        HASH_BROKEN=16,
        MEMBER_SHARES=16,
        ACCOUNT=16,
        DRAFT=16,
    ),
    "more shares taken than there were": row(
        "UPDATE ledger.lines SET shares = -50 WHERE tenant_id = $1 AND entry_number = 16 AND shares < 0",
        HASH_BROKEN=16,
        MEMBER_SIDE=16,
        MEMBER_SHARES=16,
        DRAFT=16,
    ),
    "the date on the lines alone": line(9, "effective_on = effective_on - 1", LINE_DIFFERS=9),
    "the kind on one line": row(
        "UPDATE ledger.lines SET kind = 'FINE_PAID' WHERE tenant_id = $1 AND entry_number = 9 AND line_number = 1",
        LINE_DIFFERS=9,
    ),
    "an entry hidden from its member": entry(9, "member_id = NULL", ENTRY_MEMBER=9, VOUCHER=9),
    "a manual entry shown to one of its members": entry(16, f"member_id = {A}", DRAFT=16, VOUCHER=16),
    "a side that was left": row(
        f"UPDATE ledger.accounts SET member_side = 'DEBIT' WHERE tenant_id = $1 AND id = {SHARES}",
        ACCOUNT=None,
        MEMBER_SIDE=1,
    ),
    "an account that takes no entries": row(
        f"UPDATE ledger.accounts SET is_postable = false WHERE tenant_id = $1 AND id = {CASH}", ACCOUNT=1
    ),
    "an account below a heading of another type": row(
        f"UPDATE ledger.accounts SET parent_id = (SELECT p.id FROM ledger.accounts p WHERE p.tenant_id = $1 AND"
        f" p.code = '3000') WHERE tenant_id = $1 AND id = {CASH}",
        ACCOUNT=None,
    ),
    "an account below one that is no heading": row(
        f"UPDATE ledger.accounts SET parent_id = (SELECT p.id FROM ledger.accounts p WHERE p.tenant_id = $1 AND"
        f" p.code = '1120') WHERE tenant_id = $1 AND id = {CASH}",
        ACCOUNT=None,
    ),
    "an account closed with money on it": row(
        f"UPDATE ledger.accounts SET is_required = false, closed_at = now() WHERE tenant_id = $1 AND id = {CASH}",
        ACCOUNT=None,
    ),
    "a reversal of another entry": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 9)"
        " WHERE tenant_id = $1 AND number = 11",
        HASH_BROKEN=11,
        REVERSAL=11,
    ),
    "a reversal of a reversal": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 11)"
        " WHERE tenant_id = $1 AND number = 12",
        HASH_BROKEN=12,
        REVERSAL=12,
    ),
    "a reversal of what is to come": row(
        "UPDATE ledger.entries SET reverses_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 13)"
        " WHERE tenant_id = $1 AND number = 11",
        HASH_BROKEN=11,
        REVERSAL=11,
    ),
    "a reversal that says it is none": entry(11, "reverses_id = NULL", HASH_BROKEN=11, SHAPE=11),
    "the hash that a closing names": row(
        "UPDATE ledger.closings SET entry_hash = sha256('') WHERE tenant_id = $1 AND entry_number = 8", CLOSING=8
    ),
    "the entry that a closing names": row(
        "UPDATE ledger.closings SET entry_number = 9 WHERE tenant_id = $1 AND entry_number = 8", CLOSING=9
    ),
    "a closing in the wrong order": row(
        "UPDATE ledger.closings SET entry_number = 17 - entry_number, entry_hash = (SELECT e.hash FROM ledger.entries e"
        " WHERE e.tenant_id = $1 AND e.number = 17 - entry_number) WHERE tenant_id = $1",
        CLOSING=9,
    ),
    "a book that was closed longer": Tampering(
        (
            "UPDATE ledger.closings SET closed_through = closed_through + 17 WHERE tenant_id = $1",
            "UPDATE ledger.heads SET closed_through = closed_through + 17 WHERE tenant_id = $1",
        ),
        {"CLOSING": 9},
    ),
    "a head that is open again": row(
        "UPDATE ledger.heads SET closed_through = '1989-12-31' WHERE tenant_id = $1", CLOSING=None
    ),
    "the last closing gone": row(
        "DELETE FROM ledger.closings WHERE tenant_id = $1 AND entry_number = 16", CLOSING=None
    ),
    "words shown to another member": row(
        f"UPDATE app.vouchers SET member_id = {B} WHERE {HERS} AND id = ("
        " SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 11)",
        VOUCHER=11,
    ),
    "words beside no entry": row(
        "INSERT INTO app.vouchers (tenant_id, id, description) VALUES ($1, gen_random_uuid(), 'x')", VOUCHER=None
    ),
    "an entry posted without the draft that it needs": row(
        "DELETE FROM app.drafts WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=1
    ),
    "a draft that was not posted, with an entry": row(
        "UPDATE app.drafts SET status = 'DISCARDED' WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=1
    ),
    "a draft posted by who drafted it": row(
        "UPDATE app.drafts SET drafted_by = decided_by WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=1
    ),
    "a draft of other lines": row(
        "UPDATE app.drafts SET line_amounts[1] = 1 WHERE tenant_id = $1 AND kind = 'OPENING_BALANCES'", DRAFT=1
    ),
    "a draft that was posted as no entry": row(
        "UPDATE app.drafts SET status = 'POSTED', decided_at = now() WHERE tenant_id = $1 AND status = 'OPEN'",
        DRAFT=None,
    ),
    "what is held": row(
        f"UPDATE ledger.account_balances SET held = 0 WHERE tenant_id = $1 AND account_id = {CASH}", HOLD=None
    ),
    "a hold more": row(
        "INSERT INTO ledger.holds (tenant_id, id, account_id, amount, purpose, placed_by, expires_at)"
        f" VALUES ($1, gen_random_uuid(), {CASH}, 5, 'x', gen_random_uuid(), now())",
        HOLD=None,
    ),
    "a hold used by no entry": row(
        "UPDATE ledger.holds SET entry_id = gen_random_uuid() WHERE tenant_id = $1 AND outcome = 'USED'", HOLD=None
    ),
    "a hold used by an entry that takes nothing from its account": row(
        "UPDATE ledger.holds SET entry_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 15)"
        " WHERE tenant_id = $1 AND outcome = 'USED'",
        HOLD=None,
    ),
    "a hold used by an entry before it": row(
        "UPDATE ledger.holds SET entry_id = (SELECT id FROM ledger.entries WHERE tenant_id = $1 AND number = 13)"
        " WHERE tenant_id = $1 AND outcome = 'USED'",
        HOLD=None,
    ),
    "what has no bytes": row(
        "UPDATE ledger.lines SET base_amount = base_amount * 1000000000 WHERE tenant_id = $1 AND entry_number = 1",
        HASH_BROKEN=1,
    ),
    "moments and days without end": Tampering(
        (
            "UPDATE ledger.entries SET booked_at = 'infinity' WHERE tenant_id = $1 AND number = 14",
            "UPDATE ledger.entries SET kind = repeat('K', 40000) WHERE tenant_id = $1 AND number = 13",
        ),
        {"HASH_BROKEN": 13, "SHAPE": 13, "LINE_DIFFERS": 13, "MOVEMENT": 13, "HOLD": None},
    ),
}
"""On a book that holds everything; see `RichBook` for its entries."""


@pytest.mark.parametrize("name", BESIDE)
async def test_what_is_beside_the_entries_is_named_as_well(world: World, name: str) -> None:
    book = await rich_book(world)
    assert await both_verifications(world, book.group.id) == []
    await tampered_with(world, book.small, BESIDE[name])
    assert await both_verifications(world, book.group.id) == sorted(BESIDE[name].faults.items())
