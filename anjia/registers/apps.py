"""Django's entry to the registers."""

from importlib import import_module

from django.apps import AppConfig

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


class RegistersConfig(AppConfig):
    """Registers the tables of persons, households and addresses, and the operations on them."""

    name = "anjia.registers"
    label = "registers"

    def ready(self) -> None:
        """Declares the operations."""
        for module in OPERATIONS:
            import_module(f"anjia.registers.{module}")
