"""Desks that give a filed answer as it is: benefits, dwellings and rural rights (`answers.jsonl`)."""

from __future__ import annotations

from collections.abc import Mapping

FILED: Mapping[str, tuple[str, str, str]] = {
    "social-assistance": ("民政部门", "Civil affairs department", "benefits"),
    "medical-insurance": ("医疗保障部门", "Healthcare security department", "benefits"),
    "social-insurance": ("人力资源和社会保障部门", "Human resources and social security", "benefits"),
    "school-record": ("教育部门", "Education department", "benefits"),
    "housing-search": ("自然资源和住房部门", "Natural resources and housing departments", "certificate"),
    "collective-roll": ("农业农村部门", "Agriculture and rural affairs department", "rural-rights"),
    "land-contract": ("农业农村部门", "Agriculture and rural affairs department", "rural-rights"),
    "homestead-roll": ("自然资源和农业农村部门", "Natural resources and agriculture departments", "rural-rights"),
}
"""Interface id → department in Chinese and English, and the purpose agreed on."""


def key(interface: str, citizen_no: str) -> str:
    """Gives the key of an answer on file."""
    return f"{interface}:{citizen_no}"
