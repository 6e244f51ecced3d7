"""Which is more and which is less: rows of one table, places side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant import figures as figures_room
from assistant.answer import Status
from assistant.assertions import numbers
from assistant.draft import Draft, Line
from assistant.evidence import Term, coverage
from assistant.library import (
    ENOUGH,
    Library,
    row_named,
)
from assistant.question import Ask, Question
from assistant.verdicts import RIGHT, WRONG_FIGURE
from corpus.document import Clause, ClauseKind
from corpus.lines import ordinal
from corpus.normalize import normal
from corpus.quantities import quantities

OF_YEAR = 0.3  # what a column gains that is of the year asked about
_TIMES = ("个工作日", "工作日", "天", "日", "个月", "月", "周", "小时")
_ABOVE = ("超过", "大于", "高于", "多于", "不少于", "不低于", "达到", "至少", "以上")
_INCLUDED = ("不少于", "不低于", "达到", "至少", "不超过", "不高于", "不多于", "以上", "以下", "以内")  # 以上 and 以下 take in the number
_NUMBER = r"(?<![\d.百千万亿])(?P<{0}>\d+(?:\.\d+)?)\s*(?P<{0}_scale>[百千万亿]?)(?![\d百千万亿])"  # 2万5千 is no 2万
_BOUND = re.compile(
    r"(?P<word>不少于|不低于|不超过|不高于|不多于|超过|大于|高于|多于|达到|至少|低于|少于|小于|不足|不到)(?:了)?\s*" + _NUMBER.format("number")
    + r"|" + _NUMBER.format("other") + r"\s*(?:个|名|家|所|张|人|元|%)?(?P<side>以上|以下|以内)"
)
_EQUALS = re.compile(r"(?:为|是|等于|达到|达|到)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<number_scale>[百千万亿]?)(?P<unit>%)(?=的)")
_END = r"(高|多|大|低|少|小|重(?![要点大])|轻)"
_EXTREMES = re.compile(f"最{_END}")
_SUPERLATIVE = re.compile(f"[最更]{_END}")
_MORE = "高多大重"
_EVERY = re.compile(r"(?:各|每个?|(?P<number>[一二三四五六七八九十]+|\d+)个)(?P<kind>镇街|街镇|街道|乡镇|镇|乡|区县|县区|区|县|市|旗)(?=\d|的|每|到|在|[\u4e00-\u9fa5]{0,12}(?:数|率|指标|目标|占比))")
_WHICH_KIND = re.compile(r"哪(?:一|几)?个?(?P<kind>街道|镇|乡|区|县|旗)(?![镇街])")
_SCALE = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


class Comparison:
    """Compares only what has one indicator, unit and year."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def superlative(
        self, question: Question, asked: Sequence[Term], documents: Sequence[str] | None
    ) -> Draft | None:
        """Which row of a table has the most or the least, by the column the question means."""
        wanted = _SUPERLATIVE.search(question.normal)
        asks = re.search(r"哪|谁|排", question.normal) is not None
        if wanted is None or not (asks or question.wants(Ask.VERIFY)):
            return None
        column = self._column(question, asked, documents)
        if column is None:
            return None
        column = _of_kind(column, _WHICH_KIND.search(question.normal))
        ordered = sorted(column, key=lambda c: c.figure.value or 0.0, reverse=wanted.group(1) in _MORE)
        top = [c for c in ordered if c.figure.value == ordered[0].figure.value]
        told = self._told(top, f"（所列各行中最{wanted.group(1)}）")
        other = next((word for word in _EXTREMES.findall(question.normal) if (word in _MORE) != (wanted.group(1) in _MORE)), "")
        if other and asks:  # 最多的和最少的
            last = [c for c in ordered if c.figure.value == ordered[-1].figure.value]
            told.lines.extend(self._told(last, f"（所列各行中最{other}）").lines)
            return told
        place = self._library.documents.by_id[top[0].clause.document_id].place
        if not asks:
            return self._claimed(question, column, top, told)
        rest = [c for c in ordered[len(top) :] if row_named(c.clause, question, place)]
        if rest:  # of rows that are named the others are told too
            told.lines.extend(self._told(rest, "").lines)
        return told

    def _claimed(
        self, question: Question, column: Sequence[figures_room.Choice], top: Sequence[figures_room.Choice], told: Draft
    ) -> Draft | None:
        """The verdict on 最小的是赵圈河镇，只有23: by the row that is the one extreme, and its figure where one is claimed."""
        place = self._library.documents.by_id[top[0].clause.document_id].place
        named = [choice for choice in column if row_named(choice.clause, question, place)]
        if len(named) != 1 or len(top) != 1:
            return None
        right = named[0] is top[0] and _values_claimed(question) <= {top[0].figure.value}
        label = self._library.prefix(top[0].clause.document_id)
        first = told.lines[0]
        said = f"{label}{RIGHT if right else WRONG_FIGURE}{first.text.removeprefix(label)}"
        others = [] if right or named[0] is top[0] else self._told(named, "").lines
        return replace(told, lines=[replace(first, text=said), *told.lines[1:], *others])

    def filtered(
        self, question: Question, asked: Sequence[Term], documents: Sequence[str] | None
    ) -> Draft | None:
        """Which rows of a table lie above or below a figure that the question gives, with how many they are."""
        exactly = _EQUALS.search(question.normal)
        wanted = exactly or _BOUND.search(question.normal)
        if wanted is None or not re.search(r"哪|几个|多少个|多少家", question.normal[: wanted.start()] + question.normal[wanted.end() :]):
            return None
        unit = wanted.group("unit") if exactly else None
        column = self._column(question, [term for term in asked if term.word not in wanted.group()], documents, unit)
        if column is None:
            return None
        of = "number" if wanted.group("number") else "other"
        bound = float(wanted.group(of)) * _SCALE[wanted.group(f"{of}_scale")]
        values = [(choice.figure.value or 0.0, choice) for choice in column]
        if exactly:
            # >90 is not 90.
            chosen = [c for value, c in values if value == bound and c.figure.text.rstrip("%").strip().replace(".", "").isdigit()]
        else:
            word = wanted.group("word") or wanted.group("side")
            above, inside = word in _ABOVE, word in _INCLUDED
            chosen = [c for value, c in values if (value > bound if above else value < bound) or (inside and value == bound)]
        if not chosen:
            return None
        head = Line(
            f"{self._library.prefix(chosen[0].clause.document_id)}共{len(chosen)}个",
            [c.clause for c in chosen], (str(len(chosen)),),
        )  # fmt: skip
        told = self._told(sorted(chosen, key=lambda c: c.clause.span), "")
        return Draft(told.status, [head, *told.lines])

    def every(self, question: Question, asked: Sequence[Term], documents: Sequence[str] | None) -> Draft | None:
        """The column that the question means for each row of the kind that it names all of (各街道, 各区)."""
        wanted = _EVERY.search(question.normal)
        if wanted is None:
            return None
        column = self._column(question, [term for term in asked if term.word not in wanted.group()], documents)
        if column is None:
            return None
        rows = _of_kind(column, wanted)
        number = wanted.group("number")
        if number and ordinal(number) != len(rows):
            return None  # 五个街道 are not the four of the table
        return self._told(sorted(rows, key=lambda choice: choice.clause.span), "")

    def _column(
        self, question: Question, asked: Sequence[Term], documents: Sequence[str] | None, unit: str | None = None
    ) -> list[figures_room.Choice] | None:
        """The cells of the column that the question means, of the table nearest to it; of the rows that it names, where
        it names several; only those of a `unit`, where one is given."""
        hits = self._library.retriever.search(
            question, 6, documents=documents, keep=lambda c: c.kind is ClauseKind.ROW
        )
        if not hits:
            return None
        table = hits[0].clause.path.rsplit("/", 1)[0]
        rows = [c for c in self._library.store.rows_of(hits[0].document.document_id)
                if c.path.rsplit("/", 1)[0] == table and normal(c.heading or "") not in ("合计", "总计", "小计")]  # fmt: skip
        if not rows:
            return None
        named = [c for c in rows if row_named(c, question, hits[0].document.place)]
        rows = named if len(named) > 1 else rows
        columns: dict[tuple[str, int | None], list[figures_room.Choice]] = {}
        for row in rows:
            for choice in figures_room.choices(question, row, asked):
                cell = next((c for c in row.cells if c.span == choice.figure.span), None)
                if choice.figure.value is not None and cell is not None and unit in (None, choice.figure.unit):
                    columns.setdefault((cell.header, choice.figure.year), []).append(choice)
        # A column of indicators, each in its unit, has no highest.
        complete = {
            key: group for key, group in columns.items()
            if len(group) >= (2 if unit else max(2, len(rows) - 1)) and len({choice.figure.unit for choice in group}) == 1
        }  # fmt: skip
        if not complete:
            return None
        key = max(
            complete,
            # 距离2025年规划值还需新增: the year may stand in the name of a column without one.
            key=lambda k: (
                coverage(asked, normal(k[0])) + OF_YEAR * (k[1] in question.years or any(str(y) in k[0] for y in question.years)),
                complete[k][0].score, str(k),
            ),
        )
        # What names a row tells nothing of the column.
        rest = [term for term in asked if not any(term.word in normal(row.heading or "") for row in rows)]
        if coverage(rest, normal(key[0]) + self._library.context(rows[0])) < ENOUGH:
            return None
        return complete[key]

    def _told(self, chosen: Sequence[figures_room.Choice], note: str) -> Draft:
        """The cells said one a line, each with its head."""
        place = self._library.prefix(chosen[0].clause.document_id)
        lines = [
            Line(f"{place}{figures_room.cell_statement(c.clause, c.figure)}{note}", [c.clause]) for c in chosen
        ]
        return Draft(Status.ANSWERED, self._library.with_heads(lines))


