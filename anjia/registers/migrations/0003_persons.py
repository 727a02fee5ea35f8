"""What is registered about persons beside their particulars."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """What is registered about persons beside their particulars."""

    dependencies: ClassVar = [("registers", "0002_guards")]
    operations: ClassVar = []
