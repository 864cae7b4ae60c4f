"""What a service works on: the records of its group, read and written within one transaction that the boundary ends."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.access.machines import MachineStore
from domain.groups import GroupStore
from domain.groups.cycles import CycleStore
from domain.groups.invitations import InvitationStore
from domain.groups.joining import JoinStore
from domain.ledger.chart import AccountStore
from domain.ledger.drafts import DraftStore
from domain.ledger.holds import HoldStore
from domain.ledger.journal import Journal
from domain.ledger.periods import PeriodStore
from domain.ledger.postings import Ledger
from domain.lending.collateral import CollateralStore
from domain.lending.guaranteeing import GuaranteeStore
from domain.lending.records import LoanProductStore, LoanStore
from domain.lending.settlements import LoanRecordStore
from domain.meetings import MeetingStore
from domain.meetings.rollcall import AttendanceStore
from domain.meetings.votes import VoteStore
from domain.members import MemberStore
from domain.members.overrides import OverrideStore
from domain.policy import Viewer
from domain.savings import ContributionStore
from domain.savings.fines import FineStore
from domain.savings.waivers import WaiverStore

__all__ = ["UnitOfWork"]


class UnitOfWork(Protocol):
    """One transaction: all of it happens, or none.

    Attributes:
        viewer: Who is asking, as the database reported when the transaction began.
        now: The moment the transaction began, in UTC.
        groups: The group and its constitution.
        cycles: Its cycles.
        joining: Its join code, and who asks to be let in.
        invitations: Whom it invited.
        members: The register of members.
        overrides: What members may do beside their roles.
        meetings: Meetings and their cash counts.
        attendances: Who was at the meetings.
        votes: What was put to the vote in them.
        contributions: What members paid in.
        fines: What members were fined for.
        waivers: What members were let off of what is expected.
        loan_products: What the group lends, and on what terms.
        loans: Loans and their steps.
        loan_records: Their schedules, charges and payments.
        guarantees: Who stands surety for them.
        collateral: What else stands in for them.
        ledger: The book.
        accounts: Its chart of accounts.
        periods: Its closed periods.
        drafts: Entries that wait for a second officer.
        holds: Money set aside.
        journal: What the book has already, read.
        machines: The credentials of programs that the group let in.
    """

    @property
    def viewer(self) -> Viewer: ...
    @property
    def now(self) -> datetime: ...
    @property
    def groups(self) -> GroupStore: ...
    @property
    def cycles(self) -> CycleStore: ...
    @property
    def joining(self) -> JoinStore: ...
    @property
    def invitations(self) -> InvitationStore: ...
    @property
    def members(self) -> MemberStore: ...
    @property
    def overrides(self) -> OverrideStore: ...
    @property
    def meetings(self) -> MeetingStore: ...
    @property
    def attendances(self) -> AttendanceStore: ...
    @property
    def votes(self) -> VoteStore: ...
    @property
    def contributions(self) -> ContributionStore: ...
    @property
    def fines(self) -> FineStore: ...
    @property
    def waivers(self) -> WaiverStore: ...
    @property
    def loan_products(self) -> LoanProductStore: ...
    @property
    def loans(self) -> LoanStore: ...
    @property
    def loan_records(self) -> LoanRecordStore: ...
    @property
    def guarantees(self) -> GuaranteeStore: ...
    @property
    def collateral(self) -> CollateralStore: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def accounts(self) -> AccountStore: ...
    @property
    def periods(self) -> PeriodStore: ...
    @property
    def drafts(self) -> DraftStore: ...
    @property
    def holds(self) -> HoldStore: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def machines(self) -> MachineStore: ...
