"""Tables of the kernel: who acts, what was done, under which definition, who looked."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField
from django.db import models
from django.db.models import F, Func, Q, Value


def date_span() -> models.GeneratedField:
    """Gives the generated half-open date range of `valid_from` and `valid_to`."""
    return models.GeneratedField(
        expression=Func(F("valid_from"), F("valid_to"), Value("[)"), function="daterange"),
        output_field=DateRangeField(),
        db_persist=True,
    )


class Subject(models.Model):
    """What entries are about and what acts lock: a person (P), a household (H) or a place (L)."""

    kind = models.CharField(max_length=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["P", "H", "L"]), name="subject_kind_known")
        ]


class ActorManager(BaseUserManager["Actor"]):
    """Finds and makes actors."""

    def create_actor(self, username: str, password: str | None, **fields: object) -> Actor:
        """Makes one actor; without a password nobody can sign in as it."""
        actor: Actor = self.model(username=username, **fields)
        actor.set_password(password)
        actor.save(using=self._db)
        return actor


class Actor(AbstractBaseUser):
    """Somebody who signs in: a resident, a member of staff, or a part of the system."""

    username = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12)
    person = models.BigIntegerField(null=True, unique=True)
    name_zh = models.CharField(max_length=64)
    station = models.CharField(max_length=12, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    objects = ActorManager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["resident", "staff", "system", "department"]), name="actor_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind="resident") | Q(person__isnull=False), name="resident_is_a_person"
            ),
        ]


class PublishedDefinition(models.Model):
    """One version of a definition, in force from a date; never changed, only ended.

    Two persons stand behind each row: who drafted it and who published it.
    """

    kind = models.CharField(max_length=24)
    ident = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    content = models.JSONField()
    folder = models.TextField(blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    valid = date_span()
    drafted_by = models.CharField(max_length=64)
    published_by = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    signature = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(drafted_by=F("published_by")), name="definition_two_persons"
            ),
            ExclusionConstraint(
                name="definition_one_in_force",
                expressions=[("kind", "="), ("ident", "="), ("valid", "&&")],
            ),
        ]


class DefinitionDraft(models.Model):
    """A definition that somebody is writing; what it becomes is a published version of its own.

    Attributes:
        base: digest of the published version that the draft changes, empty for a new definition.
        text: the whole definition as TOML; of a parameter, the one `[[parameter]]`.
        state: `open`, `submitted` (waits for a second person), `published` or `dropped`.
        version: counts the savings, so that two persons do not overwrite each other.
        digest: digest of the published version that it became.
    """

    kind = models.CharField(max_length=24)
    ident = models.CharField(max_length=64)
    base = models.CharField(max_length=64, blank=True)
    text = models.TextField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=12, default="open")
    author = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="drafts")
    version = models.IntegerField(default=1)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    publisher = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="published")
    published_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["rule", "parameter"]), name="draft_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "submitted", "published", "dropped"]), name="draft_state_known"
            ),
            models.CheckConstraint(
                condition=Q(publisher__isnull=True) | ~Q(author=F("publisher")), name="draft_two_persons"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(publisher__isnull=False) & ~Q(digest="")),
                name="draft_published_by_somebody",
            ),
        ]


class Grant(models.Model):
    """A role given to an actor for areas (prefixes of division codes) and a time."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=64)
    divisions = ArrayField(models.CharField(max_length=12), default=list)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    valid = date_span()
    given_by = models.CharField(max_length=64)


class Act(models.Model):
    """The only way to write a register: one row an act, never changed."""

    id = models.BigIntegerField(primary_key=True)
    key = models.UUIDField(unique=True)
    event = models.CharField(max_length=24)
    definition = models.CharField(max_length=64)
    actor_id = models.BigIntegerField(null=True)
    grant_id = models.BigIntegerField(null=True)
    on_behalf_of = models.BigIntegerField(null=True)
    case_number = models.CharField(max_length=40, blank=True)
    station = models.CharField(max_length=12, blank=True)
    effective_on = models.DateField()
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    evidence = models.JSONField()
    leaf = models.BinaryField()
    prior_root = models.BinaryField()
    parts = models.BinaryField(db_default=b"")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_number"], name="act_case", condition=~Q(case_number="")),
        ]


class Batch(models.Model):
    """A sealed run of acts: Merkle root over their leaves, chained to the batch before."""

    first_act = models.BigIntegerField()
    last_act = models.BigIntegerField(unique=True)
    root = models.BinaryField()
    prior_root = models.BinaryField()
    at = models.DateTimeField()


class AccessRecord(models.Model):
    """Who looked at what of whom, for which purpose; shown to the person unless the law withholds it."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    grant_id = models.BigIntegerField(null=True)
    subject = models.BigIntegerField(null=True)
    who_zh = models.CharField(max_length=100)
    who_en = models.CharField(max_length=100)
    register = models.CharField(max_length=64)
    fields = ArrayField(models.CharField(max_length=64))
    purpose = models.CharField(max_length=40)
    ground = models.TextField(blank=True)
    case_number = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=40, blank=True)
    withheld = models.BooleanField(default=False)
    request_id = models.CharField(max_length=40, blank=True)
    leaf = models.BinaryField(db_default=b"")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "-id"], name="access_subject"),
            models.Index(fields=["request_id"], name="access_request", condition=~Q(request_id="")),
        ]


class AccessBatch(models.Model):
    """A sealed run of access records: Merkle root over their leaves, chained to the batch before.

    `marks` holds for each record its distance from the first one and the first bytes of its leaf, so
    that a record that was changed, put in or taken out can be named.
    """

    id = models.BigIntegerField(primary_key=True)
    first_record = models.BigIntegerField()
    last_record = models.BigIntegerField(unique=True)
    root = models.BinaryField()
    prior_root = models.BinaryField()
    marks = models.BinaryField()
    at = models.DateTimeField()


class DataKey(models.Model):
    """A data key, wrapped by the master key; rotation re-wraps it and never touches entries."""

    purpose = models.CharField(max_length=24)
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()


class Counter(models.Model):
    """The last number given out under a name; the row lock makes numbers unique."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.BigIntegerField()


class Entry(models.Model):
    """One row of a register on two time axes.

    `valid` is half open in days (when it is true in the world), `recorded` half open in moments
    (when the register knew it). A row is never changed except to close `recorded`, once.
    """

    subject = models.BigIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    valid = date_span()
    recorded_from = models.DateTimeField()
    recorded_to = models.DateTimeField(null=True)
    recorded = models.GeneratedField(
        expression=Func(
            F("recorded_from"), F("recorded_to"), Value("[)"), function="tstzrange"
        ),
        output_field=DateTimeRangeField(),
        db_persist=True,
    )
    opened_by = models.BigIntegerField()
    closed_by = models.BigIntegerField(null=True)

    class Meta:
        abstract = True
