"""The citizen number and phone of a person, encrypted and bound to their row; found by blind index."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules


class Identity(Entry):
    """The citizen number and phone of a person, encrypted and bound to their row; found by blind index.

    Attributes:
        says: birth date and sex that a number states, so that the database can compare them with the
            particulars (INV-04); empty for phones and for what no number of 18 characters is.
    """

    kind = models.CharField(max_length=10)
    uid = models.UUIDField()
    ciphertext = models.BinaryField()
    blind = models.BinaryField()
    key_id = models.IntegerField()
    issued_here = models.BooleanField(default=True)
    says = models.CharField(max_length=9, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            *entry_rules("identity", by=("subject", "kind")),
            *span_rules("identity"),
            models.CheckConstraint(
                name="identity_kind_known", condition=Q(kind__in=["citizen_no", "phone"])
            ),
            # A shortened copy keeps the bytes and the uid to which they are bound.
            models.UniqueConstraint(name="identity_uid_once", fields=["uid"], condition=Q(recorded_to__isnull=True)),
            models.UniqueConstraint(
                name="identity_number_is_nobody_elses",
                fields=["blind"],
                condition=Q(kind="citizen_no", recorded_to__isnull=True, issued_here=True),
            ),
        ]
        indexes: ClassVar = [
            open_index("identity"),
            models.Index(fields=["subject"], name="identity_subject"),
            models.Index(fields=["blind"], name="identity_blind"),
        ]
