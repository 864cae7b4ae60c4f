"""The mutations about guarantees and collateral."""

import strawberry

from graph.lending.securities import (
    loan_collateral_add,
    loan_collateral_release,
    loan_collateral_value,
    loan_guarantee_accept,
    loan_guarantee_pledge,
    loan_guarantee_release,
)

__all__ = ["SecurityMutations"]


@strawberry.type
class SecurityMutations:
    """What the root of mutations has about what stands in for loans."""

    loan_guarantee_pledge = loan_guarantee_pledge
    loan_guarantee_accept = loan_guarantee_accept
    loan_guarantee_release = loan_guarantee_release
    loan_collateral_add = loan_collateral_add
    loan_collateral_value = loan_collateral_value
    loan_collateral_release = loan_collateral_release
