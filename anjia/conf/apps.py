"""Django's entry to the wiring."""

from django.apps import AppConfig


class ConfConfig(AppConfig):
    """Holds the privileges on tables of other people's applications."""

    name = "anjia.conf"
    label = "conf"
