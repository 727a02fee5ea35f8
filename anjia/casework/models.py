"""Tables of casework: the case, its steps, other people's consents, and notices.

A case is a draft of an act: it may change until it is decided, under a version that every write
raises. Steps and notices are never changed; the registers are written by acts alone.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

OPEN_STATES = ("draft", "open", "supplement")
STATES = (*OPEN_STATES, "decided", "refused", "withdrawn")


class Case(models.Model):
    """One request for one item about one person.

    Attributes:
        definition: digest of the item's definition when the case was opened; it judges the case.
        facts: fact id → value, source, moment and words; sensitive values are encrypted.
        answers: field id → answer; numbers and phones are encrypted.
        basis: ids of the register's entries on which the last judgement rests.
        version: raised by every write; a page that shows an older one is stale.
        submit_key: key of the submission, so that a form sent twice is one submission.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=40, unique=True)
    item = models.CharField(max_length=64)
    definition = models.CharField(max_length=64)
    person = models.BigIntegerField()
    on_behalf_of = models.BigIntegerField(null=True)
    opened_by = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=12, default="draft")
    next_step = models.CharField(max_length=40, blank=True)
    due_on = models.DateField(null=True)
    answers = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    basis = ArrayField(models.BigIntegerField(), default=list)
    outcome = models.CharField(max_length=64, blank=True)
    division = models.CharField(max_length=12)
    station = models.CharField(max_length=12)
    version = models.IntegerField(default=1)
    submit_key = models.UUIDField(null=True, unique=True)
    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    act_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=STATES)),
            models.UniqueConstraint(
                name="case_one_open", fields=["person", "item"], condition=Q(state__in=OPEN_STATES)
            ),
            models.CheckConstraint(
                name="case_decided_by_an_act",
                condition=~Q(state__in=["decided", "refused"]) | Q(act_id__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["division", "due_on", "id"], name="case_queue", condition=Q(state__in=OPEN_STATES)),
            models.Index(fields=["state", "due_on"], name="case_due", condition=Q(state="open")),
            models.Index(fields=["person", "-id"], name="case_person"),
        ]


class Step(models.Model):
    """One thing done with a case: by an officer, by the applicant, or by a missed term.

    Attributes:
        verdict: `submit`, `pass`, `supplement`, `refuse`, `withdraw`, `lapse`, `escalate`, `return`
            (the register moved), `transfer` (to the station of the place, once it is known).
        checks: fact id → what the officer saw at the window.
        clause: `rule.clause` on which a refusal rests.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=40)
    verdict = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    key = models.UUIDField(unique=True)
    note = models.TextField(blank=True)
    checks = models.JSONField(default=dict)
    clause = models.CharField(max_length=130, blank=True)
    act_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="step_verdict_known",
                condition=Q(
                    verdict__in=[
                        "submit", "pass", "supplement", "refuse", "withdraw", "lapse", "escalate", "return",
                        "transfer",
                    ]
                ),
            )
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["case", "id"], name="step_case")]


class Consent(models.Model):
    """A question to another person, answered in that person's own sign-in.

    Attributes:
        consent: id of the consent in the item's definition.
        state: `asked`, `agreed`, `declined`, or `void` when the facts no longer name this person.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consents")
    consent = models.CharField(max_length=64)
    person = models.BigIntegerField()
    state = models.CharField(max_length=10, default="asked")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="consent_state_known", condition=Q(state__in=["asked", "agreed", "declined", "void"])
            ),
            models.UniqueConstraint(name="consent_once", fields=["case", "consent"], condition=~Q(state="void")),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="consent_person")]


class Statement(models.Model):
    """The right of a person whom a decision would touch to be heard before it.

    Attributes:
        party: id of the party in the item's definition.
        public: told by public notice, because the person could not be reached.
        due_on: last day to speak.
        state: `told`, `agreed` or `objected`.
        dwelling: standard address code of a dwelling of the person's own, empty when none is known.
        wish: address code of where the person would rather go, or `collective`; empty for the order
            that the rules set.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="statements")
    party = models.CharField(max_length=64)
    person = models.BigIntegerField()
    told_at = models.DateTimeField()
    public = models.BooleanField(default=False)
    due_on = models.DateField()
    state = models.CharField(max_length=10, default="told")
    words = models.TextField(blank=True)
    dwelling = models.CharField(max_length=20, blank=True)
    wish = models.CharField(max_length=20, blank=True)
    said_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="statement_state_known", condition=Q(state__in=["told", "agreed", "objected"])),
            models.UniqueConstraint(name="statement_once", fields=["case", "party", "person"]),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="statement_person")]


class Notice(models.Model):
    """A message to a person about a case; `key` makes it one however often the worker tries."""

    key = models.CharField(max_length=80, unique=True)
    person = models.BigIntegerField()
    case_number = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    title_zh = models.TextField()
    title_en = models.TextField()
    body_zh = models.TextField()
    body_en = models.TextField()
    act_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="notice_person")]
