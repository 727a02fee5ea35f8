"""Django's entry to the kernel."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Registers the kernel's tables."""

    name = "anjia.kernel"
    label = "kernel"
