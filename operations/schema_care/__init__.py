"""The published schema as a product: its rules of style, what may be taken away from it, and what its errors mean."""

from __future__ import annotations

from operations.schema_care.changes import unannounced_changes
from operations.schema_care.lint import lint

__all__ = ["lint", "unannounced_changes"]
