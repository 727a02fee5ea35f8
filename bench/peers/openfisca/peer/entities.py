# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one entity of the peer: a person."""

from openfisca_core.entities import build_entity

Person = build_entity(key="person", plural="persons", label="A person", is_person=True)
