"""The Django app of the design system."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """The design system: templates and static files, no tables."""

    name = "anjia.channels.ui"
    label = "ui"
