"""Django's entry to the counter."""

from django.apps import AppConfig


class CounterConfig(AppConfig):
    """Registers templates and static files of the counter."""

    name = "anjia.channels.counter"
    label = "counter"
