"""Ways to break each policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.policy import RULES, Action, Resource, Rule, Term
from domain.policy.terms import TENANT_TERMS
from persistence.policies import PLAIN, _condition
from persistence.stores import READERS, REFERENCE, STORES, UNREADABLE, Store
from tests.permissions.vocabulary import OF_PARTNERS, adds_nothing

SYSTEM_ROLES = {Term.ADMIN: "kibubu_admin", Term.JOB: "kibubu_worker"}


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break one policy.

    Attributes:
        table: The policy's table.
        policy: Its name.
        action: What it is about; None for the owner's policy, and for one that lets everybody read.
        words: What is wrong afterwards.
        statement: What breaks it.
    """

    table: str
    policy: str
    action: Action | None
    words: str
    statement: str


def every_break() -> Iterator[Break]:
    """Every way to break every policy."""
    for table in (*(store.table for store in STORES.values()), *UNREADABLE, *REFERENCE):
        yield from _plain_breaks(table, "owner_all", None, "USING (false)", "WITH CHECK (false)")
    for table in REFERENCE:
        yield from _plain_breaks(table, "everybody_read", None, "USING (false)")
    for (resource, action), rule in RULES.items():
        if action is Action.READ or action in STORES[resource].writes:
            yield from _breaks_of(resource, action, rule)
    for store in STORES.values():
        yield Break(
            store.table,
            "every policy",
            Action.READ,
            "row-level security switched off",
            f"ALTER TABLE {store.table} DISABLE ROW LEVEL SECURITY",
        )


def _breaks_of(resource: Resource, action: Action, rule: Rule) -> Iterator[Break]:
    store = STORES[resource]
    system = [term for term in SYSTEM_ROLES if term in rule.terms]
    for term in system:
        policy = f"{term.value}_{action}"
        yield from _plain_breaks(
            store.table,
            policy,
            action,
            "USING (true)",
            "USING (false)",
            f"TO {SYSTEM_ROLES[term]}, kibubu_app USING (true)",
        )
    viewer = f"viewer_{action}"
    clauses = {
        Action.READ: ("USING (true)", "USING (false)", *(f"TO {role}" for role in READERS)),
        Action.CREATE: ("WITH CHECK (true)", "WITH CHECK (false)"),
        Action.UPDATE: ("USING (true) WITH CHECK (true)", "USING (false)", "WITH CHECK (false)"),
    }[action]
    yield from _plain_breaks(store.table, viewer, action, *clauses)
    for words, condition in _wrong_conditions(store, rule):
        clause = {
            Action.READ: f"USING ({condition})",
            Action.CREATE: f"WITH CHECK ({condition})",
            Action.UPDATE: f"USING ({condition}) WITH CHECK ({condition})",
        }[action]
        yield Break(store.table, viewer, action, words, f"ALTER POLICY {viewer} ON {store.table} {clause}")


def _plain_breaks(table: str, policy: str, action: Action | None, *clauses: str) -> Iterator[Break]:
    yield Break(table, policy, action, "dropped", f"DROP POLICY {policy} ON {table}")
    for clause in clauses:
        yield Break(table, policy, action, clause, f"ALTER POLICY {policy} ON {table} {clause}")


def _wrong_conditions(store: Store, rule: Rule) -> Iterator[tuple[str, str]]:
    """The rule's condition with one term too few, one too many, or half of one."""
    terms = rule.terms - set(SYSTEM_ROLES)
    for term in Term:
        if term in terms:
            yield f"without {term}", _of(store, rule, terms - {term})
        elif _speaks_of(term, terms, store, rule.resource) and not adds_nothing(term, terms):
            yield f"with {term}", _of(store, rule, terms | {term})
    condition = _of(store, rule, terms)
    halves = {
        Term.SELF: (
            (
                "any group's member of the same id",
                f" AND {store.tenant}::text || {store.member}::text = ANY (((SELECT app.own_pairs()))::text[])",
            ),
            (
                "every member of one's groups",
                condition[condition.find(f" AND {store.member}") : condition.find("))::text[])") + 11],
            ),
        ),
        Term.PARTNER_NAMES: (("no consent of the member's", " AND shown_to && ((SELECT app.own_partners()))::uuid[]"),),
    }
    for term, parts in halves.items():
        if term in terms and not (term is Term.SELF and store.member is None):
            for words, part in parts:
                assert condition.count(part) == 1, (condition, part)
                yield words, condition.replace(part, "")


def _of(store: Store, rule: Rule, terms: frozenset[Term]) -> str:
    return _condition(Rule(rule.resource, rule.action, terms), store, PLAIN) or "false"


def _speaks_of(term: Term, terms: frozenset[Term], store: Store, resource: Resource) -> bool:
    """Whether the term would let anybody in whom the others do not, by what the rows are about."""
    if term is Term.PARTNER_MANAGER:
        return resource in OF_PARTNERS
    if term is Term.PARTNER_NAMES:
        return store.shown_to
    if term is Term.SELF:
        # Whoever a row about a member is about is a member of the group.
        about_member = store.member is not None and Term.MEMBER not in terms
        return about_member or store.user is not None
    return term in TENANT_TERMS and store.tenant is not None
