"""What departments share is not asked again (rule P-02)."""

from __future__ import annotations

from anjia.kernel.definitions.catalogue import Catalogue

SEARCHED = frozenset({"lease.contract_no", "own.title_no", "auction.ruling_no"})
"""Numbers by which a department finds its record; whoever does not know them leaves them empty."""


def test_no_form_asks_what_a_department_shares(city: Catalogue) -> None:
    shared = {one.id for one in city.list("fact") if one.spec.source.startswith("interface:")}
    asked = [
        (item.id, field.fact or field.id)
        for item in city.list("item")
        for topic in item.spec.topic
        for field in topic.field
        if (field.fact or field.id) in shared - SEARCHED
    ]
    assert len(shared) > 50
    assert asked == []
