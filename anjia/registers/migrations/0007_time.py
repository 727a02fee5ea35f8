"""Partly known dates and facts under enquiry."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Partly known dates and facts under enquiry."""

    dependencies: ClassVar = [("registers", "0006_permits")]
    operations: ClassVar = []
