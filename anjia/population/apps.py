"""Django's entry to the population."""

from django.apps import AppConfig


class PopulationConfig(AppConfig):
    """Registers the table of simulations."""

    name = "anjia.population"
    label = "population"
