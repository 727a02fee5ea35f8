"""Residence permits and ID cards."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """Residence permits and ID cards."""

    dependencies: ClassVar = [("registers", "0005_papers")]
    operations: ClassVar = []
