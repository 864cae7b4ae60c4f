"""Random histories of loans: after every step the book says of them what their schedules and payments say."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain.errors import DomainError
from domain.lending import (
    AllocationOrder,
    InAdvance,
    InstalmentFrequency,
    InterestMethod,
    InterestOnPayOff,
    LoanRules,
    OverdueInterest,
    Overpayment,
    RecognisedOn,
    RollOver,
)
from domain.lending.applying import apply_for_loan
from domain.lending.charging import ChargeLoan, LoanChargeKind, WaiveCharge, charge_loan, waive_charge
from domain.lending.deciding import ApproveLoan, approve_loan
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.losing import RecoverLoan, WriteOffLoan, recover_loan, write_off_loan
from domain.lending.owing import OwedLoan, find_owed, split_of
from domain.lending.repaying import RepayLoan, ReturnAdvance, UseAdvance, repay_loan, return_advance, use_advance
from domain.lending.rescheduling import RescheduleLoan, reschedule_loan
from domain.lending.settlements import PaymentKind
from domain.lending.steps import LoanStatus
from domain.lending.taking_back import ReverseLoanPayment, reverse_loan_payment
from domain.service import Service
from persistence.database import DatabaseRole, Isolation
from persistence.unit_of_work import Work
from persistence.viewer import enter
from tests.ledger.book import both_verifications
from tests.ledger.lending import VSLA, with_terms
from tests.ledger.repaying import AGO, Repaying, day, repaying
from tests.ledger.test_machine import machine_world
from tests.support.world import World

__all__ = ["machine_world"]

EXPLORES = bool(os.environ.get("KIBUBU_EXPLORE"))
HISTORIES = 60 if EXPLORES else 6
STEPS = 14
SEEN = {"loanRepay", "loanPaymentReverse", "loanChargeAdd", "loanWriteOff", "loanRecover", "CLOSED"}
"""What happens often enough that it must have been seen, or the histories show nothing."""

MONTHLY = with_terms(
    method=InterestMethod.REDUCING_EQUAL_INSTALMENTS, frequency=InstalmentFrequency.MONTHLY, rate=Decimal(3)
)
LENT = [
    (VSLA, LoanRules(roll_over=RollOver.CHARGE_AGAIN)),
    (VSLA, LoanRules(recognised_on=RecognisedOn.ACCRUAL, overpayment=Overpayment.ADVANCE)),
    (
        MONTHLY,
        LoanRules(
            allocation=AllocationOrder(in_advance=InAdvance.PRINCIPAL_FIRST),
            overpayment=Overpayment.ADVANCE,
            recognised_on=RecognisedOn.ACCRUAL,
            interest_on_pay_off=InterestOnPayOff.TO_DATE,
            overdue_interest=OverdueInterest.ON_BALANCE,
        ),
    ),
]
"""On what terms, and by what rules, the group lends."""

_amounts = st.one_of(st.decimals("0.01", 60, places=2), st.decimals(100, 400, places=2))
_which = st.integers(0, 1)
_later = st.sampled_from([0, 1, 5, 20])


class LoansMachine(RuleBasedStateMachine):
    """A group that lent to two members.

    Attributes:
        seen: What happened in any history, so that a test can tell whether it looked at anything.
    """

    world: ClassVar[World]
    runner: ClassVar[asyncio.Runner]
    seen: ClassVar[set[str]]

    @initialize(lent=st.sampled_from(LENT))
    def begin(self, lent: Any) -> None:
        self.ago = AGO
        self.runner.run(self._begin(*lent))

    async def _begin(self, terms: Any, rules: LoanRules) -> None:
        self.book: Repaying = await repaying(self.world, terms, rules, amount="250")
        book, on = self.book, {"on": day(AGO)}
        asked = book.applying("130", member_id=book.a, **on)
        loan = await book.succeed(apply_for_loan, asked, book.group.secretary)
        await book.succeed(approve_loan, await book.step(ApproveLoan, loan, **on))
        await book.succeed(disburse_loan, await book.step(DisburseLoan, loan, **on))
        self.loans = [book.loan, loan]

    def _do(self, service: Service[Any], command: type[Any], which: int, later: int = 0, **fields: Any) -> None:
        """As the treasurer, some days after what was done last; a refusal changes nothing, and is an answer too."""
        self.ago = max(self.ago - later, 0)
        given = {"loan_id": self.loans[which], "on": day(self.ago), **fields}
        outcome = self.runner.run(
            self.world.perform(self.book.group.treasurer, service, self.book.wish(command, **given))
        )
        self.seen.add(service.name if outcome.error is None else outcome.error.reason)
        assert outcome.error is None or isinstance(outcome.error, DomainError)

    @rule(which=_which, amount=_amounts, later=_later)
    def repay(self, which: int, amount: Decimal, later: int) -> None:
        self._do(repay_loan, RepayLoan, which, later, amount=amount)

    @rule(which=_which, later=_later)
    def pay_off(self, which: int, later: int) -> None:
        owed = self.runner.run(self._owed(which))
        self.ago = max(self.ago - later, 0)
        if owed is not None and (settles := owed.at(day(self.ago)).pay_off.total.amount):
            self._do(repay_loan, RepayLoan, which, amount=settles)

    @rule(which=_which, data=st.data(), later=_later)
    def take_back(self, which: int, data: st.DataObject, later: int) -> None:
        payments = self.runner.run(self._payments(which))
        if payments:
            payment = data.draw(st.sampled_from(payments))
            self._do(reverse_loan_payment, ReverseLoanPayment, which, later, payment_id=payment, reason="Not so")

    @rule(which=_which, amount=_amounts, kind=st.sampled_from(LoanChargeKind), late=st.booleans())
    def charge(self, which: int, amount: Decimal, kind: LoanChargeKind, *, late: bool) -> None:
        due_on = day(self.ago - 30) if late else day(self.ago)
        self._do(charge_loan, ChargeLoan, which, amount=amount, kind=kind, due_on=due_on)

    @rule(which=_which, data=st.data(), later=_later)
    def let_off(self, which: int, data: st.DataObject, later: int) -> None:
        owed = self.runner.run(self._owed(which))
        charges = [] if owed is None else [each.id for each in owed.history.charges]
        if charges:
            self._do(waive_charge, WaiveCharge, which, later, charge_id=data.draw(st.sampled_from(charges)))

    @rule(which=_which, amount=_amounts)
    def give_up_and_recover(self, which: int, amount: Decimal) -> None:
        """What is lost is lost once; what comes in afterwards may be more than that."""
        self._do(write_off_loan, WriteOffLoan, which, reason="She moved away")
        self._do(recover_loan, RecoverLoan, which, amount=amount)

    @rule(which=_which, later=_later)
    def reschedule(self, which: int, later: int) -> None:
        version = self.runner.run(self.book.row(self.loans[which]))["version"]
        self._do(reschedule_loan, RescheduleLoan, which, later, expected_version=version, reason="The harvest failed")

    @rule(which=_which, amount=_amounts, back=_amounts)
    def pay_too_much(self, which: int, amount: Decimal, back: Decimal) -> None:
        """Some of what is held is used as soon as the loan is owed again, some given back."""
        owed = self.runner.run(self._owed(which))
        if owed is not None:
            settles = owed.at(day(self.ago)).pay_off.total.amount
            self._do(repay_loan, RepayLoan, which, amount=settles + amount)
            self._do(return_advance, ReturnAdvance, which, amount=back)
            payments = self.runner.run(self._payments(which))
            if payments:
                self._do(reverse_loan_payment, ReverseLoanPayment, which, payment_id=payments[0], reason="Not so")
            self._do(use_advance, UseAdvance, which)

    # What holds after every step

    @invariant()
    def the_book_says_what_the_loans_say(self) -> None:
        self.runner.run(self._check())

    async def _check(self) -> None:
        for which, member in enumerate((self.book.b, self.book.a)):
            await self._check_loan(which, member)
        assert await both_verifications(self.world, self.book.group.id) == []

    async def _check_loan(self, which: int, member: UUID) -> None:
        owed = await self._owed(which)
        assert owed is not None
        account = owed.at(day(self.ago))
        status = owed.loan.status
        self.seen.add(status.value)
        if status is LoanStatus.CLOSED:
            assert account.outstanding.total.amount == 0
        elif status is LoanStatus.ACTIVE:
            assert not account.is_settled
        principal = account.outstanding.principal.amount
        assert await self.book.balance("1320", member) == principal
        # Of what was kept of each payment that stands, no part differs from what its history says.
        kept = {each.id: each for each in owed.payments}
        for applied in account.applied:
            assert split_of(kept[applied.payment.id]) == applied.split
        await self._check_accruals(owed, member)
        await self._check_advances(owed, member)

    async def _check_accruals(self, owed: OwedLoan, member: UUID) -> None:
        """What is owed in the book of interest and charges is what came to be owed and was not paid, lost or waived."""
        account = owed.at(day(self.ago))
        if not owed.accrues:
            assert [await self.book.balance(code, member) for code in ("1330", "1340")] == [0, 0]
            return
        settled = [each.of_due for each in account.applied]
        interest = owed.accrued.interest.amount - sum(each.interest.amount for each in settled)
        assert await self.book.balance("1330", member) == interest
        charged = owed.accrued.fees.amount + owed.accrued.penalties.amount
        paid = sum(each.fees.amount + each.penalties.amount for each in settled)
        waived = await self.world.superuser.fetchval(
            "SELECT coalesce(sum(amount), 0) FROM app.loan_charges WHERE loan_id = $1 AND kind = 'WAIVER'"
            " AND entry_id IS NOT NULL AND sequence > $2",
            owed.loan.id,
            owed.schedule.after_sequence,
        )
        assert await self.book.balance("1340", member) == charged - paid - waived

    async def _check_advances(self, owed: OwedLoan, member: UUID) -> None:
        held = Decimal(0)
        for each in owed.payments:
            if not each.is_reversed:
                sign = {PaymentKind.ADVANCE_USED: -1, PaymentKind.ADVANCE_RETURNED: -1}.get(each.kind, 0)
                held += each.advance.amount + sign * each.amount.amount
        assert -await self.book.balance("2110", member) == held

    async def _owed(self, which: int) -> OwedLoan | None:
        """The loan as the services find it."""
        group = self.book.group
        async with self.world.database.transaction(DatabaseRole.APP, Isolation.WRITE) as connection:
            viewer = await enter(connection, group.treasurer.principal, [group.id])
            work = Work(connection, self.world.keyring, viewer, datetime.now(UTC))
            return await find_owed(work, await work.groups.get(group.id), self.loans[which], *LoanStatus)

    async def _payments(self, which: int) -> list[UUID]:
        owed = await self._owed(which)
        return [] if owed is None else [each.id for each in owed.payments]


def test_the_book_says_of_loans_what_their_schedules_say(machine_world: tuple[asyncio.Runner, World]) -> None:
    runner, world = machine_world

    class Machine(LoansMachine):
        pass

    Machine.runner, Machine.world, Machine.seen = runner, world, set()
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None)
    )
    assert Machine.seen >= SEEN