def _of_kind(column: Sequence[figures_room.Choice], kind: re.Match[str] | None) -> list[figures_room.Choice]:
    """The cells of the rows of a kind (镇, 街道); all of them where no row is of it."""
    ends = kind.group("kind") if kind is not None else ""
    return [choice for choice in column if ends and normal(choice.clause.heading or "").endswith(ends)] or list(column)


def _values_claimed(question: Question) -> set[float]:
    """The numbers of a question but those of years, tables and annexes."""
    return numbers(re.sub(r"(?:19|20)\d\d(?:年|(?=\s*[-~—至到]))?|(?:表|附件|附表|第)\s*\d+", " ", question.normal))


def verdict(
    question: Question, lines: Sequence[Line], groups: Sequence[tuple[str, list[str]]]
) -> Line | None:
    """Who is higher, over figures of one unit and year; None where they cannot be compared."""
    if not re.search(r"高|多|大|低|少|小|严|一样|相同|差|快|慢|短|长|早|晚", question.normal):
        return None
    values: list[tuple[float, str, str, Clause]] = []
    years: set[str] = set()
    for label, _ in groups:
        own = [line for line in lines if line.text.startswith(f"{label}：")]
        if not label or not own:
            return None
        text = normal(own[0].text)
        said = [q for q in quantities(text) if q.value is not None and q.unit not in ("岁", "周岁", "年")]
        if len(said) != 1:
            return None
        years.add("、".join(sorted(set(re.findall(r"20\d\d(?=年)", text)))))
        values.append((said[0].value or 0.0, said[0].unit or "", label, own[0].clauses[0]))
    # A target of 2025 and one of 2023 are not higher and lower.
    if len({unit for _, unit, _, _ in values}) != 1 or len(years) != 1:
        return None
    ordered = sorted(values, key=lambda v: -v[0])
    clauses = [clause for _, _, _, clause in values]
    if ordered[0][0] == ordered[-1][0]:
        return Line(f"比较结果：{'、'.join(v[2] for v in values)}相同", clauses)
    more, less = ("长", "短") if values[0][1] in _TIMES else ("高", "低")
    if len(values) == 2:
        return Line(f"比较结果：{ordered[0][2]}{more}于{ordered[-1][2]}", clauses)
    ends = [
        f"{place}最{word}" for (value, _, place, _), word in ((ordered[0], more), (ordered[-1], less))
        if sum(other == value for other, _, _, _ in values) == 1
    ]  # fmt: skip
    return Line(f"比较结果：{'，'.join(ends)}", clauses) if ends else None  # none is the highest where two are
