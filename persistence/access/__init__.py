"""Users and their sessions in PostgreSQL, up to the moment from which there is a viewer."""

from __future__ import annotations

from persistence.access.sessions import Access, SignedIn
from persistence.access.users import create_first_admin, create_user

__all__ = ["Access", "SignedIn", "create_first_admin", "create_user"]
