"""Django's entry to the exchange."""

from importlib import import_module

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Makes departments and other cities sources of facts, and takes the moves between cities along."""

    name = "anjia.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Fills the port FactSource and registers the effects of moves."""
        for module in ("source", "later", "coming"):
            import_module(f"anjia.exchange.{module}").declare()
        import_module("anjia.exchange.posting").declare(import_module("anjia.exchange.receiving").receive)
