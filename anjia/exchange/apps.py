"""Django's entry to the exchange."""

from importlib import import_module

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Makes the departments a source of facts; the exchange has no tables of its own."""

    name = "anjia.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Fills the port FactSource."""
        import_module("anjia.exchange.source").declare()
