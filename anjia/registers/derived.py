"""Tables that are derived from the registers so that people and addresses are found; they are no register.

Their rows may be deleted and remade at any time (`anjia search rebuild`). Nothing is read from them but
keys; whatever a list shows comes from the registers.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Changed(models.Model):
    """A subject that an act has changed and whose derived rows are not remade yet."""

    subject = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"], name="changed_subject")]


class NameToken(models.Model):
    """One way to ask for one person: a piece of the name in characters, pinyin or initials.

    `division` is the area by which the person is reached (`indexing.PERSONS`); it comes before the
    subject in the key, so a station reads its own area only and pages by key.
    """

    pk = models.CompositePrimaryKey("token", "division", "subject")
    token = models.TextField(db_collation="C")
    division = models.CharField(max_length=12, db_collation="C")
    subject = models.BigIntegerField()
    born = models.SmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"], name="nametoken_subject")]


class PlaceName(models.Model):
    """One piece of the name of a street or compound that a division has; its places are read from the register.

    Division and name compare as the register's do, or its index could not be used.
    """

    pk = models.CompositePrimaryKey("token", "division", "kind", "name")
    token = models.TextField(db_collation="C")
    division = models.CharField(max_length=12)
    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=100)
