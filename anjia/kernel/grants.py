"""Grants: actor × scope × area × register × fields × purpose, compiled to one predicate.

A role says what may be done; a grant gives the role to an actor, for areas and a time. What follows
from both is an `Allowed`, and every list, detail, search and export narrows by the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone

from anjia.kernel.definitions import publishing
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor, Grant
from anjia.kernel.specs.role import Permit, RoleSpec

Scope = Literal["own", "area", "all"]
ALL = "*"
WIDTH = {"own": 0, "area": 1, "all": 2}
CODE = 12
"""Digits of a full division code."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an actor may do with one register for one purpose.

    Attributes:
        grants: ids of the grants that it rests on.
        divisions: prefixes of division codes, for the scope `area`.
        person: the actor's own person, for the scope `own`.
        fields: names of fields that are shown; `*` for all.
    """

    actor: Actor
    register: str
    action: str
    purpose: str
    scope: Scope
    grants: tuple[int, ...] = ()
    divisions: tuple[str, ...] = ()
    person: int | None = None
    fields: frozenset[str] = field(default_factory=frozenset)

    @property
    def grant(self) -> int | None:
        """Id of the first grant that it rests on."""
        return self.grants[0] if self.grants else None

    def where(self, *, division: str, subject: str) -> tuple[str, list[Any]]:
        """Gives the SQL predicate of the rows that it shows.

        Args:
            division: SQL expression of the row's division code; from our own code, never from users.
            subject: SQL expression of the row's person.

        Returns:
            The predicate and its parameters; a prefix is a range, so that a prepared plan stays fast.
        """
        if self.scope == "all":
            return "TRUE", []
        if self.scope == "own":
            return (f"{subject} = %s", [self.person]) if self.person is not None else ("FALSE", [])
        parts, params = [], []
        for prefix in self.divisions:
            parts.append(f"({division} BETWEEN %s AND %s)")
            params += [prefix, last(prefix)]
        return (f"({' OR '.join(parts)})", params) if parts else ("FALSE", [])

    def q(self, *, division: str, subject: str) -> Q:
        """Gives the same predicate for the ORM, by names of fields."""
        if self.scope == "all":
            return Q()
        if self.scope == "own":
            return Q(**{subject: self.person}) if self.person is not None else Q(pk__in=[])
        found = Q(pk__in=[])
        for prefix in self.divisions:
            found |= Q(**{f"{division}__gte": prefix, f"{division}__lte": last(prefix)})
        return found

    def covers(self, *, division: str, subject: int | None) -> bool:
        """Says whether one row is shown."""
        if self.scope == "all":
            return True
        if self.scope == "own":
            return self.person is not None and subject == self.person
        return any(division.startswith(prefix) for prefix in self.divisions)

    def shows(self, name: str) -> bool:
        """Says whether a field is shown."""
        return ALL in self.fields or name in self.fields


def require(actor: Any, register: str, action: str, purpose: str, on: date | None = None) -> Allowed:
    """Gives what the actor may do.

    Raises:
        AnjiaError: `grant-missing` (403); it says who may, and nothing of what is hidden.
    """
    allowed = find(actor, register, action, purpose, on)
    if allowed is None:
        raise AnjiaError(
            "grant-missing",
            "您的账号没有这项权限",
            "Your account has no grant for this",
            ("需要的话，请所在单位的管理员为您授权", "If you need it, ask your office to give you the grant"),
            status=403,
            register=register,
            action=action,
        )
    return allowed


def find(actor: Any, register: str, action: str, purpose: str, on: date | None = None) -> Allowed | None:
    """Gives what the actor may do, None when nothing."""
    if not isinstance(actor, Actor) or not actor.is_active:
        return None
    found = [
        (grant, permit)
        for grant, role in _held(actor, on)
        for permit in role.permit
        if permit.register in (register, ALL)
        and (action in permit.actions or ALL in permit.actions)
        and (purpose in permit.purposes or ALL in permit.purposes)
    ]
    if not found:
        return None
    # Scopes are not added up: the widest one holds, with the fields that all its grants show, since
    # a field granted for one area must not show in another.
    scope = max((permit.scope for _, permit in found), key=WIDTH.__getitem__)
    widest = [(grant, permit) for grant, permit in found if permit.scope == scope]
    return Allowed(
        actor,
        register,
        action,
        purpose,
        scope,
        tuple(dict.fromkeys(grant.pk for grant, _ in widest)),
        _divisions(grant for grant, _ in widest) if scope == "area" else (),
        actor.person,
        _fields(widest),
    )


def roles_of(actor: Any, on: date | None = None) -> tuple[RoleSpec, ...]:
    """Gives the roles that an actor holds."""
    return tuple(role for _, role in _held(actor, on)) if isinstance(actor, Actor) else ()


def actions_of(actor: Any, on: date | None = None) -> frozenset[tuple[str, str]]:
    """Gives the pairs (register, action) that an actor may do for some purpose."""
    permits: Iterable[Permit] = (permit for role in roles_of(actor, on) for permit in role.permit)
    return frozenset((permit.register, action) for permit in permits for action in permit.actions)


def last(prefix: str) -> str:
    """Gives the last division code that begins with `prefix`; digits sort alike in every collation."""
    return prefix.ljust(CODE, "9")


def _held(actor: Actor, on: date | None) -> Iterator[tuple[Grant, RoleSpec]]:
    day = on or timezone.localdate()
    catalogue = publishing.in_force()
    rows = Grant.objects.filter(actor=actor, valid_from__lte=day).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    )
    for grant in rows.order_by("id"):
        role = catalogue.find("role", grant.role, day)
        if role is not None:
            yield grant, role.spec


def _fields(held: Iterable[tuple[Grant, Permit]]) -> frozenset[str]:
    """Gives the fields that every grant shows; the permits of one grant add up."""
    shown: dict[int, set[str]] = {}
    for grant, permit in held:
        shown.setdefault(grant.pk, set()).update(permit.fields)
    named = [fields for fields in shown.values() if ALL not in fields]
    return frozenset(set.intersection(*named)) if named else frozenset({ALL})


def _divisions(grants: Iterable[Grant]) -> tuple[str, ...]:
    """Gives the areas as prefixes: the zeros that fill a code to twelve digits say nothing."""
    codes = {_prefix(code) for grant in grants for code in grant.divisions}
    return tuple(sorted(code for code in codes if code))


def _prefix(code: str) -> str:
    if len(code) < CODE:
        return code
    for length in (2, 4, 6, 9):
        if not code[length:].strip("0"):
            return code[:length]
    return code
