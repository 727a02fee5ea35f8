"""The tiny town of the casework tests: an authority belongs to a city."""

from tests.casework.conftest import catalogue  # noqa: F401
