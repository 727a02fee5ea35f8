"""Papers of moving and their numbers."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Papers of moving and their numbers."""

    dependencies: ClassVar = [("registers", "0004_households")]
    operations: ClassVar = []
