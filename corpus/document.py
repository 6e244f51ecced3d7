"""The records that every room shares: spans, figures, clauses, documents.

All offsets are code points into the document's *source text* (a text file decoded), `[start, end)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range `[start, end)` of code points in the source text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is not a range")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, source: str) -> str:
        """The literal slice of `source`."""
        return source[self.start : self.end]

    def covers(self, other: Span) -> bool:
        """Whether `other` lies within this span."""
        return self.start <= other.start and other.end <= self.end


class ClauseKind(StrEnum):
    """What a clause is in the document; the value goes to the wire."""

    NOTICE = "notice"  # 印发通知 that carries the plan
    PREAMBLE = "preamble"  # 为贯彻落实……制定本方案
    ARTICLE = "article"  # 第X条
    ITEM = "item"  # any other numbered unit: 一、 （一） 1. (1)
    PARAGRAPH = "paragraph"  # an unnumbered paragraph that stands alone, e.g. in an annex
    HEAD = "head"  # caption and column headers of a table: what its rows' figures mean
    ROW = "row"  # one record of a table
    BOX = "box"  # 专栏
    NOTE = "note"  # 注：… under a table


class Part(StrEnum):
    """Which part of a file a clause stands in."""

    NOTICE = "notice"
    BODY = "body"
    ANNEX = "annex"
    INTERPRETATION = "interpretation"  # 政策解读: secondary, never outranks the policy


class DocumentKind(StrEnum):
    """What a document is; only a policy binds."""

    POLICY = "policy"
    INTERPRETATION = "interpretation"
    GUIDE = "guide"
    NEWS = "news"
    OTHER = "other"


class FigureKind(StrEnum):
    """What a number says."""

    SUBSIDY = "subsidy"  # money paid out
    MONEY = "money"  # any other money: fee, price, fine
    TARGET = "target"  # 目标值
    BASELINE = "baseline"  # 2021年底已有
    COUNT = "count"
    SHARE = "share"
    THRESHOLD = "threshold"  # what must be met for an amount: 入托率超过30%
    DURATION = "duration"
    AGE = "age"
    AREA = "area"
    CELL = "cell"  # a table cell
    OTHER = "other"


class UnitRule(StrEnum):
    """How the lead unit of a clause is known."""

    NONE = "none"  # the clause names no unit
    STATED = "stated"  # 牵头单位 / A牵头
    FIRST_LISTED = "first_listed"  # the document says 列第一位的为牵头单位
    UNDISTINGUISHED = "undistinguished"  # only 责任单位; the document names no lead


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a clause with what it is about.

    `text` is the literal slice at `span`, for example `3000元/托位` or `4.5個`. `value` is the number with
    万/亿 multiplied out in `unit`; None for words such as 全覆盖. `year` is a year the figure holds for.
    An amount paid out has its terms: the places in the clause that say how often it is paid, at most how
    much, and to whom or on which conditions; empty where the clause states none.
    """

    text: str
    span: Span
    kind: FigureKind
    indicator: str | None
    comparator: str | None
    value: float | None
    unit: str | None
    year: int | None
    scope: str | None
    sentence: Span  # the sentence of the clause the figure stands in
    periods: tuple[Span, ...] = ()
    cap: Span | None = None
    conditions: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table row: its column header (levels joined by ` / `), literal text and place."""

    header: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Clause:
    """The smallest numbered unit that can be cited; a table row is one too.

    `clause_id` is `<document_id>:<path>`, for example `渝北府办发〔2024〕6号:二/(三)/11`; `label` is the same
    path as a reader writes it, `二（三）11`. `breadcrumb` holds the headings above, outermost first.
    """

    clause_id: str
    document_id: str
    kind: ClauseKind
    part: Part
    path: str
    label: str
    heading: str | None
    breadcrumb: tuple[str, ...]
    text: str
    span: Span
    lead_units: tuple[str, ...] = ()
    responsible_units: tuple[str, ...] = ()
    unit_rule: UnitRule = UnitRule.NONE
    units_span: Span | None = None  # where the unit list stands, None without one
    figures: tuple[Figure, ...] = ()
    cells: tuple[Cell, ...] = ()

    def offset(self, at: int) -> int:
        """Where in `text` the code point stands that stands at `at` in the source text."""
        return at - self.span.start

    def slice(self, span: Span) -> str:
        """The words of the clause at `span`, which counts in the source text as all spans do and lies in the clause's."""
        return self.text[self.offset(span.start) : self.offset(span.end)]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that is not a clause of its own: a section title, a document title, a table header."""

    path: str
    text: str
    span: Span
    level: int


@dataclass(frozen=True, slots=True)
class Furniture:
    """A stretch that is no policy text: navigation, share buttons, a second copy; `reason` says which."""

    reason: str
    span: Span


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative place, `name` as in the register (大兴区), `path` from the province down."""

    name: str
    level: str  # province | city | county
    path: tuple[str, ...]

    def holds(self, other: Place) -> bool:
        """Whether `other` is this place or lies in it."""
        return other.path[: len(self.path)] == self.path


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document that this one names: title and number as printed, and the path of the clause that does."""

    title: str
    document_number: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Validity:
    """From when (ISO date) and until when a document holds; `until` is an ISO date or a term such as 5年."""

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Relations:
    """What a document is, whom it is sent to (主送机关), when it holds, what it carries out and repeals."""

    kind: DocumentKind = DocumentKind.OTHER
    addressees: tuple[str, ...] = ()
    validity: Validity = Validity()
    carries_out: tuple[Reference, ...] = ()
    repeals: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One policy file, read: who issued what and when, its clauses, headings and furniture."""

    document_id: str
    title: str
    document_number: str | None
    issuers: tuple[str, ...]
    issued: str | None  # ISO date of the signature
    published: str | None  # ISO date of the web page where it differs, else the date of issue
    place: Place | None
    script: str  # "hans" | "hant"
    source_file: str
    digest: str  # SHA-256 of the bytes
    source: str = field(repr=False)
    clauses: tuple[Clause, ...] = field(repr=False)
    headings: tuple[Heading, ...] = field(repr=False)
    furniture: tuple[Furniture, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()
    relations: Relations = Relations()

    @property
    def place_name(self) -> str | None:
        """The place from the province down as the contract writes it (重庆市渝北区); None where it is not known."""
        return "".join(self.place.path) if self.place else None
