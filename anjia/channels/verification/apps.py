"""Django's entry to the public verification."""

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    """Registers templates and static files of the verification page."""

    name = "anjia.channels.verification"
    label = "verification"
