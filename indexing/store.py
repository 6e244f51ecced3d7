"""The snapshot folder: SQLite for documents, clauses and facts, the indexes beside it, a manifest above all.

    <home>/snapshot/manifest.json   format, encoder, dimension, digests, counts, library versions
                    corpus.sqlite   documents, headings, clauses, figures, units, segments
                    dense.faiss     one vector a segment
                    vectors.npy     the same, to re-encode only what changed
                    lexical/        BM25 over words and bigrams
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpus.document import (
    Cell,
    Clause,
    ClauseKind,
    Document,
    DocumentKind,
    Figure,
    FigureKind,
    Furniture,
    Heading,
    Part,
    Place,
    Reference,
    Relations,
    Span,
    UnitRule,
    Validity,
)
from corpus.errors import ClauseNotFoundError, DocumentNotFoundError, IndexMismatchError, SnapshotMissingError
from indexing.segments import Segment

FORMAT = 3
_LIBRARIES = ("faiss-cpu", "bm25s", "jieba", "opencc-python-reimplemented", "onnxruntime", "numpy")
_SCHEMA = """
CREATE TABLE documents (position INTEGER PRIMARY KEY, document_id TEXT UNIQUE, title TEXT, document_number TEXT,
    issuers TEXT, issued TEXT, published TEXT, place TEXT, script TEXT, source_file TEXT, digest TEXT, source TEXT,
    headings TEXT, furniture TEXT, warnings TEXT, relations TEXT);
CREATE TABLE clauses (position INTEGER PRIMARY KEY, clause_id TEXT UNIQUE, document_id TEXT, kind TEXT, part TEXT,
    path TEXT, label TEXT, heading TEXT, breadcrumb TEXT, span_start INTEGER, span_end INTEGER, text TEXT,
    unit_rule TEXT, units_start INTEGER, units_end INTEGER, cells TEXT);
CREATE TABLE units (clause_id TEXT, role TEXT, place INTEGER, name TEXT);
CREATE TABLE figures (clause_id TEXT, place INTEGER, text TEXT, span_start INTEGER, span_end INTEGER, kind TEXT,
    indicator TEXT, comparator TEXT, value REAL, unit TEXT, year INTEGER, scope TEXT,
    sentence_start INTEGER, sentence_end INTEGER, terms TEXT);
CREATE TABLE segments (position INTEGER PRIMARY KEY, clause_id TEXT, digest TEXT);
CREATE INDEX clauses_by_document ON clauses (document_id, position);
CREATE INDEX units_by_clause ON units (clause_id);
CREATE INDEX units_by_name ON units (name);
CREATE INDEX figures_by_clause ON figures (clause_id);
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot was made of; it opens only where this agrees with what runs."""

    format: int
    encoder: str
    dimension: int
    corpus_digest: str  # SHA-256 over document ids and the digests of their bytes
    documents: int
    clauses: int
    segments: int
    libraries: dict[str, str]

    def save(self, folder: Path) -> None:
        """Write `manifest.json`, keys sorted."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def open(cls, folder: Path) -> Manifest:
        """The manifest in `folder`. Raises SnapshotMissingError or IndexMismatchError."""
        path = folder / "manifest.json"
        if not path.exists():
            raise SnapshotMissingError(f"no index at {str(folder)!r}; run `tiaowen build` first")
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, OSError) as error:
            raise IndexMismatchError(f"{str(path)!r} cannot be read ({error}); run `tiaowen build` again") from error
        if found.format != FORMAT:
            raise IndexMismatchError(
                f"the index at {str(folder)!r} has format {found.format}, this version reads {FORMAT}; "
                "run `tiaowen build` again"
            )
        return found


def library_versions() -> dict[str, str]:
    """The versions of the libraries whose files or results the snapshot depends on."""
    versions: dict[str, str] = {}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "absent"
    return versions


