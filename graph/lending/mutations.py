"""What can be done with loans and loan products."""

import strawberry

from graph.lending.products import loan_product_add, loan_product_retire, loan_product_revise
from graph.lending.steps import (
    loan_apply,
    loan_appraise,
    loan_approve,
    loan_disburse,
    loan_reject,
    loan_withdraw,
)

__all__ = ["LoanMutations"]


@strawberry.type(description="What can be done with loans.")
class LoanMutations:
    """The mutations of lending."""

    loan_product_add = loan_product_add
    loan_product_revise = loan_product_revise
    loan_product_retire = loan_product_retire
    loan_apply = loan_apply
    loan_withdraw = loan_withdraw
    loan_appraise = loan_appraise
    loan_approve = loan_approve
    loan_reject = loan_reject
    loan_disburse = loan_disburse
