"""The Django app of the residents' channel."""

from __future__ import annotations

from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """The residents' pages, no tables."""

    name = "anjia.channels.residents"
    label = "residents"
