"""What a snapshot holds, to list and to quote, without a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from assistant.answer import Citation, clause_json
from assistant.documents import Documents
from assistant.facts import Facts
from assistant.settings import Settings
from corpus.document import Clause, Document
from corpus.lossless import Leak, leaks
from indexing.store import Manifest, Store


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document as a list shows it."""

    document: Document
    clauses: int

    def to_json(self) -> dict[str, Any]:
        """Identity, counts and warnings."""
        d = self.document
        return {
            "document_id": d.document_id, "title": d.title, "document_number": d.document_number,
            "issuer": list(d.issuers), "issued": d.issued, "published": d.published,
            "place": d.place_name, "source_file": d.source_file,
            "clauses": self.clauses, "warnings": list(d.warnings), **asdict(d.relations),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A clause with its document, and the ids of the clauses before and after it in the text; None at an end."""

    citation: Citation
    previous: str | None
    next: str | None

    def to_json(self) -> dict[str, Any]:
        """The clause line of `tiaowen clauses --json`, with issuer, date, place and the neighbours' ids."""
        d = self.citation.document
        return {
            **clause_json(self.citation.clause, d), "issuer": "、".join(d.issuers) or None, "published": d.published,
            "place": d.place_name, "previous": self.previous, "next": self.next,
        }  # fmt: skip


class Catalog:
    """What a snapshot holds, to list and to quote; needs no model and opens at once."""

    def __init__(self, store: Store, manifest: Manifest) -> None:
        self._store = store
        self.manifest = manifest

    @classmethod
    def over(cls, settings: Settings) -> Catalog:
        """The catalog of the snapshot of `settings`. Raises SnapshotMissingError or IndexMismatchError."""
        manifest = Manifest.open(settings.snapshot)
        return Catalog(Store(settings.snapshot / "corpus.sqlite"), manifest)

    @property
    def corpus_digest(self) -> str:
        """SHA-256 over the ids and the bytes of the documents."""
        return self.manifest.corpus_digest

    def close(self) -> None:
        """Release the snapshot."""
        self._store.close()

    def documents(self) -> list[DocumentSummary]:
        """The documents of the snapshot in order."""
        counts = self._store.clause_counts()
        return [DocumentSummary(document, counts.get(i, 0)) for i, document in self._store.documents().items()]

    def clauses(self, document_id: str | None = None) -> Iterator[dict[str, Any]]:
        """Every clause, or those of one document, as contract objects. Raises DocumentNotFoundError."""
        if document_id is not None:
            self._store.document(document_id)
        return (clause_json(c, self._store.document(c.document_id)) for c in self._store.clauses(document_id))

    def leaks(self, document_id: str | None = None) -> dict[str, list[Leak]]:
        """For every document, or the one named, the stretches that are lost or counted twice; empty lists prove
        that each code point stands in exactly one clause, heading or furniture stretch.

        Raises DocumentNotFoundError.
        """
        ids = list(self._store.documents()) if document_id is None else [document_id]
        return {
            i: leaks(replace(self._store.document(i), clauses=tuple(self._store.clauses(i)))) for i in ids
        }

    @cached_property
    def facts(self) -> Facts:
        """The tasks, targets and subsidies of the corpus, to filter and to list."""
        return Facts(self._store, Documents(self._store.documents()))

    def units(self) -> list[str]:
        """The names of all units of the corpus, each once, as printed."""
        return self._store.unit_names()

    def read(self) -> tuple[list[Clause], dict[str, Document]]:
        """All clauses in order, and the documents by id."""
        return list(self._store.clauses()), {i: self._store.document(i) for i in self._store.documents()}

    def source(self, document_id: str) -> str:
        """The source text of a document. Raises DocumentNotFoundError."""
        return self._store.document(document_id).source

    def summary(self, document_id: str) -> DocumentSummary:
        """What a list shows of one document. Raises DocumentNotFoundError."""
        document = self._store.document(document_id)
        return DocumentSummary(document, self._store.clause_count(document_id))

    def clause(self, clause_id: str) -> Neighbourhood:
        """One clause with its document and the ids before and after it. Raises ClauseNotFoundError."""
        clause = self._store.clause(clause_id)
        ids = self._store.clause_ids(clause.document_id)
        at = ids.index(clause_id)
        return Neighbourhood(
            Citation(self._store.document(clause.document_id), clause),
            ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None,
        )  # fmt: skip

    def outline(self, document_id: str) -> list[dict[str, Any]]:
        """The headings and clauses of a document in the order of its text: `level` counts the headings above, and
        `clause_id` is None for a heading that cannot be cited. Raises DocumentNotFoundError."""
        document = self._store.document(document_id)
        headings = [
            {"clause_id": None, "kind": "heading", "path": h.path, "label": None, "heading": h.text, "level": h.level,
             "start": h.span.start, "end": h.span.end} for h in document.headings
        ]  # fmt: skip
        clauses = [
            {"clause_id": c.clause_id, "kind": c.kind.value, "path": c.path, "label": c.label, "heading": c.heading,
             "level": len(c.breadcrumb) + 1, "start": c.span.start, "end": c.span.end}
            for c in self._store.clauses(document_id)
        ]  # fmt: skip
        return sorted([*headings, *clauses], key=lambda entry: (entry["start"], entry["end"]))
