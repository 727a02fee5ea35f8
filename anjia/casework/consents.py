"""Other people's agreement: asked once a fact names them, answered by them alone, withdrawn by them."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from anjia.casework import agreement, facts, notices, writing
from anjia.casework.definition import item_of
from anjia.casework.models import Case, Consent
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Actor
from anjia.kernel.specs.item import Consent as ConsentSpec
from anjia.kernel.specs.text import Words

of_case = agreement.of_case


def asked_of(person: int) -> list[Consent]:
    """Gives the questions to a person, open and answered, newest first."""
    return list(Consent.objects.select_related("case").filter(person=person).exclude(state="void").order_by("-id"))


def spec_of(consent: Consent) -> ConsentSpec:
    """Gives the declaration of a consent, with the question in words."""
    return next(spec for spec in item_of(consent.case).consent if spec.id == consent.consent)


def answer(actor: Actor, consent_id: int, agrees: bool) -> Consent:
    """Stores the answer of the person who was asked; it may be changed until the case is decided.

    Raises:
        AnjiaError: `consent-unknown` (404) when this question is not the actor's own,
            `case-closed` (409) when the case is decided or withdrawn.
    """
    with transaction.atomic():
        # The case is locked first, as every writer does; a decision under way then has the word.
        found = Consent.objects.filter(pk=consent_id).exclude(state="void").first()
        if found is None or actor.person is None or found.person != actor.person:
            raise _unknown()
        with writing.locked(found.case) as case:
            consent = Consent.objects.select_for_update(of=("self",)).get(pk=found.pk)
            if consent.state == "void":
                raise _unknown()
            writing.require_open(case)
            wanted = "agreed" if agrees else "declined"
            if consent.state == wanted:
                return consent
            consent.state, consent.answered_at = wanted, timezone.now()
            consent.save(update_fields=["state", "answered_at"])
            writing.save(case, outcome=facts.outcome(case))
            _tell_applicant(consent, case)
            return consent


def _tell_applicant(consent: Consent, case: Case) -> None:
    spec = spec_of(consent)
    zh, en = ("已同意", "agreed") if consent.state == "agreed" else ("没有同意", "did not agree")
    notices.send(
        f"consent:{consent.pk}:{consent.state}:{case.version}",
        person=case.person,
        case=case,
        kind="consent",
        title=spec.title,
        body=Words(f"办件 {case.number}：对方{zh}。", f"Case {case.number}: the other person {en}."),
    )


def _unknown() -> AnjiaError:
    return AnjiaError(
        "consent-unknown",
        "没有需要您回答的这件事",
        "There is no such question to you",
        ("请从“同意事项”进入", "Start from “Consents”"),
        status=404,
    )
