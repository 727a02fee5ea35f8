"""The words of the codes that a document prints; a code that no table has prints as itself."""

from __future__ import annotations

from anjia.credentials.sheet import say
from anjia.kernel import codes


def word(table: str, code: str, language: str) -> str:
    """Gives the words of a code of one table, empty for no code.

    A register that is older than a table may hold codes that the table lacks; printing the code is
    true, printing nothing would not be.
    """
    found = codes.table(table)
    code = found.legacy.get(code, code)
    return say(found[code], language) if code in found else code


def kind(code: str, language: str) -> str:
    """Gives the kind of a household."""
    return word("household_kind", code, language)


def relation(code: str, language: str) -> str:
    """Gives the relation to the head."""
    return word("relation", code, language)


def sex(code: str, language: str) -> str:
    """Gives the sex."""
    return word("sex", code, language)


def ethnicity(code: str, language: str) -> str:
    """Gives the ethnic group."""
    return word("ethnicity", code, language)


def education(code: str, language: str) -> str:
    """Gives the schooling."""
    return word("education", code, language)


def marital(code: str, language: str) -> str:
    """Gives the marital status."""
    return word("marital", code, language)


def military(code: str, language: str) -> str:
    """Gives the military status."""
    return word("military_status", code, language)
