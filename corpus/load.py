"""The straight line from a file to a `Document`: read, normalize, find furniture and tables, outline, facts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from corpus.document import Document, Furniture, Heading, Span
from corpus.errors import SourceError
from corpus.facts import clauses_of, is_clause, own_span
from corpus.furniture import BOOKMARK, furniture_lines
from corpus.identity import identify
from corpus.lines import Line, split_lines, unfolded
from corpus.lossless import markup_between
from corpus.normalize import NormalText, normalize, script_of
from corpus.outline import Outline
from corpus.reading import RawSource, policy_files, sources
from corpus.relations import relations
from corpus.structure import outline
from corpus.tables import find_tables


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why."""

    source_file: str
    reason: str


def bundled() -> Path:
    """The folder of the bundled documents."""
    return Path(str(files("corpus") / "documents"))


def load(paths: Sequence[Path]) -> tuple[list[Document], list[Failure]]:
    """The documents of files and folders in sorted order, and the files that failed.

    Document ids are unique: a second document of the same number gets `#2`.
    """
    documents: list[Document] = []
    failures: list[Failure] = []
    for source in (source for path in policy_files(paths) for source in sources(path)):
        try:
            documents.append(parse(source.read()))
        except SourceError as error:
            failures.append(Failure(source.location, str(error)))
    return list(unique_ids(documents)), failures


def unique_ids(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents with ids made unique in their order; clause ids follow."""
    seen: dict[str, int] = {}
    for document in documents:
        count = seen[document.document_id] = seen.get(document.document_id, 0) + 1
        yield document if count == 1 else _renamed(document, f"{document.document_id}#{count}")


def _renamed(document: Document, document_id: str) -> Document:
    clauses = tuple(
        replace(clause, document_id=document_id, clause_id=f"{document_id}:{clause.path}")
        for clause in document.clauses
    )
    return replace(document, document_id=document_id, clauses=clauses)


def parse(raw: RawSource) -> Document:
    """The document in a source text: identity, clauses with facts, headings, furniture.

    Raises SourceError where no clause can be found.
    """
    normal = normalize(raw.text)
    lines = unfolded(_without_bookmarks(split_lines(normal.text)))
    reasons = furniture_lines(lines)
    skip = frozenset(reasons)
    tables = find_tables(lines, skip)
    found = outline(lines, tables, skip)
    identity = identify(raw.text, normal, lines, found, raw.name)
    document_id = identity.document_number or identity.title
    clauses = clauses_of(raw.text, normal, found, document_id)
    if not clauses:
        raise SourceError(f"{raw.name!r} holds no policy text that can be cited; check what was exported")
    headings = _headings(raw.text, normal, found)
    furniture = _furniture(normal, lines, reasons)
    pieces = [*(c.span for c in clauses), *(h.span for h in headings), *(f.span for f in furniture)]
    spans = [normal.span(lines[table.first].start, lines[table.last].end) for table in tables]
    furniture = tuple(sorted((*furniture, *markup_between(raw.text, pieces, spans)), key=lambda f: f.span))
    warnings = list(raw.warnings)
    if identity.document_number is None:
        warnings.append("no document number found")
    if not identity.issuers:
        warnings.append("no issuer found")
    return Document(
        document_id, identity.title, identity.document_number, identity.issuers, identity.issued,
        identity.published, identity.place, script_of(raw.text), raw.name, raw.digest, raw.text, clauses,
        headings, furniture, tuple(warnings),
        relations(identity.title, identity.document_number, identity.issued, clauses, found, normal, raw.text, lines),
    )  # fmt: skip


def _without_bookmarks(lines: Sequence[Line]) -> list[Line]:
    """Lines without a leading `[bookmark: …]`, the trace a word processor leaves in copied text."""
    result: list[Line] = []
    for line in lines:
        found = BOOKMARK.match(line.text)
        if found:
            rest = line.text[found.end() :]
            skip = found.end() + len(rest) - len(rest.lstrip())
            line = Line(line.index, line.start + skip, line.end, rest.lstrip())
        result.append(line)
    return result


def _headings(source: str, normal: NormalText, found: Outline) -> tuple[Heading, ...]:
    """Titles, dates and section headings that are no clause of their own, in order."""
    headings: list[Heading] = []
    for mark in found.marks:
        span = normal.span(mark.start, mark.end)
        headings.append(Heading(mark.what, span.of(source), span, 0))
    for node in found.nodes:
        if not is_clause(normal, node):
            span = normal.span(*own_span(normal, node))
            headings.append(Heading(node.path, span.of(source), span, node.path.count("/") + 1))
    return tuple(sorted(headings, key=lambda heading: heading.span))


def _furniture(normal: NormalText, lines: Sequence[Line], reasons: dict[int, str]) -> tuple[Furniture, ...]:
    """Neighbouring furniture lines of one reason as one stretch."""
    stretches: list[Furniture] = []
    for index in sorted(reasons):
        line = lines[index]
        if not line.text:
            continue
        span = normal.span(line.start, line.end)
        last = stretches[-1] if stretches else None
        if (
            last is not None
            and last.reason == reasons[index]
            and not normal.text[_at(normal, last.span.end) : line.start].strip()
        ):
            stretches[-1] = Furniture(last.reason, Span(last.span.start, span.end))
        else:
            stretches.append(Furniture(reasons[index], span))
    return tuple(stretches)


def _at(normal: NormalText, source_offset: int) -> int:
    """The normal offset of a source offset that begins a code point."""
    return bisect_left(normal.starts, source_offset)
