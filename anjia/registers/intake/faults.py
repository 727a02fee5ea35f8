"""What is wrong with a row, in words, and what to do about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from anjia.kernel.violations import CONSTRAINTS

HEADER = ("file", "line", "column", "code", "zh", "en", "remedy_zh", "remedy_en", "row")


class Sentence(NamedTuple):
    """A fault in both languages with its remedy."""

    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


SENTENCES: Mapping[str, Sentence] = {
    "row-unreadable": Sentence("这一行引号不配对或不是 UTF-8", "Quotes do not match, or the line is not UTF-8",
                               "请另存为 UTF-8 编码的 CSV", "Save the file as CSV in UTF-8"),
    "row-fields": Sentence("列数与首行不符", "The number of fields differs from the first line",
                           "请核对逗号和引号", "Check commas and quotes"),
    "value-missing": Sentence("这一列不能为空", "This column must not be empty", "请补填", "Fill it in"),
    "value-long": Sentence("内容过长", "The value is too long", "请缩短", "Shorten it"),
    "value-control": Sentence("含有控制字符", "It contains control characters", "请删除", "Remove them"),
    "value-type": Sentence("不是数字或是否", "It is not a number, or neither true nor false",
                           "请填数字，或 1、0、true、false、是、否", "Write a number, or 1, 0, true or false"),
    "date-malformed": Sentence("日期不正确", "This is no date of the calendar",
                               "请写成 2024-02-29", "Write it as 2024-02-29"),
    "moment-malformed": Sentence("时间不正确或没有时区", "This is no moment, or it has no time zone",
                                 "请写成 2024-02-29T08:30:00+08:00", "Write it as 2024-02-29T08:30:00+08:00"),
    "moment-future": Sentence("登记时间在将来", "The register cannot have known it in the future",
                              "请核对登记时间", "Check when it was recorded"),
    "code-unknown": Sentence("代码不在代码表内", "The code is not one of its code table",
                             "请从代码表中选择", "Choose a code of the table"),
    "period-empty": Sentence("结束须晚于开始", "The end must lie after the start", "请核对起止", "Check start and end"),
    "reference-unknown": Sentence("所指的编号没有登记，或其行已被退回",
                                  "It refers to a key that nobody has, or whose row was rejected",
                                  "请先提供该编号的行", "Give the row of that key first"),
    "reference-self": Sentence("不能指向自己", "It refers to itself", "请核对编号", "Check the key"),
    "citizen-no-wrong": Sentence("公民身份号码不正确（位数、日期或校验码）",
                                 "The citizen number is wrong in shape, date or check digit",
                                 "请核对证件", "Check it against the card"),
    "number-taken": Sentence("这个公民身份号码已属于另一个人", "This citizen number belongs to another person already",
                             "请查明哪一个是重号", "Find out whose number it is"),
    "key-known": Sentence("该登记簿里已有此户号", "The register has this household number already",
                          "已有的户请用登记业务变更", "Change what is there by an operation"),
    "entry-overlap": Sentence("与同一文件中另一行在同一时间都有效", "Another row is true and known at the same time",
                              "请保留其中一行，或改正起止", "Keep one of the rows, or mend the periods"),
}  # fmt: skip
REMEDY = ("请核对后再导入", "Check it and import it again")


def sentence(code: str) -> Sentence:
    """Gives the words of a fault; those of the register's own invariants are the clerk's."""
    if code in SENTENCES:
        return SENTENCES[code]
    zh, en = next((zh, en) for known, zh, en in CONSTRAINTS.values() if known == code)
    return Sentence(zh, en, *REMEDY)


class Rejects:
    """The file of rejected rows: each with file, line, column, code, words, remedy and the row as it came."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._draft = path.with_name(path.name + ".part")
        # A row that was no UTF-8 shows its bytes.
        self._file: io.TextIOWrapper = self._draft.open(
            "w", encoding="utf-8-sig", newline="", errors="backslashreplace"
        )
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        if kind is None:
            self._draft.replace(self.path)
        else:
            self._draft.unlink(missing_ok=True)

    def add(self, file: str, line: int, column: str, code: str, row: str) -> None:
        """Writes one rejected row."""
        self._writer.writerow((file, line, column, code, *sentence(code), row))
        self.count += 1
