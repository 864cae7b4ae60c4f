"""Runs a plan from its root."""

from __future__ import annotations

from typing import Any

from graph.engine.completing import field_values, select
from graph.engine.paths import Root
from graph.engine.plan import FAILED, Selection
from graph.engine.run import Run

__all__ = ["run_query", "run_serially"]


async def run_query(run: Run, selection: Selection) -> dict[str, Any] | None:
    """The data of a query, or of the event of a subscription."""
    (data,) = await select(run, selection, [run.root_value], Root())
    return None if data is FAILED else data


async def run_serially(run: Run, selection: Selection) -> dict[str, Any] | None:
    """The data of a mutation: each field is done, with all below it, before the next begins."""
    data: dict[str, Any] = {}
    for plan in selection.fields:
        (value,) = await field_values(run, plan, [run.root_value], Root())
        if value is FAILED:
            return None
        data[plan.key] = value
    return data
