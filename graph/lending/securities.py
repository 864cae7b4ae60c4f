"""What stands in for loans in the schema: guarantees of members, and collateral."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from domain.lending.collateral import (
    AddCollateral,
    CollateralKind,
    CollateralStatus,
    ReleaseCollateral,
    ValueCollateral,
    add_collateral,
    release_collateral,
    value_collateral,
)
from domain.lending.guaranteeing import (
    AcceptGuarantee,
    GuaranteeStatus,
    PledgeGuarantee,
    ReleaseGuarantee,
    accept_guarantee,
    pledge_guarantee,
    release_guarantee,
)
from domain.policy import Resource
from graph.connections import PAGE_DEFAULT, After, Asked, First, connection_field
from graph.engine import RowType
from graph.lending import security_enums as _described  # noqa: F401 - what the enums mean, before they are used
from graph.lending.lists import LazyLoan, given_id
from graph.mutations import command_mutation
from graph.permissions import key_of, reading
from graph.relations import relation
from graph.rows import Money, money
from persistence.reads.loans import load_loans
from persistence.reads.members import load_members
from persistence.reads.pages import Listing
from persistence.reads.securities import load_collateral, load_collateral_words, load_guarantees

if TYPE_CHECKING:
    from graph.members import Member

__all__ = [
    "LoanCollateral",
    "LoanGuarantee",
    "collateral",
    "guarantees",
    "loan_collateral_add",
    "loan_collateral_release",
    "loan_collateral_value",
    "loan_guarantee_accept",
    "loan_guarantee_pledge",
    "loan_guarantee_release",
]

LazyMember = Annotated["Member", strawberry.lazy("graph.members")]

_KEY = "Made by the client, new for each wish; repeats carry the same."
_GROUP = "The group."
_LOAN = "The loan, which may still come to be owed, or is."
_VERSION = "The version that you read; a newer one is refused."
_ID = "The record's id, if the client makes it; otherwise the idempotency key is."
_STATUS = "Only those with this status."
_OF_LOAN = "Only those of the loan with this id."


@strawberry.type(description="That a member stands surety for another's loan (guarantor, co-signer).")
class LoanGuarantee(RowType):
    """A guarantee."""

    id: strawberry.ID = strawberry.field(description="The guarantee's id.")
    loan_id: strawberry.ID = strawberry.field(description="The loan's id.")
    loan: LazyLoan | None = relation(
        load_loans, lambda row: (row["tenant_id"], row["loan_id"]), "The loan, where you may see it."
    )
    amount: Money = money("amount", "For how much of the loan (pledge).")
    is_holding_savings: bool = strawberry.field(
        description="Whether so much of the guarantor's savings cannot be withdrawn, until she is released or the loan "
        "is over."
    )
    status: GuaranteeStatus = strawberry.field(description="Whether the guarantor stands surety.")
    pledged_at: datetime = strawberry.field(description="When it was noted.")
    pledged_by: strawberry.ID = strawberry.field(description="The user who noted it.")
    accepted_at: datetime | None = strawberry.field(description="When it was accepted.")
    accepted_by: strawberry.ID | None = strawberry.field(
        description="The user who accepted it: the guarantor, or an officer who heard it of her."
    )
    released_at: datetime | None = strawberry.field(description="When the guarantor was released.")
    released_by: strawberry.ID | None = strawberry.field(description="The user who released her.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    guarantor: LazyMember = relation(
        load_members, lambda row: (row["tenant_id"], row["member_id"]), "Who stands surety."
    )
    borrower: LazyMember = relation(
        load_members, lambda row: (row["tenant_id"], row["borrower_id"]), "Whose loan it is."
    )


@strawberry.type(description="What stands in for a loan beside people (collateral, security, pledge of goods).")
class LoanCollateral(RowType):
    """Collateral."""

    id: strawberry.ID = strawberry.field(description="The collateral's id.")
    loan_id: strawberry.ID = strawberry.field(description="The loan's id.")
    loan: LazyLoan | None = relation(
        load_loans, lambda row: (row["tenant_id"], row["loan_id"]), "The loan, where you may see it."
    )
    kind: CollateralKind = strawberry.field(description="What it is.")
    description: str | None = relation(
        load_collateral_words,
        key_of,
        "What it is, and where, in words.",
        protects=Resource.LOAN_COLLATERAL_WORDS,
        about="member_id",
        shape=lambda row: None if row is None else row["description"],
    )
    value: Money = money("value", "What it is worth (valuation).")
    valued_on: date = strawberry.field(description="As of which date.")
    status: CollateralStatus = strawberry.field(description="Whether it stands in for the loan.")
    recorded_at: datetime = strawberry.field(description="When it was recorded here.")
    recorded_by: strawberry.ID = strawberry.field(description="The user who recorded it.")
    released_at: datetime | None = strawberry.field(description="When it was released.")
    released_by: strawberry.ID | None = strawberry.field(description="The user who released it.")
    version: int = strawberry.field(description="Grows with every change; give it back as `expectedVersion`.")
    borrower: LazyMember = relation(load_members, lambda row: (row["tenant_id"], row["member_id"]), "Whose loan it is.")


def _asked_guarantees(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[GuaranteeStatus | None, strawberry.argument(description=_STATUS)] = None,
    loan_id: Annotated[strawberry.ID | None, strawberry.argument(description=_OF_LOAN)] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", guarantee=status, secured_loan=None if loan_id is None else given_id(loan_id))


def _asked_collateral(
    first: First = PAGE_DEFAULT,
    after: After = None,
    status: Annotated[CollateralStatus | None, strawberry.argument(description=_STATUS)] = None,
    loan_id: Annotated[strawberry.ID | None, strawberry.argument(description=_OF_LOAN)] = None,
) -> Asked:
    return Asked(first, after, "NEWEST", collateral=status, secured_loan=None if loan_id is None else given_id(loan_id))


def guarantees(listing: Listing, parent: Any, description: str) -> Any:
    """The field of a type whose rows are the parents of the listing of guarantees."""
    return connection_field(listing, parent, _asked_guarantees, **reading(Resource.LOAN_GUARANTEE, description))


def collateral(listing: Listing, parent: Any, description: str) -> Any:
    """The field of a type whose rows are the parents of the listing of collateral."""
    return connection_field(listing, parent, _asked_collateral, **reading(Resource.LOAN_COLLATERAL, description))


@strawberry.input(description="A member to stand surety for a loan.")
class LoanGuaranteePledgeInput:
    """The input of `loanGuaranteePledge`."""

    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_ID)
    loan_id: strawberry.ID = strawberry.field(description=_LOAN)
    member_id: strawberry.ID = strawberry.field(description="The guarantor: an active member, not the borrower.")
    amount: Decimal = strawberry.field(description="For how much of the loan.")
    is_holding_savings: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether so much of her savings cannot be withdrawn meanwhile; false if left out.",
    )


@strawberry.input(description="Which guarantee is meant, as it was read.")
class _OnGuarantee:
    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    guarantee_id: strawberry.ID = strawberry.field(description="The guarantee.")
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="A guarantee that the guarantor accepts.")
class LoanGuaranteeAcceptInput(_OnGuarantee):
    """The input of `loanGuaranteeAccept`."""


@strawberry.input(description="A guarantor who is released, or declines.")
class LoanGuaranteeReleaseInput(_OnGuarantee):
    """The input of `loanGuaranteeRelease`."""


@strawberry.input(description="What stands in for a loan beside people.")
class LoanCollateralAddInput:
    """The input of `loanCollateralAdd`."""

    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_ID)
    loan_id: strawberry.ID = strawberry.field(description=_LOAN)
    kind: CollateralKind = strawberry.field(description="What it is.")
    value: Decimal = strawberry.field(description="What it is worth.")
    valued_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="As of which date; today if left out, and never later."
    )
    description: str = strawberry.field(description="What it is, and where, in words: up to 500 characters.")


@strawberry.input(description="Which collateral is meant, as it was read.")
class _OnCollateral:
    group_id: strawberry.ID = strawberry.field(description=_GROUP)
    idempotency_key: UUID = strawberry.field(description=_KEY)
    collateral_id: strawberry.ID = strawberry.field(description="The collateral.")
    expected_version: int = strawberry.field(description=_VERSION)


@strawberry.input(description="What collateral is worth now.")
class LoanCollateralValueInput(_OnCollateral):
    """The input of `loanCollateralValue`."""

    value: Decimal = strawberry.field(description="What it is worth.")
    valued_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="As of which date; today if left out, never later or before the last."
    )


@strawberry.input(description="Collateral that stands in for its loan no more.")
class LoanCollateralReleaseInput(_OnCollateral):
    """The input of `loanCollateralRelease`."""


def _key(command: Any, outcome: Any) -> tuple[UUID, UUID]:
    return command.group_id, outcome.id


def _on_guarantee(service: Any, given: Any, command: type, description: str) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="guarantee",
        record_type=LoanGuarantee,
        load=load_guarantees,
        key=_key,
        description=description,
    )


def _on_collateral(service: Any, given: Any, command: type, description: str) -> Any:
    return command_mutation(
        service,
        given=given,
        command=command,
        record="collateral",
        record_type=LoanCollateral,
        load=load_collateral,
        key=_key,
        description=description,
    )


loan_guarantee_pledge = _on_guarantee(
    pledge_guarantee,
    LoanGuaranteePledgeInput,
    PledgeGuarantee,
    "Note that a member stands surety for a loan (guarantor). What she pledges for herself is accepted; what an "
    "officer notes for her she is to accept.",
)
loan_guarantee_accept = _on_guarantee(
    accept_guarantee,
    LoanGuaranteeAcceptInput,
    AcceptGuarantee,
    "Accept a guarantee, for oneself or as an officer who heard it of the guarantor.",
)
loan_guarantee_release = _on_guarantee(
    release_guarantee,
    LoanGuaranteeReleaseInput,
    ReleaseGuarantee,
    "Release a guarantor; she herself may decline only what she has not accepted.",
)
loan_collateral_add = _on_collateral(
    add_collateral, LoanCollateralAddInput, AddCollateral, "Note what stands in for a loan (collateral, security)."
)
loan_collateral_value = _on_collateral(
    value_collateral,
    LoanCollateralValueInput,
    ValueCollateral,
    "Note what collateral is worth as of a date (value).",
)
loan_collateral_release = _on_collateral(
    release_collateral,
    LoanCollateralReleaseInput,
    ReleaseCollateral,
    "Note that collateral was given back, or stands in for its loan no more.",
)
