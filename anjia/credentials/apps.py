"""Django's entry to the credentials."""

from importlib import import_module

from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    """Registers the table of documents and the effect `issue-documents`."""

    name = "anjia.credentials"
    label = "credentials"

    def ready(self) -> None:
        """Declares what credentials offers once all models are loaded."""
        import_module("anjia.credentials.issuing").declare()
