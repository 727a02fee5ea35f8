"""The register of issued documents."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Document(models.Model):
    """One issued document: what it is, whose, what it rests on, and its bytes.

    A row is written once. Only the three closing columns may be set later, once: when the document
    is revoked or replaced. The bytes are encrypted, because a booklet page prints a citizen number.
    """

    uid = models.UUIDField(unique=True)
    number = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=16)
    certificate = models.CharField(max_length=64)
    definition = models.CharField(max_length=64)
    layout = models.CharField(max_length=64)
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=200)
    issuer = models.CharField(max_length=12)
    issuer_zh = models.CharField(max_length=100)
    issuer_en = models.CharField(max_length=200)
    person = models.BigIntegerField()
    household = models.BigIntegerField(null=True)
    act_id = models.BigIntegerField(null=True)
    case_number = models.CharField(max_length=40, blank=True)
    division = models.CharField(max_length=12)
    language = models.CharField(max_length=8)
    issued_at = models.DateTimeField()
    known_at = models.DateTimeField()
    valid_until = models.DateField(null=True)
    digest = models.CharField(max_length=64, unique=True)
    size = models.IntegerField()
    content = models.BinaryField()
    revoked_at = models.DateTimeField(null=True)
    revoked_ground = models.CharField(max_length=200, blank=True)
    replaced_by = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="document_once_an_act",
                fields=["act_id", "certificate", "person"],
                condition=Q(act_id__isnull=False),
            ),
            models.CheckConstraint(
                name="document_revoked_with_ground",
                condition=Q(revoked_at__isnull=True) | ~Q(revoked_ground=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], name="document_person"),
            models.Index(fields=["case_number"], name="document_case", condition=~Q(case_number="")),
        ]

    @property
    def is_revoked(self) -> bool:
        """Says whether the document was taken back or replaced."""
        return self.revoked_at is not None
