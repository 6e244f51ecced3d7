"""Classes that rules tell apart: 二孩 and 三孩, 一级 and 三级, 高风险 and 中风险, and the open ones, 三孩及以上.

A class that is asked for must not be answered with what another one gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.normalize import normal

_CLASS = re.compile(r"([一二三四五六七八九十]|\d{1,2})(孩|胎|级|星|档)(?:(?:及|或|和)?其?(以上|以下)|及)?")
_RANGE = re.compile(
    r"([一二三四五六七八九十]|\d{1,2})(?:孩|胎|级|星|档)?\s*[-~至、到和或及]\s*([一二三四五六七八九十]|\d{1,2})(孩|胎|级|星|档)"
)
_LEVELS = re.compile(r"([高中低](?:[、和及或]?[高中低]){0,2})(风险|收入)")  # 中高风险 is both
_LEVEL = {"低": 1, "中": 2, "高": 3}
_DIGITS = "零一二三四五六七八九十"
_COUNTED = frozenset("孩胎")  # 三孩及以上 begins at three; 三级及以上 may be one to three: the first rank is the highest


@dataclass(frozen=True, slots=True)
class Class:
    """One class as printed: its kind (孩), its number, and whether it is open (`以上`, `以下`) or closed (empty)."""

    kind: str
    number: int
    open: str = ""

    def takes(self, kind: str, number: int) -> bool:
        """Whether that class is this one, or may lie within it."""
        if kind != self.kind:
            return False
        if not self.open or number == self.number:
            return number == self.number
        if kind not in _COUNTED:
            return True
        return number > self.number if self.open == "以上" else number < self.number


def classes(text: str) -> list[Class]:
    """The classes that a text names: 二孩、三孩及以上 is two closed and open."""
    folded = normal(text)
    numbered = [Class(kind, _number(number), side) for number, kind, side in _CLASS.findall(folded)]
    return numbered + [Class(kind, _LEVEL[one]) for ones, kind in _LEVELS.findall(folded) for one in ones if one in _LEVEL]


def classes_in(text: str) -> Iterator[re.Match[str]]:
    """Where a normal text names classes: group 1 is the number, group 2 the kind."""
    return _CLASS.finditer(text)


def named(text: str) -> bool:
    """Whether a text names a class at all."""
    return bool(classes(text))


def of_another(wanted: Iterable[Class], text: str) -> bool:
    """Whether a text speaks of other classes of a kind than a closed one of `wanted`, and not of that one."""
    held = classes(text)
    spans = [(_number(low), _number(high), kind) for low, high, kind in _RANGE.findall(normal(text))]
    for one in wanted:
        if one.open or any(kind == one.kind and low <= one.number <= high for low, high, kind in spans):
            continue  # 1~3级: the class may lie between
        alike = [other for other in held if other.kind == one.kind]
        if alike and not any(other.takes(one.kind, one.number) for other in alike):
            return True
    return False


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _DIGITS.index(text)
