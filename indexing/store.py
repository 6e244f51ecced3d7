"""The snapshot folder: SQLite for documents, clauses and facts, the indexes beside it, a manifest above all.

    <home>/snapshot/manifest.json   format, encoder, dimension, digests, counts, library versions
                    corpus.sqlite   documents, headings, clauses, figures, units, mentions, segments
                    passages.npy    the clause and the document of each segment
                    dense.faiss     one vector a segment
                    vectors.npy     the same, to re-encode only what changed
                    lexical/        BM25 over words and bigrams

Documents, clauses and segments have positions: their places in the order of the corpus. Nothing here reads the
whole file to answer for one clause or one document.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
from corpus.normalize import normal
from indexing.segments import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT: Final = 4
PASSAGE: Final = [("clause", "<i4"), ("document", "<i4")]
"""What `passages.npy` says of a segment: the positions of its clause and of its document."""

_LIBRARIES = ("faiss-cpu", "jieba", "opencc-python-reimplemented", "onnxruntime", "numpy")
_KEPT = 20_000  # clauses kept in memory
_SOURCES = 256  # whole documents kept in memory
_AT_ONCE = 500  # clauses read by one statement; SQLite takes some 30,000 parameters
_NUMBER = re.compile(r"〔\d{4}〕\d+号")
_SCHEMA = """
CREATE TABLE documents (position INTEGER PRIMARY KEY, document_id TEXT, title TEXT, document_number TEXT,
    issuers TEXT, issued TEXT, published TEXT, place TEXT, script TEXT, source_file TEXT, digest TEXT,
    warnings TEXT, relations TEXT);
CREATE TABLE texts (position INTEGER PRIMARY KEY, source TEXT, headings TEXT, furniture TEXT);
CREATE TABLE clauses (position INTEGER PRIMARY KEY, clause_id TEXT, document_id TEXT, kind TEXT, part TEXT,
    path TEXT, label TEXT, heading TEXT, breadcrumb TEXT, span_start INTEGER, span_end INTEGER, text TEXT,
    unit_rule TEXT, units_start INTEGER, units_end INTEGER, cells TEXT);
CREATE TABLE units (clause INTEGER, role TEXT, place INTEGER, name TEXT);
CREATE TABLE mentions (number TEXT, clause INTEGER);
CREATE TABLE figures (clause INTEGER, place INTEGER, text TEXT, span_start INTEGER, span_end INTEGER, kind TEXT,
    indicator TEXT, comparator TEXT, value REAL, unit TEXT, year INTEGER, scope TEXT,
    sentence_start INTEGER, sentence_end INTEGER, terms TEXT);
CREATE TABLE segments (position INTEGER PRIMARY KEY, digest TEXT);
"""
# Made when everything is in: sorted once instead of kept in order row by row.
_INDEXES = """
CREATE UNIQUE INDEX documents_by_id ON documents (document_id);
CREATE UNIQUE INDEX clauses_by_id ON clauses (clause_id);
CREATE INDEX clauses_by_document ON clauses (document_id, position);
CREATE INDEX units_by_clause ON units (clause);
CREATE INDEX units_by_name ON units (name);
CREATE INDEX mentions_by_number ON mentions (number);
CREATE INDEX figures_by_clause ON figures (clause);
CREATE INDEX figures_by_kind ON figures (kind, year, clause);
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


