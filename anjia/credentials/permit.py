"""What the electronic residence permit shows: who, where registered, where living, issued and endorsed when."""

from __future__ import annotations

from typing import Any

from anjia.credentials import words
from anjia.credentials.sheet import day, say
from anjia.kernel.errors import AnjiaError
from anjia.kernel.models import Act
from anjia.kernel.specs import CertificateSpec, CitySpec
from anjia.registers import endorsing, history, people


def content(act: Act, person: int, spec: CertificateSpec, city: CitySpec, language: str) -> dict[str, Any]:
    """Gives the layout's part `permit`: the permit as it was known at the act's moment (居住证暂行条例 Art. 4).

    Raises:
        AnjiaError: `permit-missing` (409) when the person had none then.
    """
    on, known_at = act.effective_on, act.at
    held = endorsing.permit(person, on, known_at)
    if held is None:
        raise AnjiaError(
            "permit-missing", "此人当时没有居住证", "This person had no permit at that moment",
            ("请核对登记簿", "Check the register"), status=409,
        )  # fmt: skip
    who = history.person(person, on, known_at)
    texts = {key: say(value, language) for key, value in spec.texts.items()}
    return {
        "permit": {
            "name": who.name,
            "sex": words.sex(who.sex, language),
            "ethnicity": words.ethnicity(who.ethnicity, language),
            "birth_on": day(who.birth_on, language),
            "citizen_no": people.number_of(person, None) or "",
            "home_address": held.home_address,
            "address": held.address,
            "serial": held.serial,
            "ground": texts[f"ground-{held.ground}"],
            "issued_on": day(held.issued_on, language),
            "years_from": day(held.years_from, language),
            "endorsed_on": day(held.endorsed_on, language) if held.endorsed_on else "",
            "due_on": day(held.due_on, language),
        }
    }
