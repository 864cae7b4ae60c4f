"""What holds of every account of a loan, whatever the terms, the rules, and what happens."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.lending import (
    AllocationOrder,
    Component,
    InAdvance,
    InstalmentFrequency,
    InterestMethod,
    InterestOnPayOff,
    LoanPayment,
    LoanRules,
    LoanTerms,
    OverdueInterest,
    RatePeriod,
    RecognisedOn,
    RollOver,
    replay,
)
from domain.lending.account import InstalmentAccount, LoanAccount, Owed
from domain.money import Money
from tests.domain.lending.loans import ANNUITY, EQUAL_PRINCIPAL, Story, schedule

STARTS = date(2026, 1, 31)
ZERO = Decimal(0)

_rules = st.builds(
    LoanRules,
    allocation=st.builds(
        AllocationOrder, due=st.sampled_from(list(permutations(Component))), in_advance=st.sampled_from(InAdvance)
    ),
    interest_on_pay_off=st.sampled_from(InterestOnPayOff),
    recognised_on=st.sampled_from(RecognisedOn),
)
_terms = st.builds(
    LoanTerms,
    method=st.sampled_from(InterestMethod),
    rate=st.decimals(0, 60, places=1),
    rate_period=st.sampled_from(RatePeriod),
    instalments=st.integers(1, 5),
    frequency=st.sampled_from([InstalmentFrequency.WEEKLY, InstalmentFrequency.MONTHLY]),
    interest_grace=st.just(0),
)


@st.composite
def _loans(draw: st.DrawFn) -> Story:
    """A loan of 1000 of which some time has passed."""
    by = draw(_terms)
    rules = draw(_rules)
    kind = draw(st.sampled_from(["", "roll over", "on balance"]))
    if kind == "roll over":
        rules = _changed(rules, roll_over=RollOver.CHARGE_AGAIN)
    elif kind == "on balance" and by.method in (ANNUITY, EQUAL_PRINCIPAL):
        rules = _changed(rules, overdue_interest=OverdueInterest.ON_BALANCE)
    loan = Story(schedule("1000", by, STARTS.isoformat()), by, rules)
    charges = []
    day = STARTS
    for what in draw(st.lists(st.sampled_from(["pays", "pays", "charge", "let off"]), max_size=6)):
        day += timedelta(days=draw(st.integers(0, 40)))
        amount = str(draw(st.decimals("0.01", 700, places=2)))
        if what == "pays":
            loan.pays(amount, day.isoformat())
        elif what == "charge":
            component = draw(st.sampled_from([Component.FEE, Component.PENALTY]))
            due = day + timedelta(days=draw(st.integers(-5, 30)))
            charges.append(loan.is_charged(component, amount, due.isoformat(), on=day.isoformat()))
        elif charges:
            loan.is_let_off(draw(st.sampled_from(charges)), amount, day.isoformat())
    return loan


def _changed(rules: LoanRules, **more: object) -> LoanRules:
    fields = {name: getattr(rules, name) for name in LoanRules.__dataclass_fields__}
    return LoanRules(**{**fields, **more})


def _last(loan: Story) -> date:
    return max((each.on for each in loan.history.events), default=STARTS)


def _owed(of: InstalmentAccount) -> tuple[Owed, Owed, Owed, Owed]:
    return of.penalties, of.fees, of.interest, of.principal


_days = st.integers(0, 60).map(lambda days: timedelta(days=days))


@given(_loans(), _days)
def test_parts_add_up_and_nothing_is_paid_that_is_not_owed(loan: Story, later: timedelta) -> None:
    account = replay(loan.history, _last(loan) + later)
    for each in account.applied:
        assert each.split.total == each.payment.amount
        for part in ("penalties", "fees", "interest", "principal"):
            assert ZERO <= getattr(each.of_due, part).amount <= getattr(each.split, part).amount
    for row in account.instalments:
        for owed in _owed(row):
            assert min(owed.due.amount, owed.paid.amount, owed.forgone.amount, owed.outstanding.amount) >= 0
    for at, part in enumerate(("penalties", "fees", "interest", "principal")):
        paid = sum((_owed(row)[at].paid.amount for row in account.instalments), ZERO)
        assert paid == sum((getattr(each.split, part).amount for each in account.applied), ZERO)
        left = sum((_owed(row)[at].outstanding.amount for row in account.instalments), ZERO)
        assert left == getattr(account.outstanding, part).amount
        assert getattr(account.pay_off, part).amount <= left
    assert account.outstanding.advance.amount == account.pay_off.advance.amount == 0


@given(_loans(), _days)
def test_principal_is_always_the_sum_lent(loan: Story, later: timedelta) -> None:
    account = replay(loan.history, _last(loan) + later)
    assert sum((row.principal.due.amount for row in account.instalments), ZERO) == Decimal(1000)
    assert account.arrears.outstanding_principal == account.outstanding.principal
    paid = sum((each.split.principal.amount for each in account.applied), ZERO)
    assert account.outstanding.principal.amount == 1000 - paid


@given(_loans(), _days)
def test_the_pay_off_settles_and_a_coin_less_does_not(loan: Story, later: timedelta) -> None:
    day = _last(loan) + later
    before = replay(loan.history, day)
    assume(before.pay_off.total.amount > Decimal("0.01"))
    until_then = loan.history
    paid = _paid(loan, before.pay_off.total, day)
    settled = replay(loan.history, day + timedelta(days=400))
    assert settled.settled_on == day
    assert settled.payment(paid).split == before.pay_off
    assert (settled.outstanding.total.amount, settled.pay_off.total.amount, settled.arrears.days) == (0, 0, 0)
    assert settled.arrears.overdue.total.amount == 0

    loan.history = until_then
    coin = Money(Decimal("0.01"), loan.history.currency)
    paid = _paid(loan, before.pay_off.total - coin, day)
    almost = replay(loan.history, day)
    assert not almost.is_settled
    assert almost.payment(paid).split.advance.amount == 0
    assert almost.outstanding.total.amount > 0


def _paid(loan: Story, amount: Money, day: date) -> object:
    loan._happened += 100
    return loan.pays(str(amount.amount), day.isoformat())


@given(_loans(), st.data())
def test_a_payment_taken_back_was_never_made(loan: Story, data: st.DataObject) -> None:
    payments = [each for each in loan.history.events if isinstance(each, LoanPayment)]
    assume(payments)
    gone = data.draw(st.sampled_from(payments))
    never = Story(loan.history.schedule, loan.history.terms, loan.history.rules)
    for event in loan.history.events:
        if event != gone:
            never.history = never.history.with_event(event)
    day = _last(loan) + timedelta(days=10)
    loan.takes_back(gone.id)
    assert replay(loan.history, day) == replay(never.history, day)


@given(_loans(), _days)
def test_an_account_does_not_know_what_comes_later(loan: Story, before: timedelta) -> None:
    day = max(_last(loan) - before, STARTS)
    earlier = Story(loan.history.schedule, loan.history.terms, loan.history.rules)
    for event in loan.history.events:
        if event.on <= day:
            earlier.history = earlier.history.with_event(event)
    known, then = replay(loan.history, day), replay(earlier.history, day)
    assert (known.instalments, known.applied, known.outstanding, known.arrears, known.recognised) == (
        then.instalments,
        then.applied,
        then.outstanding,
        then.arrears,
        then.recognised,
    )


@given(_loans(), st.decimals("0.01", 1500, places=2), _days)
def test_what_is_due_is_settled_in_order(loan: Story, amount: Decimal, later: timedelta) -> None:
    day = _last(loan) + later
    before = replay(loan.history, day)
    assume(amount < before.pay_off.total.amount)
    _paid(loan, Money(amount, loan.history.currency), day)
    after = replay(loan.history, day)
    order = [list(Component).index(each) for each in loan.history.rules.allocation.due]
    is_all = True
    for row_before, row_after in zip(before.instalments, after.instalments, strict=True):
        if row_before.due_on > day or _has_later_charges(before, row_before, day):
            continue
        for at in order:
            owed_before, owed_after = _owed(row_before)[at], _owed(row_after)[at]
            if not is_all:
                assert owed_after.paid == owed_before.paid
            is_all = is_all and owed_after.outstanding.amount == 0
    if not is_all:
        early = [row for row in zip(before.instalments, after.instalments, strict=True) if row[0].due_on > day]
        charged = {each.charge.due_on for each in before.charges}
        if all(due <= day for due in charged):
            assert all(then.principal.paid == now.principal.paid for then, now in early)


def _has_later_charges(account: LoanAccount, row: InstalmentAccount, day: date) -> bool:
    return any(each.charge.due_on > min(day, row.due_on) for each in account.charges)


@given(_loans(), _days)
def test_what_counts_as_earned_covers_what_was_paid_of_it(loan: Story, later: timedelta) -> None:
    last = _last(loan)
    account, then = replay(loan.history, last), replay(loan.history, last + later)
    for part in ("penalties", "fees", "interest"):
        recognised = getattr(account.recognised, part).amount
        assert recognised >= sum((getattr(each.of_due, part).amount for each in account.applied), ZERO)
        assert getattr(then.recognised, part).amount >= recognised
    assert account.recognised.principal.amount == 0


@given(_loans())
def test_before_anything_happens_the_account_is_the_schedule(loan: Story) -> None:
    of = loan.history.schedule
    account = replay(Story(of, loan.history.terms, loan.history.rules).history, STARTS)
    assert [(row.principal.due, row.interest.due) for row in account.instalments] == [
        (each.principal, each.interest) for each in of.instalments
    ]
    assert (account.outstanding.total, account.arrears.days) == (of.total, 0)
