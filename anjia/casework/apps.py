"""Django's entry to casework."""

from importlib import import_module

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Registers the tables of cases, the effects of cases, and the register as a source of facts."""

    name = "anjia.casework"
    label = "casework"

    def ready(self) -> None:
        """Declares what casework offers once all models are loaded."""
        for module in ("notices", "registered", "waiting"):
            import_module(f"anjia.casework.{module}").declare()