class Writer:
    """Writes a new SQLite file and `passages.npy` beside it, one document at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path)
        # The file is new and thrown away where writing it fails, so nothing has to be undone.
        self._connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_SCHEMA}")
        self._passages = array("i")
        self.documents = self.clauses = self.segments = 0

    def add(self, document: Document, segments: Iterable[Segment]) -> None:
        """Write a document, its clauses and their segments, each in order."""
        insert, insert_all = self._connection.execute, self._connection.executemany
        insert("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", _document_row(self.documents, document))
        insert("INSERT INTO texts VALUES (?,?,?,?)", _text_row(self.documents, document))
        placed: dict[str, int] = {}
        for position, clause in enumerate(document.clauses, self.clauses):
            placed[clause.clause_id] = position
            insert("INSERT INTO clauses VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", _clause_row(position, clause))
            insert_all("INSERT INTO units VALUES (?,?,?,?)", _unit_rows(position, clause))
            insert_all("INSERT INTO mentions VALUES (?,?)", ((number, position) for number in document_numbers(clause.text)))
            insert_all("INSERT INTO figures VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", _figure_rows(position, clause))
        for segment in segments:
            insert("INSERT INTO segments VALUES (?,?)", (self.segments, segment.digest))
            self._passages.extend((placed[segment.clause_id], self.documents))
            self.segments += 1
        self.clauses += len(document.clauses)
        self.documents += 1

    def close(self) -> None:
        """Put everything on disk."""
        import numpy as np

        self._connection.executescript(_INDEXES)
        self._connection.commit()
        self._connection.close()
        flat = np.array(self._passages, dtype="<i4").reshape(-1, 2)
        np.save(self._path.with_name("passages.npy"), np.ascontiguousarray(flat).view(PASSAGE).reshape(-1))


def document_numbers(text: str) -> list[str]:
    """The year and number of each document number in a text (〔2024〕6号), each once, as they are looked up."""
    return list(dict.fromkeys(_NUMBER.findall(re.sub(r"\s+", "", bracketed(text)))))


def bracketed(text: str) -> str:
    """A text as normal text with one kind of brackets: [2024] and 【2024】 are 〔2024〕."""
    return normal(text).translate(_BRACKETS)


_BRACKETS = str.maketrans({"[": "〔", "【": "〔", "(": "〔", "]": "〕", "】": "〕", ")": "〕"})


def _document_row(number: int, d: Document) -> tuple[Any, ...]:
    return (
        number, d.document_id, d.title, d.document_number, _json(d.issuers), d.issued, d.published,
        _json(asdict(d.place)) if d.place else None, d.script, d.source_file, d.digest, _json(d.warnings),
        _json(asdict(d.relations)),
    )  # fmt: skip


def _text_row(number: int, d: Document) -> tuple[Any, ...]:
    return (
        number, d.source, _json([(h.path, h.span.start, h.span.end, h.level) for h in d.headings]),
        _json([(f.reason, f.span.start, f.span.end) for f in d.furniture]),
    )  # fmt: skip


def _clause_row(position: int, c: Clause) -> tuple[Any, ...]:
    return (
        position, c.clause_id, c.document_id, c.kind.value, c.part.value, c.path, c.label, c.heading,
        _json(c.breadcrumb), c.span.start, c.span.end, c.text, c.unit_rule.value,
        c.units_span.start if c.units_span else None, c.units_span.end if c.units_span else None,
        _json([(cell.header, cell.text, cell.span.start, cell.span.end) for cell in c.cells]),
    )  # fmt: skip


def _unit_rows(position: int, c: Clause) -> Iterator[tuple[Any, ...]]:
    for role, names in (("lead", c.lead_units), ("responsible", c.responsible_units)):
        for place, name in enumerate(names):
            yield position, role, place, name


def _figure_rows(position: int, c: Clause) -> Iterator[tuple[Any, ...]]:
    for place, f in enumerate(c.figures):
        yield (
            position, place, f.text, f.span.start, f.span.end, f.kind.value, f.indicator, f.comparator, f.value,
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
    """Reads the SQLite file of a snapshot; safe to use from several threads.

    One connection, opened when the store is, and one reader at a time: a second connection would be opened by name,
    and by then another build may have put its own file there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            self._connection.execute("SELECT 1 FROM documents LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise IndexMismatchError(f"{str(path)!r} cannot be read ({error}); run `tiaowen build` again") from error
        self._clauses: dict[int, Clause] = {}
        self._lock = threading.Lock()  # of the clauses kept
        self._reading = threading.Lock()  # of the connection
        self._place = lru_cache(maxsize=_KEPT)(self._find)
        self._row_places = lru_cache(maxsize=_SOURCES)(self._find_rows)
        self._whole = lru_cache(maxsize=_SOURCES)(self._read_document)
        self._documents: dict[str, Document] | None = None

    def close(self) -> None:
        """Release the file, when whoever reads has read."""
        with self._reading:
            self._connection.close()

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows that a statement finds."""
        with self._reading:
            return self._connection.execute(statement, values).fetchall()

    def documents(self) -> Mapping[str, Document]:
        """All documents by id in corpus order: what they are and what they relate to. What they hold (`source`,
        `clauses`, `headings`, `furniture`) is left empty; `document` has all but the clauses."""
        if self._documents is None:
            rows = self._rows("SELECT * FROM documents ORDER BY position")
            self._documents = {row[1]: _document(row) for row in rows}
        return self._documents

    def document(self, document_id: str) -> Document:
        """One document without its clauses. Raises DocumentNotFoundError."""
        return self._whole(document_id)

    def clause(self, clause_id: str) -> Clause:
        """One clause with its facts. Raises ClauseNotFoundError."""
        return self.clauses_at((self._place(clause_id),))[0]

    def holds(self, clause_id: str) -> bool:
        """Whether there is a clause of that id."""
        try:
            self._place(clause_id)
        except ClauseNotFoundError:
            return False
        return True

    def clauses_at(self, positions: Sequence[int]) -> list[Clause]:
        """The clauses at `positions` with their facts, in that order."""
        with self._lock:
            found = {position: self._clauses[position] for position in positions if position in self._clauses}
            missing = [position for position in dict.fromkeys(positions) if position not in found]
            for at in range(0, len(missing), _AT_ONCE):
                found.update(self._read_clauses(missing[at : at + _AT_ONCE]))
            if len(self._clauses) + len(missing) > _KEPT:
                self._clauses.clear()
            self._clauses.update((position, found[position]) for position in missing[:_KEPT])
        return [found[position] for position in positions]

    def clause_ids(self, document_id: str | None = None) -> list[str]:
        """The ids of all clauses, or those of one document, in order."""
        return [clause_id for _, clause_id in self._places(document_id)]

    def clauses(self, document_id: str | None = None) -> Iterator[Clause]:
        """All clauses, or those of one document, in order."""
        positions = [position for position, _ in self._places(document_id)]
        for at in range(0, len(positions), _AT_ONCE):
            yield from self.clauses_at(positions[at : at + _AT_ONCE])

    def clause_count(self, document_id: str) -> int:
        """How many clauses one document has; 0 for an unknown id."""
        return int(self._rows("SELECT count(*) FROM clauses WHERE document_id = ?", (document_id,))[0][0])

    def clause_counts(self) -> dict[str, int]:
        """How many clauses each document has."""
        return dict(self._rows("SELECT document_id, count(*) FROM clauses GROUP BY document_id"))

    def rows_of(self, document_id: str) -> list[Clause]:
        """The table rows of a document that have a key, in order."""
        return self.clauses_at(self._row_places(document_id))

    def unit_names(self) -> list[str]:
        """The names of all units as printed, each once, in the order of their first clauses."""
        rows = self._rows("SELECT name FROM units GROUP BY name ORDER BY min(rowid)")
        return [row[0] for row in rows]

    def clauses_of_units(
        self, names: Iterable[str], role: str | None = None, documents: Sequence[str] | None = None
    ) -> list[Clause]:
        """The clauses in whose lists one of `names` stands, in corpus order; in the lists of `role` only and of
        `documents` only, where given."""
        found: set[int] = set()
        for name in names:
            rows = self._rows("SELECT clause, role FROM units WHERE name = ?", (name,))
            found.update(clause for clause, held in rows if role is None or held == role)
        clauses = self.clauses_at(sorted(found))
        return clauses if documents is None else [c for c in clauses if c.document_id in set(documents)]

    def clauses_with_units(
        self, names: Iterable[str] | None = None, documents: Iterable[str] | None = None
    ) -> Iterator[Clause]:
        """The clauses that list units, in corpus order: one of `names`, where given, and of `documents` only, where
        given."""
        return self._found("units", [("name", names)], documents)

    def clauses_with_figures(
        self, kinds: Iterable[str], year: int | None = None, documents: Iterable[str] | None = None
    ) -> Iterator[Clause]:
        """The clauses with a figure of one of `kinds`, and of `year` and of `documents` only, where given; in corpus
        order."""
        return self._found("figures", [("kind", kinds), ("year", None if year is None else [year])], documents)

    def _found(
        self, table: str, wanted: Iterable[tuple[str, Iterable[object] | None]], documents: Iterable[str] | None
    ) -> Iterator[Clause]:
        """The clauses of the rows of `table` whose columns have one of the values wanted; None leaves a column open."""
        conditions, values = ["1"], []
        for column, held in wanted:
            if held is not None:
                conditions.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608
                values.append(_json(list(held)))
        if documents is not None:
            conditions.append("clause IN (SELECT position FROM clauses WHERE document_id IN (SELECT value FROM json_each(?)))")
            values.append(_json(sorted(documents)))
        statement = f"SELECT DISTINCT clause FROM {table} WHERE {' AND '.join(conditions)} ORDER BY clause"  # noqa: S608
        positions = [row[0] for row in self._rows(statement, values)]
        for at in range(0, len(positions), _AT_ONCE):
            yield from self.clauses_at(positions[at : at + _AT_ONCE])

    def mentioning(self, number: str) -> list[Clause]:
        """The clauses that print a document number of that year and number (`〔2024〕6号`), in corpus order."""
        found: set[int] = set()
        for key in document_numbers(number):
            found.update(row[0] for row in self._rows("SELECT clause FROM mentions WHERE number = ?", (key,)))
        return self.clauses_at(sorted(found))

    def passages(self) -> NDArray[np.void]:
        """The clause and the document of each segment by position, shape (segments,), dtype `PASSAGE`; mapped."""
        import numpy as np

        path = self._path.with_name("passages.npy")
        try:
            found: NDArray[np.void] = np.load(path, mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise IndexMismatchError(f"{str(path)!r} cannot be read ({error}); run `tiaowen build` again") from error
        return found

    def segment_digests(self) -> list[str]:
        """The text digest of each segment, by index position."""
        return [row[0] for row in self._rows("SELECT digest FROM segments ORDER BY position")]

    def _places(self, document_id: str | None) -> list[tuple[int, str]]:
        if document_id is None:
            return self._rows("SELECT position, clause_id FROM clauses ORDER BY position")
        if document_id not in self.documents():
            raise _unknown(document_id)
        return self._rows(
            "SELECT position, clause_id FROM clauses WHERE document_id = ? ORDER BY position", (document_id,)
        )

    def _find(self, clause_id: str) -> int:
        found = self._rows("SELECT position FROM clauses WHERE clause_id = ?", (clause_id,))
        if not found:  # raised and not returned, so that unknown ids are not kept
            raise ClauseNotFoundError(f"no clause {clause_id!r}; `tiaowen clauses` lists the ids")
        return int(found[0][0])

    def _find_rows(self, document_id: str) -> tuple[int, ...]:
        return tuple(row[0] for row in self._rows(
            "SELECT position FROM clauses WHERE document_id = ? AND kind = 'row' AND heading != '' ORDER BY position",
            (document_id,),
        ))  # fmt: skip

    def _read_document(self, document_id: str) -> Document:
        card = self.documents().get(document_id)
        if card is None:
            raise _unknown(document_id)
        ((source, headings, furniture),) = self._rows(
            "SELECT source, headings, furniture FROM texts JOIN documents USING (position) WHERE document_id = ?", (document_id,)
        )
        return replace(
            card, source=source,
            headings=tuple(Heading(p, source[a:b], Span(a, b), level) for p, a, b, level in json.loads(headings)),
            furniture=tuple(Furniture(r, Span(a, b)) for r, a, b in json.loads(furniture)),
        )  # fmt: skip

    def _read_clauses(self, positions: Sequence[int]) -> dict[int, Clause]:
        marks = ",".join("?" * len(positions))
        units: dict[int, dict[str, list[str]]] = {}
        for clause, role, name in self._rows(
            f"SELECT clause, role, name FROM units WHERE clause IN ({marks}) ORDER BY clause, role, place", positions  # noqa: S608
        ):
            units.setdefault(clause, {}).setdefault(role, []).append(name)
        figures: dict[int, list[Figure]] = {}
        for row in self._rows(
            f"SELECT * FROM figures WHERE clause IN ({marks}) ORDER BY clause, place", positions  # noqa: S608
        ):
            figures.setdefault(row[0], []).append(_figure(row))
        rows = self._rows(f"SELECT * FROM clauses WHERE position IN ({marks})", positions)  # noqa: S608
        return {row[0]: _clause(row, units.get(row[0], {}), figures.get(row[0], ())) for row in rows}


def _unknown(document_id: str) -> DocumentNotFoundError:
    return DocumentNotFoundError(f"no document {document_id!r}; `tiaowen documents` lists the ids")


def _clause(row: Sequence[Any], units: Mapping[str, Sequence[str]], figures: Iterable[Figure]) -> Clause:
    return Clause(
        row[1], row[2], ClauseKind(row[3]), Part(row[4]), row[5], row[6], row[7], tuple(json.loads(row[8])),
        row[11], Span(row[9], row[10]), tuple(units.get("lead", ())), tuple(units.get("responsible", ())),
        UnitRule(row[12]), Span(row[13], row[14]) if row[13] is not None else None, tuple(figures),
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
    return Document(
        row[1], row[2], row[3], tuple(json.loads(row[4])), row[5], row[6],
        Place(place["name"], place["level"], tuple(place["path"])) if place else None,
        row[8], row[9], row[10], "", (), (), (), tuple(json.loads(row[11])), _relations(json.loads(row[12])),
    )  # fmt: skip


def _relations(held: dict[str, Any]) -> Relations:
    return Relations(
        DocumentKind(held["kind"]), tuple(held["addressees"]), Validity(**held["validity"]),
        tuple(Reference(**one) for one in held["carries_out"]), tuple(Reference(**one) for one in held["repeals"]),
    )  # fmt: skip
