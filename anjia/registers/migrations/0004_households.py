"""What is registered about households and addresses."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """What is registered about households and addresses."""

    dependencies: ClassVar = [("registers", "0003_persons")]
    operations: ClassVar = []
