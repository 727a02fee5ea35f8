"""Who says that a citizen number is theirs when it was not given out here, and how that ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anjia.kernel.models import Entry
from anjia.registers.constraints import entry_rules, open_index, span_rules

OPEN, DISPUTED, RESOLVED = "open", "disputed", "resolved"


class Claim(Entry):
    """A claim on a number that was inherited; beside it a number issued here has one owner (INV-04).

    Attributes:
        blind: blind index of the number, as in the register of identities.
        outcome: `kept` or `renumbered` once it is resolved.
    """

    blind = models.BinaryField()
    state = models.CharField(max_length=8)
    outcome = models.CharField(max_length=10, blank=True)
    ground = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            *entry_rules("claim", by=("subject", "blind")),
            *span_rules("claim"),
            models.CheckConstraint(name="claim_state_known", condition=Q(state__in=[OPEN, DISPUTED, RESOLVED])),
            models.CheckConstraint(
                name="claim_outcome_known",
                condition=Q(state=RESOLVED, outcome__in=["kept", "renumbered"]) | Q(outcome="") & ~Q(state=RESOLVED),
            ),
        ]
        indexes: ClassVar = [
            open_index("claim"),
            models.Index(fields=["subject"], name="claim_subject"),
            open_index("claim", "blind"),
        ]
