"""The CSV file of each register: its columns, by their English or Chinese names, and what a value must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models

from anjia.kernel import codes
from anjia.kernel.errors import AnjiaError
from anjia.registers import REGISTERS
from anjia.registers.bulk import columns
from anjia.registers.bulk.columns import Field

KEY = "key"
AXES = ("valid_from", "valid_to", "recorded_from", "recorded_to")
NUMBER = "number_text"
"""The readable citizen number or phone, which the register holds encrypted."""
SEALED = ("uid", "ciphertext", "blind", "key_id")

PERSON, HOUSEHOLD, PLACE = "P", "H", "L"
OWNERS: Mapping[str, str] = {"household": HOUSEHOLD, "place": PLACE, "officer": HOUSEHOLD}
"""Register → kind of its subjects; persons where it is not named."""
MAKERS: Mapping[str, str] = {PLACE: "place", PERSON: "particulars", HOUSEHOLD: "household"}
"""Kind of subject → the register whose rows make them known; read first, in this order."""
REFERENCES: Mapping[str, str] = {"place": PLACE, "household": HOUSEHOLD, "kin": PERSON}
TABLES: Mapping[tuple[str, str], str] = {
    ("particulars", "sex"): "sex", ("particulars", "ethnicity"): "ethnicity", ("condition", "marital"): "marital",
    ("condition", "education"): "education", ("membership", "relation"): "relation",
    ("household", "kind"): "household_kind",
}  # fmt: skip
MAY_BE_EMPTY = {("particulars", "first_county")}
"""Columns that those from elsewhere leave empty, though their form asks for them."""
FILES: Mapping[str, str] = {
    "particulars": "persons", "status": "statuses", "condition": "conditions", "kinship": "kinships",
    "household": "households", "membership": "memberships", "residence": "residences", "place": "places",
    "identity": "numbers",
}  # fmt: skip
CHINESE: Mapping[str, str] = {
    "key": "编号", "valid_from": "生效日期", "valid_to": "失效日期", "recorded_from": "登记时间",
    "recorded_to": "登记终止时间", "name": "姓名", "former_name": "曾用名", "sex": "性别", "birth_on": "出生日期",
    "birth_place": "出生地", "ethnicity": "民族", "native_place": "籍贯", "first_county": "首次登记地",
    "status": "人员状态", "ground": "原因", "marital": "婚姻状况", "education": "文化程度", "military": "兵役状况",
    "employer": "服务处所", "occupation": "职业", "kin": "亲属编号", "kind": "类别", "number": "户号",
    "place": "地址编号", "address": "住址", "division": "区划代码", "station": "派出所代码",
    "household": "户编号", "relation": "与户主关系", "from_place": "何地迁来", "close_ground": "终止原因",
    "street": "街路巷", "door_plate": "门牌号", "compound": "小区", "building": "楼栋", "unit": "单元",
    "floor": "楼层", "room": "户室", "printed": "地址全称", "usage": "用途", "state": "地址状态",
    "number_text": "号码", "issued_here": "本市签发",
}  # fmt: skip
"""Chinese names of columns; a column that has none here is read by its English name alone."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One column of a file.

    Attributes:
        kind: as `bulk.columns.Field`, or `reference`.
        refers: kind of subject that it names.
        needed: False where the register has a value for those who do not say.
        allowed: the codes, None where any value will do.
    """

    name: str
    kind: str
    needed: bool
    blank: bool
    length: int | None = None
    refers: str = ""
    allowed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The file of one register."""

    register: str
    shapes: tuple[Shape, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Gives the names of all columns, in their order."""
        return tuple(shape.name for shape in self.shapes)

    @property
    def owner(self) -> str:
        """Gives the kind of its subjects."""
        return OWNERS.get(self.register, PERSON)


def order() -> list[str]:
    """Gives the registers in the order in which their files are read: who is referred to comes first."""
    first = list(MAKERS.values())
    return first + [register for register in REGISTERS if register not in first]


@cache
def sheet(register: str) -> Sheet:
    """Gives the file's columns of a register, from its model."""
    model = apps.get_model("registers", register)
    known = _allowed(model, register)
    shapes = [
        Shape(KEY, "reference", True, False, refers=OWNERS.get(register, PERSON)),
        Shape("valid_from", "day", True, False), Shape("valid_to", "day", False, True),
        Shape("recorded_from", "moment", False, True), Shape("recorded_to", "moment", False, True),
    ]  # fmt: skip
    for field in columns.fields(register):
        if register == "identity" and field.name in SEALED:
            continue
        shapes.append(_shape(register, field, model._meta.get_field(field.name), known.get(field.name)))
    if register == "identity":
        shapes.append(Shape(NUMBER, "text", True, False, 40))
    return Sheet(register, tuple(shapes))


def _shape(register: str, field: Field, stored: models.Field, allowed: frozenset[str] | None) -> Shape:
    refers = REFERENCES.get(field.name, "")
    if (register, field.name) in TABLES:
        table = frozenset(codes.table(TABLES[register, field.name]))
        allowed = table if allowed is None else allowed & table
    empty = stored.blank or field.null or (register, field.name) in MAY_BE_EMPTY
    has_default = stored.has_default() or stored.has_db_default() or empty
    return Shape(
        field.name, "reference" if refers else field.kind, not has_default, empty,
        field.length, refers, allowed,
    )  # fmt: skip


def _allowed(model: type[models.Model], register: str) -> dict[str, frozenset[str]]:
    """Gives the values that the register's own constraints allow, where they name them one by one."""
    found = {}
    for one in model._meta.constraints:
        condition = getattr(one, "condition", None)
        if isinstance(one, models.CheckConstraint) and isinstance(condition, models.Q) and len(condition.children) == 1:
            child = condition.children[0]
            if isinstance(child, tuple) and not condition.negated and str(child[0]).endswith("__in"):
                found[str(child[0]).removesuffix("__in")] = frozenset(map(str, child[1]))
    return found


def exclusions(register: str) -> list[ExclusionConstraint]:
    """Gives the rules of a register that two entries must not be true and known at the same time."""
    model = apps.get_model("registers", register)
    return [one for one in model._meta.constraints if isinstance(one, ExclusionConstraint)]


def register_of(stem: str) -> str:
    """Gives the register of a file by its name (`persons.csv`, `particulars-2.csv`, `人员.csv`).

    Raises:
        AnjiaError: `sheet-unknown`.
    """
    word = stem.lower().replace("_", "-").split("-")[0].split(".")[0]
    for register in REGISTERS:
        if word in (register, FILES.get(register, register)):
            return register
    raise AnjiaError(
        "sheet-unknown",
        f"文件名 {stem} 不对应任何登记簿",
        f"The name of file {stem} belongs to no register",
        (
            "文件名请用：" + "、".join(f"{FILES.get(name, name)}.csv" for name in REGISTERS),
            "Name the file one of: " + ", ".join(f"{FILES.get(name, name)}.csv" for name in REGISTERS),
        ),
    )


def columns_of(sheet: Sheet, header: Sequence[str]) -> list[Shape]:
    """Gives the columns of a file by its first line, in English or Chinese.

    Raises:
        AnjiaError: `header-unknown`, `header-incomplete`, `header-twice`.
    """
    by_name = {shape.name: shape for shape in sheet.shapes}
    by_name |= {CHINESE[shape.name]: shape for shape in sheet.shapes if shape.name in CHINESE}
    names = [name.strip() for name in header]
    unknown = [name for name in names if name not in by_name]
    found = [by_name[name] for name in names if name in by_name]
    missing = [shape.name for shape in sheet.shapes if shape.needed and shape not in found]
    wanted = ", ".join(f"{name} ({CHINESE[name]})" if name in CHINESE else name for name in sheet.names)
    for code, zh, en, what in (
        ("header-unknown", "首行有不认识的列", "The first line has unknown columns", unknown),
        ("header-incomplete", "首行缺少必需的列", "The first line lacks columns that are needed", missing),
        ("header-twice", "首行有重复的列", "The first line names a column twice",
         sorted({shape.name for shape in found if found.count(shape) > 1})),
    ):  # fmt: skip
        if what:
            raise AnjiaError(
                code, f"{sheet.register}：{zh}：{', '.join(what)}", f"{sheet.register}: {en}: {', '.join(what)}",
                (f"可用的列：{wanted}", f"The columns are: {wanted}"), columns=what,
            )  # fmt: skip
    return found
