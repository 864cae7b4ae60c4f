"""GraphiQL, served from this package alone: the page loads nothing from any other host.

How the files in `assets` are built is told in `README.md`.
"""

from __future__ import annotations

from graph.graphiql.examples import EXAMPLES, Example
from graph.graphiql.page import CONTENT_SECURITY_POLICY, SIGN_IN_HELP, graphiql_app

__all__ = ["CONTENT_SECURITY_POLICY", "EXAMPLES", "SIGN_IN_HELP", "Example", "graphiql_app"]
