"""Search by name."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Search by name."""

    dependencies: ClassVar = [("registers", "0009_scale")]
    operations: ClassVar = []
