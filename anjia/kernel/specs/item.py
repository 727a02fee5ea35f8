"""A service item: form, rules, outcomes, steps, register changes and documents in one file."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from anjia.kernel.specs.text import Basis, Words


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer of a choice field."""

    id: str
    label: Words
    hint: Words | None = None


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of the form.

    Attributes:
        type: how it is asked; `division` is picked district → town → community (a 12-digit code),
            `member` chooses one of the other members of the applicant's household and `members`
            any number of them (a list of subjects, possibly empty; expressions also read how many
            as `answers.<field>.count`), `outcome` one of the item's outcomes that are open.
        fact: id of the fact that the answer settles (its value is the answer).
        show_when: expression over facts and `answers.<field>`; hidden fields cannot be posted.
        check: expression over the same names that a valid answer makes true.
    """

    id: str
    type: Literal[
        "text",
        "number",
        "choice",
        "date",
        "yesno",
        "citizen_no",
        "member",
        "members",
        "outcome",
        "phone",
        "division",
    ]
    label: Words
    hint: Words | None = None
    required: bool = True
    fact: str = ""
    show_when: str = ""
    check: str = ""
    check_error: Words | None = None
    choice: tuple[Choice, ...] = ()
    max_length: int = 100


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page of the form, one topic.

    Attributes:
        shows: facts that the page shows above its questions, for the applicant to check; those that
            are unknown are left out.
    """

    id: str
    title: Words
    field: tuple[Field, ...]
    lead: Words | None = None
    show_when: str = ""
    shows: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One result that the item can give; open when all its rules hold.

    Attributes:
        event: type of the register event of this result; empty: that of the item.
    """

    id: str
    title: Words
    rules: tuple[str, ...]
    event: str = ""


class Material(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A paper that used to be asked and what replaces it."""

    id: str
    title: Words
    required: bool
    replaced_by: Literal[
        "data_share", "e_cert", "both", "self_check", "commitment", "e_signature", "e_seal", "upload", "none"
    ]
    facts: tuple[str, ...] = ()
    interface: str = ""
    tag: str = "assumed"


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody else's agreement, given by that person's own sign-in.

    Attributes:
        who: fact id whose value is that person's citizen number, or subject for a member of the household.
        fact: the bool fact that the consent settles.
        when: expression; the person is asked only when it is true (empty: always).
    """

    id: str
    title: Words
    who: str
    fact: str
    question: Words
    term_days: int = 15
    when: str = ""


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People whom the decision touches without their asking, and who are heard before it.

    They are those who are registered at a dwelling and not in the applicant's household. The case then
    knows the facts `<id>.persons` (how many they are), `<id>.heard` (true once all have spoken or the
    term is over), `<id>.objections` (how many object) and `<id>.destinations` (where each would go).

    Attributes:
        place: fact id with the standard address code of the dwelling.
        told: what they are told when a step with `tells` passes; `{due}` stands for the last day to speak.
        term_days: days to speak after being told.
        public_days: days of public notice before that term, for those who cannot be reached.
        public_check: fact of a check at the telling step that says that notice was given in public.
        interface: query about each of them that gives a dwelling of their own.
        dwelling: the fact of that query with the address code.
    """

    id: str
    title: Words
    place: str
    told: Words
    term_days: int
    public_days: int = 0
    public_check: str = ""
    interface: str = ""
    dwelling: str = ""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the procedure at the office.

    Attributes:
        action: the grant's action that the step needs (`prereview`, `accept`, `examine`, `approve`).
        level: office level that takes it.
        not_same_as: ids of steps whose actor may not take this one.
        term_working_days: promise, counted in working days from the step before.
        lapse: what a missed term means (`passes`, `escalates`).
        checks: facts that the clerk may settle at this step: those of source `clerk`, and any other
            that is unknown by then (a lessor who comes in person instead of signing in).
        tells: party that is told when this step passes.
        hears: party that has been heard before this step passes.
        awaits: facts that another office settles after this step; it passes while they are unknown,
            and they are asked for then.
        outcomes: the results for which the step is taken; empty: for all.
    """

    id: str
    title: Words
    action: Literal["prereview", "accept", "examine", "approve"]
    level: Literal["station", "county", "city"]
    term_working_days: int
    not_same_as: tuple[str, ...] = ()
    lapse: Literal["passes", "escalates"] = "escalates"
    checks: tuple[str, ...] = ()
    visit: bool = False
    tells: str = ""
    hears: str = ""
    awaits: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One register operation of the act, in order.

    `do` names an operation that `anjia.registers.operations` declares; `values` are its arguments,
    each an expression over facts, answers and `outcome`. The argument `person` is the one whom the item
    is about, unless `values` names another.

    Attributes:
        on: expression for the day on which it becomes true (a day of death); empty: the day of the decision.
    """

    do: str
    values: dict[str, str] = {}
    when: str = ""
    on: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate that the decision makes: on `yes`, on `no` or on `any`.

    Attributes:
        to: id of a party, each of whom gets it; empty for the applicant.
    """

    certificate: str
    on: Literal["yes", "no", "any"] = "yes"
    to: str = ""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Promised terms in working days and their ground."""

    prereview_working_days: int
    decision_working_days: int
    basis: Words
    tag: str


class ItemExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts and the outcomes that must be open with them (verdict per outcome)."""

    name: str
    on: date
    facts: dict[str, Any]
    expect: dict[str, Literal["yes", "no", "unknown"]]


class ItemSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service item (files `items/*.toml`), run by the engine in all channels.

    Attributes:
        rules: rules common to all outcomes, beside each outcome's own; a rule that reads `first`
            is advice and bars no outcome.
        event: type of the register event that a positive decision makes.
        data_purpose: id of the city's purpose under which data may be asked and read.
        about: expressions for the person whom the application is about, where that is not who applies: an
            answer of type `member`, or a citizen number; the first that is known counts. The register's
            facts are then that person's.
        given: fact id → expression; facts of source `case` that this item says itself, from answers, facts
            and `outcome`; and those that would else be asked or checked but follow from what is applied for.
    """

    kind: Literal["item"]
    id: str
    slug: str
    title: Words
    purpose: Words
    applicant: Words
    channel: Literal["shown", "instant", "convenience", "online", "prereview"]
    event: str
    data_purpose: str
    valid_from: date
    rules: tuple[str, ...]
    outcome: tuple[Outcome, ...]
    topic: tuple[Topic, ...]
    step: tuple[Step, ...]
    change: tuple[Change, ...]
    terms: Terms
    tags: tuple[str, ...]
    interfaces: tuple[str, ...] = ()
    material: tuple[Material, ...] = ()
    consent: tuple[Consent, ...] = ()
    party: tuple[Party, ...] = ()
    document: tuple[Document, ...] = ()
    effects: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()
    example: tuple[ItemExample, ...] = ()
    about: tuple[str, ...] = ()
    given: dict[str, str] = {}
    icon: str = "document"
    valid_to: date | None = None
