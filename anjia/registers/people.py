"""Finding persons, and the few places where a citizen number or phone is opened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from anjia.kernel import access
from anjia.kernel.codes import citizen_no
from anjia.kernel.errors import AnjiaError
from anjia.kernel.grants import Allowed
from anjia.kernel.vault import normalise, vault
from anjia.registers.identity import Identity

TABLE = "registers_identity"
OLD, EIGHTEEN = 15, 18
PEERS = 20
"""Bearers of one number that are looked at."""


def find_by_number(number: str) -> int | None:
    """Gives the person of a citizen number by its blind index, None when the register has none.

    A number of 15 digits is a search key: it finds the person who carries its 18 characters.
    """
    return next(iter(list_by_number(number)), None)


def list_by_number(number: str) -> list[int]:
    """Gives everybody who bears a citizen number: one person, or several where an inherited duplicate is open."""
    text = normalise(number)
    blind = vault().blind("citizen_no", citizen_no.lengthened(text) if len(text) == OLD else text)
    rows = Identity.objects.filter(blind=blind, kind="citizen_no", recorded_to__isnull=True)
    # Who carries it comes before who carried it; a number issued here comes before an inherited claim.
    first = (F("valid_to").desc(nulls_first=True), "-issued_here", "id")
    return list(dict.fromkeys(rows.order_by(*first).values_list("subject", flat=True)[:PEERS]))


def number_of(subject: int, allowed: Allowed | None) -> str | None:
    """Gives a person's citizen number and records the look.

    Args:
        allowed: what the reader may do; None for the house's own work on an act, which is recorded there.

    Raises:
        AnjiaError: `field-hidden` (403) when the grant does not show the number, or not this person.
    """
    return _open(subject, "citizen_no", allowed)


def number_on(subject: int, on: date, known_at: datetime) -> str | None:
    """Gives the citizen number that a person bore on a day as known at a moment, for a paper of that day.

    The paper that shows it is the record of the look. Before the number was given the one that the
    person was given later is shown: it is the same person's for life.
    """
    rows = Identity.objects.filter(subject=subject, kind="citizen_no", recorded_from__lte=known_at)
    known = rows.exclude(recorded_to__lte=known_at).order_by("-issued_here", "valid_from", "id")
    row = known.filter(valid_from__lte=on).exclude(valid_to__lte=on).first() or known.first()
    return None if row is None else vault().decrypt(row.ciphertext, TABLE, row.uid)


def phone_of(subject: int, allowed: Allowed | None) -> str | None:
    """Gives a person's phone, under the same rule."""
    return _open(subject, "phone", allowed)


def name_of(subject: int) -> str:
    """Gives a person's present name, empty when the register has none."""
    return names_of([subject]).get(subject, "")


def names_of(subjects: Iterable[int]) -> dict[int, str]:
    """Gives the present names of several persons."""
    wanted = list(set(subjects))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (subject) subject, name FROM registers_particulars "
            "WHERE subject = ANY(%s::bigint[]) AND recorded_to IS NULL ORDER BY subject, valid_from DESC",
            [wanted],
        )
        return dict(cursor.fetchall())


def sealed(kind: str, text: str, uid: Any) -> dict[str, Any]:
    """Gives the values of an identity entry: ciphertext bound to its row, blind index, key.

    Args:
        kind: `citizen_no` or `phone`.
        uid: the row's uuid.
    """
    keys = vault()
    plain = normalise(text)
    return {
        "kind": kind,
        "uid": uid,
        "ciphertext": keys.encrypt(plain, TABLE, uid),
        "blind": keys.blind(kind, plain),
        "key_id": keys.current,
        "issued_here": True,
        "says": says(plain) if kind == "citizen_no" else "",
    }


def says(number: str) -> str:
    """Gives birth date and sex that a number states, empty when it is none of 18 characters."""
    if len(number) != EIGHTEEN or not number[:17].isdecimal():
        return ""
    return f"{number[6:14]}{2 - int(number[16]) % 2}"


def _open(subject: int, kind: str, allowed: Allowed | None) -> str | None:
    if allowed is not None and not (
        allowed.shows(kind) and allowed.covers(division=division_of(subject), subject=subject)
    ):
        raise AnjiaError(
            "field-hidden",
            "您的授权不显示这一项",
            "Your grant does not show this field",
            ("需要时请说明用途并申请授权", "Ask for a grant with its purpose"),
            status=403,
            field=kind,
        )
    row = (
        Identity.objects.filter(subject=subject, kind=kind, recorded_to__isnull=True)
        .order_by("-valid_from", "-id")
        .first()
    )
    if row is None or (row.valid_to is not None and row.valid_to <= timezone.localdate() and kind == "phone"):
        return None
    if allowed is not None:
        access.look(allowed, subject, register="identity", fields=(kind,), ground=allowed.register)
    return vault().decrypt(row.ciphertext, TABLE, row.uid)


def division_of(subject: int) -> str:
    """Gives the division of a person's registration, empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT division FROM registers_membership "
            "WHERE subject = %s::bigint AND recorded_to IS NULL AND valid_to IS NULL",
            [subject],
        )
        row = cursor.fetchone()
    return row[0] if row else ""


def particulars_of(subject: int) -> dict[str, Any]:
    """Gives name, sex, birth date and county of first registration of a person as they are known now.

    Raises:
        AnjiaError: `person-unknown` (404).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sex, birth_on, first_county FROM registers_particulars WHERE subject = %s::bigint "
            "AND recorded_to IS NULL ORDER BY valid_from DESC LIMIT 1",
            [subject],
        )
        row = cursor.fetchone()
    if row is None:
        raise AnjiaError(
            "person-unknown", "没有查到此人的登记", "The register does not know this person",
            ("请核对号码", "Check the number"), status=404,
        )  # fmt: skip
    return dict(zip(("name", "sex", "birth_on", "first_county"), row, strict=True))
