"""Static files under hashed names, as they are served."""

from tests.channels.conftest import _static  # noqa: F401
