"""What the limits say of a document, once for as long as it is remembered."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import DocumentNode, OperationDefinitionNode

from graph.limits.cost import CostModel, OperationCost
from graph.limits.refusals import LimitExceeded
from graph.limits.shape import check_shape

__all__ = ["Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the limits say of a document.

    Attributes:
        refusal: Why the document is not even validated; None if it may be.
        costs: What each operation costs, by the `id` of its node; nothing for a document that is refused.
    """

    refusal: LimitExceeded | None
    costs: dict[int, OperationCost]

    def cost_of(self, operation: OperationDefinitionNode) -> OperationCost | None:
        """What the operation costs; None for one of a document that is refused."""
        return self.costs.get(id(operation))


def inspect(document: DocumentNode, model: CostModel) -> Inspection:
    """Look at a document."""
    try:
        check_shape(document)
    except LimitExceeded as refusal:
        return Inspection(refusal, {})
    return Inspection(None, model.of_document(document))
