"""The unit of work on PostgreSQL: one transaction, and the rooms' stores upon it."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from domain.policy import Viewer
from persistence.attendances import Attendances
from persistence.charting import Accounts, Periods
from persistence.crypto.keyring import Keyring
from persistence.cycles import Cycles
from persistence.drafts import Drafts
from persistence.fines import Fines
from persistence.groups import Groups
from persistence.holds import Holds
from persistence.joining import Invitations, Joining
from persistence.journal import Journal
from persistence.ledger import Book
from persistence.loan_products import LoanProducts
from persistence.loan_records import LoanRecords
from persistence.loan_securities import Collaterals, Guarantees
from persistence.loans import Loans
from persistence.machines import Machines
from persistence.meetings import Meetings
from persistence.members import Members
from persistence.overrides import Overrides
from persistence.savings import Contributions
from persistence.votes import Votes
from persistence.waivers import Waivers

__all__ = ["Work"]


class Work:
    """What `domain.unit_of_work.UnitOfWork` promises, on one connection within one transaction.

    Attributes:
        has_written: Whether anything was changed; a refusal after that has to be taken back.
    """

    def __init__(self, connection: asyncpg.Connection, keyring: Keyring, viewer: Viewer, now: datetime) -> None:
        self.connection = connection
        self.keyring = keyring
        self.viewer = viewer
        self.now = now
        self.has_written = False
        self.groups = Groups(self)
        self.cycles = Cycles(self)
        self.joining = Joining(self)
        self.invitations = Invitations(self)
        self.members = Members(self)
        self.overrides = Overrides(self)
        self.meetings = Meetings(self)
        self.attendances = Attendances(self)
        self.votes = Votes(self)
        self.contributions = Contributions(self)
        self.fines = Fines(self)
        self.waivers = Waivers(self)
        self.loan_products = LoanProducts(self)
        self.loans = Loans(self)
        self.loan_records = LoanRecords(self)
        self.guarantees = Guarantees(self)
        self.collateral = Collaterals(self)
        self.ledger = Book(self)
        self.accounts = Accounts(self)
        self.periods = Periods(self)
        self.drafts = Drafts(self)
        self.holds = Holds(self)
        self.journal = Journal(self)
        self.machines = Machines(self)

    async def write(self, statement: str, *arguments: object) -> str:
        """Run a statement that changes rows; returns its command tag."""
        self.has_written = True
        return await self.connection.execute(statement, *arguments)  # type: ignore[no-any-return]

    async def write_returning(self, statement: str, *arguments: object) -> asyncpg.Record:
        """Run a statement that changes rows and returns one."""
        self.has_written = True
        return await self.connection.fetchrow(statement, *arguments)
