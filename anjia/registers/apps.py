"""Django's entry to the registers."""

from importlib import import_module

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Registers the tables of persons, households and addresses, and the operations on them."""

    name = "anjia.registers"
    label = "registers"

    def ready(self) -> None:
        """Declares the operations."""
        for module in ("moving", "lives", "amending"):
            import_module(f"anjia.registers.{module}")
