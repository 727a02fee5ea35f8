"""Django's entry to the desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers templates and static files of the desk."""

    name = "anjia.channels.desk"
    label = "desk"
