"""Django's entry to the departments' channel."""

from django.apps import AppConfig


class DepartmentsConfig(AppConfig):
    """Registers the addresses that other offices call."""

    name = "anjia.channels.departments"
    label = "departments"
