"""What a whole city needs to load and to be found."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """What a whole city needs to load and to be found."""

    dependencies: ClassVar = [("registers", "0008_invariants")]
    operations: ClassVar = []
