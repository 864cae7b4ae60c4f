"""What an operation may be and cost, and how much a viewer may ask for in a time.

It knows the schema's declarations, and nothing of what they are about.
"""

from graph.budgets import Budget, budget_of
from graph.limits.addresses import TrustedProxies
from graph.limits.buckets import Buckets
from graph.limits.cost import CostModel, OperationCost
from graph.limits.gate import Admission, Gate
from graph.limits.inspection import Inspection, inspect
from graph.limits.refusals import LimitExceeded, Throttled
from graph.limits.weights import ARGUMENT_DESCRIPTIONS, Cost, ListSize, Weights, free

__all__ = [
    "ARGUMENT_DESCRIPTIONS",
    "Admission",
    "Buckets",
    "Budget",
    "Cost",
    "CostModel",
    "Gate",
    "Inspection",
    "LimitExceeded",
    "ListSize",
    "OperationCost",
    "Throttled",
    "TrustedProxies",
    "Weights",
    "budget_of",
    "free",
    "inspect",
]
