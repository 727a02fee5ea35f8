"""Invariants that the database guards."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Invariants that the database guards."""

    dependencies: ClassVar = [("registers", "0007_time")]
    operations: ClassVar = []
