"""Django's entry to the wiring."""

import gc

from django.apps import AppConfig

ALLOCATIONS = 20_000
"""Objects made and not dropped before the collector looks; one request or act makes some thousands.

At Python's own 700 it looked in the middle of each, kept what it met there, and walked through all
definitions every hundred decisions: a tenth of their time.
"""


class ConfConfig(AppConfig):
    """Holds the privileges on tables of other people's applications, and how the process collects garbage."""

    name = "anjia.conf"
    label = "conf"

    def ready(self) -> None:
        """Sets the collector for a process that serves many short requests."""
        gc.set_threshold(ALLOCATIONS, 20, 20)
