"""Django's entry to the registers."""

from importlib import import_module

from django.apps import AppConfig

from anjia.kernel import following

OPERATIONS = (
    "moving",
    "deciding",
    "amending",
    "stays",
    "dating",
    "enquiries",
    "residing",
    "permitting",
    "carding",
    "births",
    "backfill",
    "adoption",
    "returning",
    "deaths",
    "marriage",
    "leaving",
    "duplicates",
    "names",
    "correcting",
    "ethnicity",
    "items",
    "claims",
    "households",
    "headship",
    "collectives",
    "addresses",
    "redrawing",
    "reversing",
    "tenure",
    "papers",
    "departing",
    "moving_in",
)
"""Modules that declare operations."""

FOLLOWED = ("particulars", "membership", "residence", "place")
"""Registers that search follows."""


class RegistersConfig(AppConfig):
    """Registers the tables of persons, households and addresses, and the operations on them."""

    name = "anjia.registers"
    label = "registers"

    def ready(self) -> None:
        """Declares the operations and what search follows."""
        for module in OPERATIONS:
            import_module(f"anjia.registers.{module}")
        following.follow(FOLLOWED)
