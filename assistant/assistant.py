"""The one object that the outside uses: it opens a snapshot and answers questions."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from assistant.answer import Answer, Citation, Statement, Status, clause_json
from assistant.answering import Answerer
from assistant.conversation import resolve
from assistant.documents import Documents
from assistant.draft import Draft, Line
from assistant.english import English
from assistant.facts import Facts
from assistant.followups import follow_ups
from assistant.library import Library
from assistant.question import Question, check
from assistant.ranking import Ranking
from assistant.retrieval import Hit, Retriever, superseded
from assistant.scoring import Scorer
from assistant.settings import MAX_QUESTION, Settings
from assistant.spelling import Spelling
from assistant.units import Units
from assistant.verdicts import Report, Verification, Verified
from assistant.verification import Said, Verifier, statements
from assistant.wording import Worded, Wording
from corpus.document import Clause, Document
from corpus.errors import IndexMismatchError, QuestionError
from corpus.lossless import Leak, leaks
from corpus.normalize import in_script, script_of, tells_script
from indexing.store import Manifest, Store

_SEPARATOR = "\n"
LOOKED_AT = 6  # clauses found for a statement that cites none


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
            "place": "".join(d.place.path) if d.place else None, "source_file": d.source_file,
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
            "place": "".join(d.place.path) if d.place else None, "previous": self.previous, "next": self.next,
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

    def clause(self, clause_id: str) -> Neighbourhood:
        """One clause with its document and the ids before and after it. Raises ClauseNotFoundError."""
        clause = self._store.clause(clause_id)
        ids = self._store.clause_ids(clause.document_id)
        at = ids.index(clause_id)
        return Neighbourhood(
            Citation(self._store.document(clause.document_id), clause),
            ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None,
        )  # fmt: skip


class Assistant(Catalog):
    """Questions in, cited answers out. Safe to use from several threads."""

    def __init__(
        self, store: Store, answerer: Answerer, manifest: Manifest, documents: Documents,
        replaced: Mapping[str, Document], *, verifies: bool = True, wording: Wording | None = None,
        reranker: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(store, manifest)
        self._reranker = reranker
        self._wording = wording
        self._verifies = verifies
        self._answerer = answerer
        self._lock = threading.Lock()
        self._superseded = replaced
        self._known = documents.names

    @classmethod
    def open(cls, settings: Settings, *, without: frozenset[str] = frozenset()) -> Assistant:
        """The assistant over the snapshot of `settings`; `without` names parts (`settings.PARTS`) that an
        evaluation switches off.

        Raises SnapshotMissingError where nothing was built, IndexMismatchError where the snapshot was made
        with another encoder or is damaged, EncoderError where a model cannot be loaded.
        """
        from indexing.dense import DenseIndex
        from indexing.embedding import CachedEncoder, open_encoder
        from indexing.lexical import LexicalIndex

        manifest = Manifest.open(settings.snapshot)
        encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads)
        if (encoder.name, encoder.dimension) != (manifest.encoder, manifest.dimension):
            raise IndexMismatchError(
                f"the index was built with encoder {manifest.encoder!r} ({manifest.dimension} dimensions), not "
                f"{encoder.name!r} ({encoder.dimension}); run `tiaowen build` again"
            )
        store = Store(settings.snapshot / "corpus.sqlite")
        dense = DenseIndex.open(settings.snapshot / "dense.faiss", manifest.dimension)
        lexical = LexicalIndex.open(settings.snapshot / "lexical")
        if not len(dense) == len(lexical) == manifest.segments:
            raise IndexMismatchError(
                f"the index at {str(settings.snapshot)!r} is incomplete; run `tiaowen build` again"
            )
        documents = Documents(store.documents())
        replaced = superseded(store.documents().values())
        ranking = ranking_of(settings)
        retriever = Retriever(store, Scorer(dense, lexical, CachedEncoder(encoder), without), documents, replaced, ranking)
        answerer = Answerer(Library(store, retriever, lexical, documents), without)
        wording = Wording(Spelling(lexical, documents.names), English(documents.places()))
        return cls(
            store, answerer, manifest, documents, replaced, verifies="verification" not in without, wording=wording,
            reranker=ranking.name if ranking is not None else None,
        )  # fmt: skip

    def ask(self, question: str, history: Sequence[str] = (), *, script: str | None = None) -> Answer:
        """The answer to `question`, read with the earlier questions of `history` (oldest first), in the asker's own
        script or in `script` (`hans`, `hant`).

        Raises QuestionError where the question is empty, too long or no text.
        """
        started = time.perf_counter()
        text = check(question)
        with self._lock:
            worded = self._worded(text, history)
            understood = resolve(worded.text, worded.history, self._known)
            known = time.perf_counter()
            draft = self._answerer.draft(understood)
            answer = self._finished(text, script or _script(text, history), understood, draft, worded)
        done = time.perf_counter()
        timings = {
            "understand": _ms(known - started),
            "answer": _ms(done - known),
            "total": _ms(done - started),
        }
        return Answer(
            answer.question, answer.status, answer.answer, answer.statements, answer.citations, answer.nearest,
            answer.clarification, answer.follow_ups, timings, self.reply_id(text, history, script),
            understood.normal,
        )  # fmt: skip

    def verify(self, text: str, clause_ids: Sequence[str] | None = None) -> Verification:
        """Each statement of anyone's `text`, held against clauses of the corpus.

        With `clause_ids` a statement is held against those that its numbers in brackets name (`[1]` is the first of
        them), one without numbers against all; without, against the clause that a search finds for it and that
        supports it best. Raises QuestionError for an empty or over-long text or a number that names no clause,
        ClauseNotFoundError for an unknown id.
        """
        said = statements(text)
        given = None if clause_ids is None else [self._store.clause(clause_id) for clause_id in clause_ids]
        citations: dict[str, int] = {}
        verified: list[Verified] = []
        before: list[Clause] = []  # what the statement before rests on: the next one often goes on with it
        for one in said:
            if given is None:
                report, before = self._best_supported(one.text, before)
            else:
                report, before = self._held_against(one.text, _named(one, given))
            indexes = tuple(citations.setdefault(clause.clause_id, len(citations)) for clause in before)
            verified.append(Verified(one.start, one.end, report, indexes))
        return Verification(tuple(verified), tuple(self._citation(self._store.clause(i)) for i in citations))

    def _held_against(self, statement: str, clauses: Sequence[Clause]) -> tuple[Report, list[Clause]]:
        cited = [(clause, self._store.document(clause.document_id)) for clause in clauses]
        return self.verifier.check(statement, cited), list(clauses)

    def _best_supported(self, statement: str, before: Sequence[Clause]) -> tuple[Report, list[Clause]]:
        """The report over the clause that supports most of a statement, of those found for it and those before; of
        those before only where it goes on with what they were cited for."""
        if before and self.verifier.goes_on(statement):
            return self._held_against(statement, before)
        found = [hit.clause for hit in self.search(statement[:MAX_QUESTION], LOOKED_AT)]
        each = [self._held_against(statement, [clause]) for clause in dict.fromkeys((*before, *found))]
        if not each:
            return self._held_against(statement, [])
        return max(each, key=lambda one: one[0].rank)

    @cached_property
    def verifier(self) -> Verifier:
        """What checks statements against the clauses of this corpus."""
        return Verifier(Units(self.units()))

    def drafted(self, question: str, history: Sequence[str] = ()) -> list[Line]:
        """The statements for `question` before they are verified. Raises QuestionError as `ask` does."""
        text = check(question)
        with self._lock:
            worded = self._worded(text, history)
            return list(self._answerer.draft(resolve(worded.text, worded.history, self._known)).lines)

    def reply_id(self, question: str, history: Sequence[str] = (), script: str | None = None) -> str:
        """What names a reply: 16 hexadecimal digits over the question as checked, its history, the script asked for,
        the corpus, the models and the versions. Two replies with one id are the same but for their timings."""
        known = [check(question), list(history), script, asdict(self.manifest), self._reranker, _version()]
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]

    def search(self, query: str, k: int = 10, history: Sequence[str] = ()) -> list[Hit]:
        """The `k` best clauses for a query, read with the earlier questions of `history`: those it names by number
        first. Raises QuestionError as `ask` does."""
        text = check(query)
        with self._lock:
            worded = self._worded(text, history)
            hits = self._answerer.found(resolve(worded.text, worded.history, self._known), k)
        return [replace(hit, document=self._store.document(hit.clause.document_id)) for hit in hits]

    # ---- from draft to answer ---------------------------------------------------------------------------

    def _worded(self, text: str, history: Sequence[str]) -> Worded:
        """The question and its history in the words in which they are understood."""
        return self._wording.read(text, history) if self._wording else Worded(text, tuple(history))

    def _finished(
        self, question: str, script: str, understood: Question, draft: Draft, worded: Worded
    ) -> Answer:
        """Verify every line, number the citations, put the words into the asker's script; how the question was read
        is said first."""
        citations: dict[str, int] = {}
        statements: list[Statement] = []
        for line in draft.lines:
            checked = self._verified(line)
            if checked is None:
                continue
            line = checked
            indexes = tuple(citations.setdefault(clause.clause_id, len(citations)) for clause in line.clauses)
            statements.append(Statement(in_script(line.text, script), indexes))
        status = draft.status
        if not statements and status in (Status.ANSWERED, Status.PARTIAL):
            status, draft.message = (
                Status.NOT_FOUND,
                draft.message or "现有文件中没有查到所问的内容，无法回答。",
            )
        head = [in_script(note, script) for note in worded.notes(status)]
        head += [in_script(draft.clarification, script)] if draft.clarification else []
        tail = [in_script(draft.message, script)] if draft.message else []
        tail += [in_script(note, script) for note in self._repealed(citations)]
        pieces = [*head, *(statement.text for statement in statements), *tail]
        cited = [(c, self._store.document(c.document_id)) for c in map(self._store.clause, citations)]
        suggested = follow_ups(understood, cited)
        return Answer(
            question, status, _SEPARATOR.join(pieces), tuple(statements),
            tuple(self._citation(self._store.clause(clause_id)) for clause_id in citations),
            tuple(self._citation(clause) for clause in draft.nearest[:3]),
            _SEPARATOR.join(head) or None, tuple(in_script(text, script) for text in suggested),
        )  # fmt: skip

    def _repealed(self, cited: Iterable[str]) -> list[str]:
        """A note for each cited document that another one of the corpus repeals."""
        documents = dict.fromkeys(self._store.clause(clause_id).document_id for clause_id in cited)
        return [
            f"注意：《{self._store.document(i).title}》已由《{self._superseded[i].title}》废止。"
            for i in documents if i in self._superseded
        ]  # fmt: skip

    def _verified(self, line: Line) -> Line | None:
        """The line where every atom stands in what it cites; else the clause's own words, or nothing in place of what
        was worked out."""
        cited = [(clause, self._store.document(clause.document_id)) for clause in line.clauses]
        if not self._verifies or self.verifier.check(line.text, cited, line.allowed).supported:
            return line
        return None if "＝" in line.text else Line(line.clauses[0].text, line.clauses[:1])

    def _citation(self, clause: Clause) -> Citation:
        return Citation(self._store.document(clause.document_id), clause)


def ranking_of(settings: Settings) -> Ranking | None:
    """What orders the best clauses, where a reranker is set. Raises EncoderError."""
    if settings.reranker is None:
        return None
    from indexing.reranking import CrossEncoderReranker

    return Ranking(CrossEncoderReranker.open(settings.reranker, threads=settings.threads))


@cache
def _version() -> str:
    try:
        return version("tiaowen")
    except PackageNotFoundError:
        return "absent"


def _script(text: str, history: Sequence[str]) -> str:
    """The asker's script: of the question, or of the questions before where it has no character that tells."""
    return script_of(text) if tells_script(text) else script_of("".join(history))


def _named(said: Said, given: Sequence[Clause]) -> list[Clause]:
    """The clauses that a statement's numbers in brackets name; all that were given where it has none."""
    if not said.markers:
        return list(given)
    wrong = [number for number in said.markers if not 1 <= number <= len(given)]
    if wrong:
        raise QuestionError(f"[{wrong[0]}] names no clause: {len(given)} clause ids were given; number them from [1]")
    return [given[number - 1] for number in dict.fromkeys(said.markers)]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