def write(path: Path, documents: Sequence[Document], segments: Iterable[Segment]) -> None:
    """Write `documents` and their segments into a new SQLite file at `path`."""
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(_SCHEMA)
        position = 0
        for number, document in enumerate(documents):
            connection.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", _document_row(number, document))
            for clause in document.clauses:
                connection.execute("INSERT INTO clauses VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", _clause_row(position, clause))
                connection.executemany("INSERT INTO units VALUES (?,?,?,?)", _unit_rows(clause))
                connection.executemany("INSERT INTO figures VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", _figure_rows(clause))
                position += 1
        connection.executemany(
            "INSERT INTO segments VALUES (?,?,?)", ((i, s.clause_id, s.digest) for i, s in enumerate(segments))
        )
    connection.close()


def _document_row(number: int, d: Document) -> tuple[Any, ...]:
    return (
        number, d.document_id, d.title, d.document_number, _json(d.issuers), d.issued, d.published,
        _json(asdict(d.place)) if d.place else None, d.script, d.source_file, d.digest, d.source,
        _json([(h.path, h.span.start, h.span.end, h.level) for h in d.headings]),
        _json([(f.reason, f.span.start, f.span.end) for f in d.furniture]), _json(d.warnings),
        _json(asdict(d.relations)),
    )  # fmt: skip


def _clause_row(position: int, c: Clause) -> tuple[Any, ...]:
    return (
        position, c.clause_id, c.document_id, c.kind.value, c.part.value, c.path, c.label, c.heading,
        _json(c.breadcrumb), c.span.start, c.span.end, c.text, c.unit_rule.value,
        c.units_span.start if c.units_span else None, c.units_span.end if c.units_span else None,
        _json([(cell.header, cell.text, cell.span.start, cell.span.end) for cell in c.cells]),
    )  # fmt: skip


def _unit_rows(c: Clause) -> Iterator[tuple[Any, ...]]:
    for role, names in (("lead", c.lead_units), ("responsible", c.responsible_units)):
        for place, name in enumerate(names):
            yield c.clause_id, role, place, name


def _figure_rows(c: Clause) -> Iterator[tuple[Any, ...]]:
    for place, f in enumerate(c.figures):
        yield (
            c.clause_id, place, f.text, f.span.start, f.span.end, f.kind.value, f.indicator, f.comparator, f.value,
            f.unit, f.year, f.scope, f.sentence.start, f.sentence.end, _terms(f),
        )  # fmt: skip


def _terms(f: Figure) -> str | None:
    """The terms of an amount as JSON `[periods, cap, conditions]`; None for the many figures without any."""
    if not (f.periods or f.cap or f.conditions):
        return None
    return _json([_pairs(f.periods), _pairs([f.cap] if f.cap else []), _pairs(f.conditions)])


