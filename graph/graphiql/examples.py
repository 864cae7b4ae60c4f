"""The operations that the GraphiQL page opens with, one in each tab."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXAMPLES", "Example"]


@dataclass(frozen=True, slots=True)
class Example:
    """One tab of the page.

    Attributes:
        title: What the operation shows; it stands above the query as a comment.
        query: The document. The tab takes the name of its first operation.
        variables: The variables as JSON, empty for none.
        headers: The request headers as a JSON object, empty for none.
    """

    title: str
    query: str
    variables: str = ""
    headers: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for an example without a title of one line or without a query."""
        if not self.title.strip() or "\n" in self.title or not self.query.strip():
            raise ValueError("an example needs a title of one line and a query")


EXAMPLES: tuple[Example, ...] = (
    Example(
        title="Is the server there?",
        query="query Ping {\n  __typename\n}\n",
    ),
    Example(
        title="What can be asked, and what can be done?",
        query="""query Operations {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
    mutationType {
      fields {
        name
        description
      }
    }
  }
}
""",
    ),
    Example(
        title="What is a type made of?",
        query="""query TypeByName($name: String!) {
  __type(name: $name) {
    kind
    description
    fields {
      name
      type {
        kind
        name
        ofType {
          name
        }
      }
    }
  }
}
""",
        variables='{\n  "name": "Query"\n}\n',
    ),
)
