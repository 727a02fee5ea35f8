"""The tiny town of the casework tests, with its officers at their desks."""

from tests.casework.conftest import (  # noqa: F401
    catalogue,
    departments,
    departments_folder,
    shared_departments,
    staff,
    town,
)