def _pairs(spans: Iterable[Span]) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Store:
    """Reads the SQLite file of a snapshot. One connection, usable from several threads (read only)."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            self._connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise IndexMismatchError(f"{str(path)!r} cannot be read ({error}); run `tiaowen build` again") from error
        self._clause = lru_cache(maxsize=20_000)(self._read_clause)
        self._documents: dict[str, Document] | None = None

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def documents(self) -> dict[str, Document]:
        """All documents by id in corpus order, without their clauses (`clauses` is empty)."""
        if self._documents is None:
            rows = self._connection.execute("SELECT * FROM documents ORDER BY position").fetchall()
            self._documents = {row[1]: _document(row) for row in rows}
        return self._documents

    def document(self, document_id: str) -> Document:
        """One document without its clauses. Raises DocumentNotFoundError."""
        try:
            return self.documents()[document_id]
        except KeyError:
            raise DocumentNotFoundError(
                f"no document {document_id!r}; `tiaowen documents` lists the ids"
            ) from None

    def clause(self, clause_id: str) -> Clause:
        """One clause with its facts. Raises ClauseNotFoundError."""
        return self._clause(clause_id)

    def clause_ids(self, document_id: str | None = None) -> list[str]:
        """The ids of all clauses, or those of one document, in order."""
        if document_id is None:
            rows = self._connection.execute("SELECT clause_id FROM clauses ORDER BY position")
        else:
            self.document(document_id)
            rows = self._connection.execute(
                "SELECT clause_id FROM clauses WHERE document_id = ? ORDER BY position", (document_id,)
            )
        return [row[0] for row in rows.fetchall()]

    def clauses(self, document_id: str | None = None) -> Iterator[Clause]:
        """All clauses, or those of one document, in order."""
        for clause_id in self.clause_ids(document_id):
            yield self.clause(clause_id)

    def unit_rows(self) -> list[tuple[str, str, str]]:
        """`(clause_id, role, name)` of every unit of every clause."""
        rows = self._connection.execute("SELECT clause_id, role, name FROM units ORDER BY rowid")
        return [(row[0], row[1], row[2]) for row in rows.fetchall()]

    def segment_clauses(self) -> list[str]:
        """The clause id of each segment, by index position."""
        return [row[0] for row in self._connection.execute("SELECT clause_id FROM segments ORDER BY position")]

    def segment_digests(self) -> list[str]:
        """The text digest of each segment, by index position."""
        return [row[0] for row in self._connection.execute("SELECT digest FROM segments ORDER BY position")]

    def _read_clause(self, clause_id: str) -> Clause:
        row = self._connection.execute("SELECT * FROM clauses WHERE clause_id = ?", (clause_id,)).fetchone()
        if row is None:
            raise ClauseNotFoundError(f"no clause {clause_id!r}; `tiaowen clauses` lists the ids")
        units = self._connection.execute(
            "SELECT role, name FROM units WHERE clause_id = ? ORDER BY role, place", (clause_id,)
        ).fetchall()
        figures = self._connection.execute(
            "SELECT * FROM figures WHERE clause_id = ? ORDER BY place", (clause_id,)
        ).fetchall()
        return Clause(
            row[1], row[2], ClauseKind(row[3]), Part(row[4]), row[5], row[6], row[7], tuple(json.loads(row[8])),
            row[11], Span(row[9], row[10]),
            tuple(name for role, name in units if role == "lead"),
            tuple(name for role, name in units if role == "responsible"),
            UnitRule(row[12]), Span(row[13], row[14]) if row[13] is not None else None,
            tuple(_figure(f) for f in figures),
            tuple(Cell(h, t, Span(a, b)) for h, t, a, b in json.loads(row[15])),
        )  # fmt: skip


def _figure(row: Sequence[Any]) -> Figure:
    periods, cap, conditions = (tuple(Span(a, b) for a, b in spans) for spans in json.loads(row[14] or "[[],[],[]]"))
    return Figure(
        row[2], Span(row[3], row[4]), FigureKind(row[5]), row[6], row[7], row[8], row[9], row[10], row[11],
        Span(row[12], row[13]), periods, cap[0] if cap else None, conditions,
    )  # fmt: skip


def _document(row: Sequence[Any]) -> Document:
    place = json.loads(row[7]) if row[7] else None
    source: str = row[11]
    return Document(
        row[1], row[2], row[3], tuple(json.loads(row[4])), row[5], row[6],
        Place(place["name"], place["level"], tuple(place["path"])) if place else None,
        row[8], row[9], row[10], source, (),
        tuple(Heading(p, source[a:b], Span(a, b), level) for p, a, b, level in json.loads(row[12])),
        tuple(Furniture(r, Span(a, b)) for r, a, b in json.loads(row[13])), tuple(json.loads(row[14])),
        _relations(json.loads(row[15])),
    )  # fmt: skip


def _relations(held: dict[str, Any]) -> Relations:
    return Relations(
        DocumentKind(held["kind"]), tuple(held["addressees"]), Validity(**held["validity"]),
        tuple(Reference(**one) for one in held["carries_out"]), tuple(Reference(**one) for one in held["repeals"]),
    )  # fmt: skip
