"""Django's entry to the rule book."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    """Registers templates and static files of the rule book; it has no tables."""

    name = "anjia.channels.rulebook"
    label = "rulebook"
