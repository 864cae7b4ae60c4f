"""Row-level security generated from the declaration of permissions.

The statements made here are frozen into a migration (`python -m persistence.policies` prints them); a test holds the
database's policies, privileges and entry kinds against a fresh generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.ledger.shapes import shape_texts
from domain.policy import ENTRY_KINDS, KINDS_TO_APPROVE, RULES, Action, Rule, Term
from domain.policy.terms import TENANT_TERMS
from persistence.stores import READERS, REFERENCE, STORES, UNREADABLE, Store

__all__ = ["Dialect", "grant_statements", "policy_statements"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a policy calls its helper: once before the scan, or in a form that a distributed PostgreSQL accepts."""

    opening: str = "(SELECT "
    closing: str = ")"

    def call(self, function: str, kind: str = "uuid") -> str:
        """A call of a helper that returns an array of ids, or of another type."""
        # The cast does nothing but keep the parser from reading the sub-query as a set of rows.
        return f"{self.ask(function)}::{kind}[]"

    def ask(self, function: str) -> str:
        """A call of a helper that returns one value."""
        return f"({self.opening}{function}{self.closing})"


PLAIN = Dialect()
DISTRIBUTED = Dialect(opening="", closing="")


_COMMANDS = {Action.READ: "SELECT", Action.CREATE: "INSERT", Action.UPDATE: "UPDATE"}


def _arm(term: Term, store: Store, dialect: Dialect) -> str | None:
    """The condition under which `term` lets a row through; None where another role stands for the term."""
    if term in (Term.ADMIN, Term.JOB):
        return None
    if term is Term.SELF:
        if store.user is not None:
            return f"{store.user} = {dialect.ask('app.own_user()')}"
        if store.member is None:
            raise AssertionError(f"{term} says nothing of rows of {store.table}")
        members = dialect.call("app.own_members()")
        tenants = dialect.call("app.tenants_as('member')")
        # Every group makes its members' ids, so that only the pair says who it is; the two lists are for the index.
        pair = f"{store.tenant}::text || {store.member}::text = ANY ({dialect.call('app.own_pairs()', 'text')})"
        return f"({store.tenant} = ANY ({tenants}) AND {store.member} = ANY ({members}) AND {pair})"
    if term is Term.NAMED:
        if store.named is None:
            raise AssertionError(f"rows of {store.table} name nobody")
        named = f"ARRAY(SELECT {store.tenant}::text || n::text FROM unnest({store.named}) n)"
        tenants = dialect.call("app.tenants_as('member')")
        return f"({store.tenant} = ANY ({tenants}) AND {named} && {dialect.call('app.own_pairs()', 'text')})"
    if term not in TENANT_TERMS or store.tenant is None:
        raise AssertionError(f"{term} says nothing of rows of {store.table}")
    helper = f"app.tenants_as('{term.value}')"
    listed = f"{store.tenant} = ANY ({dialect.call(helper)})"
    if term is Term.PARTNER_NAMES:
        if not store.shown_to:
            raise AssertionError(f"{store.table} does not say to whom its members opened it")
        return f"({listed} AND shown_to && {dialect.call('app.own_partners()')})"
    return listed


def _condition(rule: Rule, store: Store, dialect: Dialect) -> str | None:
    # The order of the vocabulary, so that a generation is the same each time.
    arms = [_arm(term, store, dialect) for term in Term if term in rule.terms]
    return " OR ".join(arm for arm in arms if arm is not None) or None


def _clauses(action: Action, condition: str) -> str:
    if action is Action.READ:
        return f"USING ({condition})"
    if action is Action.CREATE:
        return f"WITH CHECK ({condition})"
    return f"USING ({condition}) WITH CHECK ({condition})"


def policy_statements(dialect: Dialect = PLAIN) -> Iterator[str]:
    """The statements that put row-level security on every table, from nothing."""
    for table in [*(store.table for store in STORES.values()), *UNREADABLE, *REFERENCE]:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY owner_all ON {table} TO kibubu_owner USING (true) WITH CHECK (true)"
    for table in REFERENCE:
        yield f"CREATE POLICY everybody_read ON {table} FOR SELECT USING (true)"
    for (resource, action), rule in RULES.items():
        store = STORES[resource]
        if action is not Action.READ and action not in store.writes:
            continue
        command = _COMMANDS[action]
        condition = _condition(rule, store, dialect)
        roles = READERS if action is Action.READ else ("kibubu_app",)
        if condition is not None:
            clauses = _clauses(action, condition)
            yield f"CREATE POLICY viewer_{action} ON {store.table} FOR {command} TO {', '.join(roles)} {clauses}"
        for term, role in ((Term.ADMIN, "kibubu_admin"), (Term.JOB, "kibubu_worker")):
            if term in rule.terms:
                name = f"{term.value}_{action}"
                entered = dialect.ask(f"app.is_entered_as('{term.value}')")
                yield f"CREATE POLICY {name} ON {store.table} FOR {command} TO {role} {_clauses(action, entered)}"


def grant_statements() -> Iterator[str]:
    """The privileges on tables that go with the policies, and the right to each kind of entry."""
    for table in REFERENCE:
        yield f"GRANT SELECT ON {table} TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker"
    for (resource, action), rule in RULES.items():
        store = STORES[resource]
        if action is Action.READ:
            yield from _read_grants(store, [role for role, reads in _readers(rule) if reads])
        elif action in store.writes:
            columns = f" ({', '.join(store.updatable)})" if action is Action.UPDATE else ""
            yield f"GRANT {_COMMANDS[action]}{columns} ON {store.table} TO kibubu_app"
    for kind, terms in ENTRY_KINDS.items():
        needs = str(kind in KINDS_TO_APPROVE).lower()
        shapes = "ARRAY[" + ", ".join(f"'{shape}'" for shape in shape_texts(kind)) + "]"
        yield (
            "INSERT INTO ledger.entry_kinds (kind, terms, needs_approval, shapes)"
            f" VALUES ('{kind.value}', {_array(terms)}, {needs}, {shapes})"
        )
    for (resource, action), rule in RULES.items():
        values = f"('{resource.value}', '{action.value}', {_array(rule.terms)})"
        yield f"INSERT INTO app.rules (resource, action, terms) VALUES {values}"


def _array(terms: Iterable[Term]) -> str:
    """The terms as an array of SQL, in the order of the vocabulary."""
    return "ARRAY[" + ", ".join(f"'{term.value}'" for term in Term if term in terms) + "]"


def _read_grants(store: Store, roles: list[str]) -> Iterator[str]:
    limited = [role for role in roles if store.columns and role in READERS]
    if limited:
        yield f"GRANT SELECT ({', '.join(store.columns)}) ON {store.table} TO {', '.join(limited)}"
    # Whoever sees rows without a viewer's terms, to verify a book for one, sees them whole.
    whole = [role for role in roles if role not in limited]
    if whole:
        yield f"GRANT SELECT ON {store.table} TO {', '.join(whole)}"


def _readers(rule: Rule) -> tuple[tuple[str, bool], ...]:
    through_viewer = bool(rule.terms - {Term.ADMIN, Term.JOB})
    return (
        *((role, through_viewer) for role in READERS),
        ("kibubu_admin", Term.ADMIN in rule.terms),
        ("kibubu_worker", Term.JOB in rule.terms),
    )


if __name__ == "__main__":
    print(";\n\n".join([*policy_statements(), *grant_statements()]) + ";")  # noqa: T201 - its output is the migration
