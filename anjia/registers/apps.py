"""Django's entry to the registers."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Registers the tables of persons, households and addresses."""

    name = "anjia.registers"
    label = "registers"
