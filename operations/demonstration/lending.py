"""What some groups of the demonstration lend in their meetings, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from domain.countries import local_defaults
from domain.ledger.accounts import Fund, Place
from domain.lending import (
    InstalmentFrequency,
    InterestMethod,
    InterestOnPayOff,
    LoanRules,
    LoanSchedule,
    LoanTerms,
    PenaltyBasis,
    PenaltyRule,
    RatePeriod,
    make_schedule,
)
from domain.lending.applying import ApplyForLoan, WithdrawLoan, apply_for_loan, withdraw_loan
from domain.lending.charging import ChargeLoan, LoanChargeKind, charge_loan
from domain.lending.collateral import AddCollateral, CollateralKind, add_collateral
from domain.lending.deciding import (
    AppraiseLoan,
    ApproveLoan,
    RejectLoan,
    appraise_loan,
    approve_loan,
    reject_loan,
)
from domain.lending.disbursing import DisburseLoan, disburse_loan
from domain.lending.guaranteeing import AcceptGuarantee, PledgeGuarantee, accept_guarantee, pledge_guarantee
from domain.lending.losing import RecoverLoan, WriteOffLoan, recover_loan, write_off_loan
from domain.lending.products import AddLoanProduct, add_loan_product
from domain.lending.records import ApprovalRule
from domain.lending.repaying import RepayLoan, repay_loan
from domain.lending.rescheduling import RescheduleLoan, reschedule_loan
from domain.meetings.rollcall import AttendanceStatus, RecordRollCall
from domain.money import Money
from domain.savings import RecordContributions
from operations.demonstration.affairs import Step
from operations.demonstration.groups import SHOWCASE, Sketch
from operations.demonstration.loan_wishes import PAID_ONCE, PENDING, WRITTEN_OFF, Fate, Wish, wishes_of
from operations.demonstration.members import OFFICERS, Person, group_id

__all__ = ["Balances", "Lending"]

Balances = dict[tuple[Fund, Place], Decimal]
"""What lies where."""

_INSTALMENTS = 3
_MULTIPLE = Decimal(3)
_GRACE_DAYS = 7
_GUARANTORS_COUNT = 2


@dataclass(slots=True)
class _Loan:
    """A loan as it goes on.

    Attributes:
        version: How often it was moved, and once.
        schedule: What is due when, once it was paid out.
        paid: How many instalments came in.
        is_over: Whether nothing more is to happen in the meetings.
    """

    wish: Wish
    id: UUID
    borrower: Person
    principal: Decimal
    schedule: LoanSchedule | None = None
    version: int = 1
    paid: int = 0
    is_over: bool = False

    def key(self, what: str) -> UUID:
        """The key of what is done with it."""
        return uuid5(self.id, what)


@dataclass
class Lending:
    """The loans of one group, meeting by meeting, in order.

    Attributes:
        sketch: The group.
        members: Its members.
        dates: The days of the meetings that are over.
    """

    sketch: Sketch
    members: tuple[Person, ...]
    dates: tuple[date, ...]
    _savings: dict[UUID, Decimal] = field(default_factory=dict)
    _loans: dict[int, _Loan] = field(default_factory=dict)

    def products(self) -> Iterator[Step]:
        """What the group lends: ordinary loans that the meeting grants, and the showcase small ones in an emergency."""
        if not wishes_of(self.sketch):
            return
        this = group_id(self.sketch)
        penalty = PenaltyRule(PenaltyBasis.FIXED, self.sketch.social_fund, grace_days=_GRACE_DAYS)
        ordinary = AddLoanProduct(
            group_id=this,
            idempotency_key=self._product(Fund.LOAN_FUND),
            name="Ordinary loan",
            terms=_terms(Fund.LOAN_FUND),
            rules=LoanRules(penalty=penalty, interest_on_pay_off=InterestOnPayOff.TO_PERIOD_END),
            savings_multiple=_MULTIPLE,
            open_loans_max=1,
            approval=ApprovalRule.VOTE,
        )
        emergency = AddLoanProduct(
            group_id=this,
            idempotency_key=self._product(Fund.SOCIAL_FUND),
            name="Emergency loan",
            terms=_terms(Fund.SOCIAL_FUND),
            fund=Fund.SOCIAL_FUND,
            savings_multiple=_MULTIPLE,
            open_loans_max=1,
        )
        yield add_loan_product, ordinary
        if self.sketch is SHOWCASE:
            yield add_loan_product, emergency

    def meeting(
        self, day: date, roll: RecordRollCall, sheet: RecordContributions, balances: Balances
    ) -> Iterator[Step]:
        """What is repaid, asked for, granted and paid out in a meeting, after its sheet; balances change by it."""
        for item in sheet.items:
            if item.shares is not None:
                saved = self._savings.get(item.member_id, Decimal(0))
                self._savings[item.member_id] = saved + item.shares * self.sketch.share_price
        for number, wish in enumerate(wishes_of(self.sketch)):
            loan = self._loans.get(number)
            if loan is None and self._is_asked_on(wish, day):
                yield from self._begin(number, wish, day, roll, balances)
            elif loan is not None and loan.schedule is not None and not loan.is_over:
                yield from self._go_on(loan, loan.schedule, day, roll.meeting_id, balances)

    def losses(self) -> Iterator[Step]:
        """What the chair writes off after the last meeting."""
        for loan in self._loans.values():
            if loan.wish.fate in WRITTEN_OFF:
                wish = WriteOffLoan(
                    group_id=group_id(self.sketch),
                    idempotency_key=loan.key("write-off"),
                    loan_id=loan.id,
                    on=self.dates[-1],
                    reason="She moved away and cannot be found.",
                )
                yield write_off_loan, wish

    def recoveries(self, meeting_id: UUID) -> Iterator[Step]:
        """What comes in of a lost loan after all, in the meeting that goes on."""
        for loan in self._loans.values():
            if loan.wish.fate is Fate.RECOVERED and loan.schedule is not None:
                wish = RecoverLoan(
                    group_id=group_id(self.sketch),
                    idempotency_key=loan.key("recovery"),
                    meeting_id=meeting_id,
                    loan_id=loan.id,
                    amount=loan.schedule.instalments[-1].principal.amount,
                    memo="Her brother brought it.",
                )
                yield recover_loan, wish

    def _product(self, fund: Fund) -> UUID:
        return uuid5(group_id(self.sketch), f"loan product {fund}")

    def _is_asked_on(self, wish: Wish, day: date) -> bool:
        """Whether it is the first meeting not before the day of the wish, in a group that met by then."""
        asked_on = self.dates[-1] - timedelta(days=wish.days)
        first = next(each for each in self.dates if each >= asked_on)
        return self.dates[0] <= asked_on and day == first

    def _borrowers(self) -> list[Person]:
        return [each for each in self.members if each.late_percent == 0 and each.number not in OFFICERS]

    def _begin(self, number: int, wish: Wish, day: date, roll: RecordRollCall, balances: Balances) -> Iterator[Step]:
        borrowers = self._borrowers()
        borrower = borrowers[number]
        box = (wish.fund, Place.BOX)
        unit = self.sketch.share_price * _INSTALMENTS
        most = min(self._savings.get(borrower.id, Decimal(0)) * wish.percent / 100, balances.get(box, Decimal(0)))
        principal = most // unit * unit
        if principal == 0:
            return
        this = group_id(self.sketch)
        loan = _Loan(wish, uuid5(this, f"loan {number}"), borrower, principal)
        self._loans[number] = loan
        sureties = [borrowers[-1 - each].id for each in range(_GUARANTORS_COUNT)] if wish.is_guaranteed else []
        asked = ApplyForLoan(
            group_id=this,
            idempotency_key=loan.id,
            meeting_id=roll.meeting_id,
            member_id=borrower.id,
            product_id=self._product(wish.fund),
            amount=principal,
            purpose=wish.purpose,
            description=wish.words,
            guarantor_ids=tuple(sureties),
        )
        yield apply_for_loan, asked
        for each in sureties:
            yield from _surety(loan, this, each)
        if wish.collateral is not None:
            yield _collateral(loan, this, day)
        yield from self._decide(loan, roll)
        if wish.fate not in PENDING and wish.fate is not Fate.APPROVED:
            paid_out = DisburseLoan(
                group_id=this,
                idempotency_key=loan.key("disbursement"),
                meeting_id=roll.meeting_id,
                loan_id=loan.id,
                expected_version=loan.version,
            )
            loan.version += 1
            loan.schedule = make_schedule(self._money(principal), _terms(wish.fund), day)
            balances[box] -= principal
            yield disburse_loan, paid_out

    def _decide(self, loan: _Loan, roll: RecordRollCall) -> Iterator[Step]:
        """What becomes of an application in the meeting in which it is made."""
        at: dict[str, Any] = {"group_id": roll.group_id, "meeting_id": roll.meeting_id, "loan_id": loan.id}
        match loan.wish.fate:
            case Fate.APPLIED:
                return
            case Fate.APPRAISED:
                findings = "She saves steadily and paid back before."
                key, recommended = loan.key("appraisal"), loan.principal
                wish: Step = (
                    appraise_loan,
                    AppraiseLoan(
                        **at, idempotency_key=key, expected_version=1, recommended=recommended, findings=findings
                    ),
                )
            case Fate.REJECTED:
                reason = "It is more than she can repay from what she earns."
                wish = (
                    reject_loan,
                    RejectLoan(**at, idempotency_key=loan.key("rejection"), expected_version=1, reason=reason),
                )
            case Fate.WITHDRAWN:
                reason = "Her brother lent her the money."
                wish = (
                    withdraw_loan,
                    WithdrawLoan(**at, idempotency_key=loan.key("withdrawal"), expected_version=1, reason=reason),
                )
            case _:
                there = (AttendanceStatus.PRESENT, AttendanceStatus.LATE)
                present = sum(item.status in there for item in roll.items)
                by_vote = loan.wish.fund is Fund.LOAN_FUND
                wish = (
                    approve_loan,
                    ApproveLoan(
                        **at,
                        idempotency_key=loan.key("approval"),
                        expected_version=1,
                        votes_for=present - 1 if by_vote else None,
                        votes_against=0 if by_vote else None,
                    ),
                )
        loan.version += 1
        yield wish

    def _go_on(
        self, loan: _Loan, schedule: LoanSchedule, day: date, meeting_id: UUID, balances: Balances
    ) -> Iterator[Step]:
        """The next instalment, where it is due and comes in; or what follows where it does not."""
        due = schedule.instalments[loan.paid]
        this = group_id(self.sketch)
        fate = loan.wish.fate
        if fate in PAID_ONCE and loan.paid == 1:
            late_on = due.due_on + timedelta(days=_GRACE_DAYS + 1)
            if fate is Fate.LATE and late_on <= day:
                loan.is_over = True
                penalty = ChargeLoan(
                    group_id=this,
                    idempotency_key=loan.key("penalty"),
                    meeting_id=meeting_id,
                    loan_id=loan.id,
                    kind=LoanChargeKind.PENALTY,
                    amount=self.sketch.social_fund,
                    due_on=late_on,
                    instalment=due.number,
                )
                yield charge_loan, penalty
            return
        if day < due.due_on:
            return
        loan.paid += 1
        box = (loan.wish.fund, Place.BOX)
        balances[box] += due.total.amount
        payment = RepayLoan(
            group_id=this,
            idempotency_key=loan.key(f"repayment {loan.paid}"),
            meeting_id=meeting_id,
            loan_id=loan.id,
            amount=due.total.amount,
        )
        yield repay_loan, payment
        loan.is_over = loan.paid == len(schedule.instalments)
        if fate is Fate.RESCHEDULED and loan.paid == _INSTALMENTS - 1:
            loan.is_over = True
            anew = RescheduleLoan(
                group_id=this,
                idempotency_key=loan.key("rescheduling"),
                meeting_id=meeting_id,
                loan_id=loan.id,
                expected_version=loan.version,
                terms=_terms(loan.wish.fund),
                reason="The rains failed, and she harvests two months later.",
            )
            yield reschedule_loan, anew

    def _money(self, amount: Decimal) -> Money:
        local = local_defaults(self.sketch.country)
        assert local is not None, self.sketch.country  # noqa: S101 - the groups are in three countries of East Africa
        return Money(amount, local.currency)


def _terms(fund: Fund) -> LoanTerms:
    """Ten per cent for each four weeks in three instalments; nothing where it is the social fund's money."""
    return LoanTerms(
        method=InterestMethod.FLAT,
        rate=Decimal(0) if fund is Fund.SOCIAL_FUND else Decimal(10),
        rate_period=RatePeriod.FOUR_WEEKS,
        instalments=_INSTALMENTS,
        frequency=InstalmentFrequency.FOUR_WEEKLY,
    )


def _surety(loan: _Loan, group: UUID, member_id: UUID) -> Iterator[Step]:
    """A member who stands surety for half of the loan, as the secretary heard it of her."""
    pledge = uuid5(loan.id, f"surety {member_id}")
    pledged = PledgeGuarantee(
        group_id=group,
        idempotency_key=pledge,
        loan_id=loan.id,
        member_id=member_id,
        amount=loan.principal / _GUARANTORS_COUNT,
    )
    accepted = AcceptGuarantee(
        group_id=group, idempotency_key=uuid5(pledge, "accepted"), guarantee_id=pledge, expected_version=1
    )
    yield pledge_guarantee, pledged
    yield accept_guarantee, accepted


def _collateral(loan: _Loan, group: UUID, on: date) -> Step:
    """What stands in for the loan, worth twice as much."""
    kind, words = loan.wish.collateral or (CollateralKind.OTHER, "")
    wish = AddCollateral(
        group_id=group,
        idempotency_key=loan.key("collateral"),
        loan_id=loan.id,
        kind=kind,
        value=2 * loan.principal,
        valued_on=on,
        description=words,
    )
    return add_collateral, wish
