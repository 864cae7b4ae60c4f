"""Demonstration data: forty groups with a year of meetings, of people who do not exist."""

from __future__ import annotations

from operations.demonstration.loading import Report, load_demonstration
from operations.demonstration.plan import FULL, Scale
from operations.demonstration.sign_ins import SIGN_INS, SignIn
from operations.demonstration.state import is_wanted

__all__ = ["FULL", "SIGN_INS", "Report", "Scale", "SignIn", "is_wanted", "load_demonstration"]
