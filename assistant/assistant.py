"""The one object that the outside uses: it opens a snapshot and answers questions."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from assistant.abbreviations import Abbreviations
from assistant.acceptance import Acceptance
from assistant.answer import Answer, Citation, Statement, Status
from assistant.answering import Answerer
from assistant.catalog import Catalog
from assistant.conversation import resolve
from assistant.documents import Documents
from assistant.draft import Draft, Line
from assistant.english import English
from assistant.facts import Facts
from assistant.followups import follow_ups
from assistant.library import Library
from assistant.proofreading import Proofreader
from assistant.question import Question, check
from assistant.ranking import Ranking
from assistant.retrieval import Hit, Retriever, superseded
from assistant.samples import samples
from assistant.scoring import Scorer
from assistant.settings import ModelSettings, Settings, chosen_mode
from assistant.speaking import SOURCES, Account, Speaker, Spoken, is_open
from assistant.spelling import Spelling
from assistant.turns import Turns
from assistant.verdicts import Verification
from assistant.verification import Verifier
from assistant.version import installed_version
from assistant.wording import Worded, Wording
from corpus.document import Clause, Document
from corpus.errors import IndexMismatchError, SettingsError
from corpus.normalize import in_script, script_of, tells_script
from indexing.store import Manifest, Store

_SEPARATOR = "\n"
KEPT: Final = 1024  # answers kept; they hold on to the clauses and documents that they cite
TURNS: Final = max(2, min(4, os.cpu_count() or 1))
"""Questions worked on at once; the others wait. One that is being encoded leaves the interpreter to the next, so that
the cores are busy with a few; more would only take turns at the interpreter, and each be answered later."""
Event = tuple[str, Any]  # what a stream yields: its name, and its payload


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question answered by the rules, and what a model may write from: `lines` stand behind the statements."""

    question: Question
    worded: Worded
    draft: Draft
    answer: Answer
    lines: tuple[Line, ...]
    sources: tuple[Clause, ...]


class Asked(NamedTuple):
    """A question, its history, the script asked for: what an answer by the rules depends on, beside the corpus."""

    text: str
    history: tuple[str, ...]
    script: str | None


class Assistant(Catalog):
    """Questions in, cited answers out. Safe to use from several threads; the last `kept` answers are given again
    without work."""

    def __init__(
        self, store: Store, answerer: Answerer, manifest: Manifest, documents: Documents,
        replaced: Mapping[str, Document], *, verifies: bool = True, wording: Wording | None = None,
        kept: int = KEPT, model: ModelSettings | None = None, mode: str = "off",
        reranker: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(store, manifest)
        self._model, self._mode = model, mode
        self._reranker = reranker
        self._kept = kept
        self._answers: OrderedDict[Asked, Answer] = OrderedDict()
        self._lock = threading.Lock()  # of the answers kept
        self._turns = Turns(TURNS)
        self._wording = wording
        self._verifies = verifies
        self._answerer = answerer
        self._superseded = replaced
        self._documents = documents
        self._gazetteer = documents.gazetteer
        self._samples: dict[str, list[str]] | None = None
        self._lock_of_samples = threading.Lock()

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
        encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads_asking)
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
        wording = Wording(
            Spelling(lexical, documents.gazetteer), English(documents.places()),
            Abbreviations(lexical, documents),
        )  # fmt: skip
        opened = cls(
            store, answerer, manifest, documents, replaced, verifies="verification" not in without, wording=wording,
            model=settings.model, mode=settings.mode, reranker=ranking.name if ranking is not None else None,
        )  # fmt: skip
        if settings.mode != "off":
            _ = opened.speaker  # loaded now, and not within the time of the first reply
        return opened

    def ask(
        self, question: str, history: Sequence[str] = (), mode: str | None = None, *, script: str | None = None
    ) -> Answer:
        """The answer to `question`, read with the earlier questions of `history` (oldest first), in the asker's own
        script or in `script` (`hans`, `hant`); `mode` says what a language model may do, None for what the settings say.

        Raises QuestionError where the question is empty, too long or no text, SettingsError for a mode that there is
        not or that has no model. What a model does raises nothing.
        """
        text = check(question)
        chosen = chosen_mode(self._mode if mode is None else mode, self._model)
        if chosen == "off":
            return self._by_rules(Asked(text, tuple(history), script))
        answer: Answer | None = None
        for name, payload in self._by_model(Asked(text, tuple(history), script), chosen):
            if name == "done":
                answer = payload
        assert answer is not None
        return answer

    def stream(
        self, question: str, history: Sequence[str] = (), mode: str | None = None, *, script: str | None = None
    ) -> Iterator[Event]:
        """The same answer as `ask` gives, as it comes: `("understood", {"understood": …})`, `("citations", […])`, a
        `("statement", …)` for each as soon as it is verified, and `("done", Answer)`.

        The payloads are JSON, the last one excepted. Where a model writes from clauses (`compose`), `citations` comes
        again with the longer list before the first statement that needs it; an index never changes its meaning.
        Raises what `ask` raises, before the first event.
        """
        text = check(question)
        chosen = chosen_mode(self._mode if mode is None else mode, self._model)
        asked = Asked(text, tuple(history), script)
        return _events(self._by_rules(asked)) if chosen == "off" else self._by_model(asked, chosen)

    def _by_rules(self, asked: Asked) -> Answer:
        """The answer without a model: of the last `kept` as it was, with the times of this request."""
        started = time.perf_counter()
        answer = self._known_answer(asked)
        known = time.perf_counter()
        if answer is None:
            with self._turns:
                worded = self._worded(asked.text, asked.history)
                understood = resolve(worded.text, worded.history, self._gazetteer)
                known = time.perf_counter()
                answer = self._prepared(asked, understood, worded, compose=False).answer
            answer = replace(answer, reply_id=self.reply_id(*asked), understood=understood.normal)
            self._keep(asked, answer)
        return replace(answer, timings_ms=_timings(started, known))

    def _by_model(self, asked: Asked, mode: str) -> Iterator[Event]:
        started = time.perf_counter()
        with self._turns:
            worded = self._worded(asked.text, asked.history)
            understood = resolve(worded.text, worded.history, self._gazetteer)
        known = time.perf_counter()
        yield "understood", {"understood": understood.normal}
        with self._turns:
            ready = self._prepared(asked, understood, worded, compose=mode == "compose")
        # Nobody waits for a turn from here on: a model may take its time.
        answer = yield from self._spoken(ready, _script(asked), mode)
        reply_id = self.reply_id(*asked, mode)
        yield "done", replace(answer, timings_ms=_timings(started, known), reply_id=reply_id, understood=understood.normal)

    def _prepared(self, asked: Asked, understood: Question, worded: Worded, *, compose: bool) -> Prepared:
        draft = self._answerer.draft(understood)
        answer, lines = self._finished(asked.text, _script(asked), understood, draft, worded)
        sources = self._answerer.sources(understood, SOURCES) if compose and is_open(understood) else []
        return Prepared(understood, worded, draft, answer, tuple(lines), tuple(sources))

    @property
    def mode(self) -> str:
        """What a language model may do where a question does not say: `off`, `polish` or `compose`."""
        return self._mode

    @cached_property
    def speaker(self) -> Speaker:
        """The language model of the settings, behind what it must pass. Raises SettingsError where none is set."""
        from assistant.llm import OpenAICompatible

        if self._model is None:
            raise SettingsError("no language model is set; set TIAOWEN_LLM_BASE_URL and TIAOWEN_LLM_MODEL")
        return Speaker(OpenAICompatible(self._model), Acceptance(self.verifier))

    def _spoken(self, ready: Prepared, script: str, mode: str) -> Generator[Event, None, Answer]:
        """The events of a reply that a model may speak, and the answer: its accepted statements, else the rules'."""
        rules = ready.answer
        question = replace(ready.question, text=rules.question, script=script)
        composes = mode == "compose" and bool(ready.sources) and _may_compose(rules.status, question)
        account = Account(self.speaker.name, mode)
        citations: dict[str, int] = {}
        statements: list[Statement] = []
        spoken: Iterator[Spoken] = iter(())
        if composes:
            sources = [(clause, self._store.document(clause.document_id)) for clause in ready.sources]
            spoken = self.speaker.composed(question, sources, self._answerer.prefix, account)
        elif ready.lines:
            spoken = self.speaker.polished(
                question, list(zip(rules.statements, ready.lines, strict=True)), self._store.document, account
            )
            citations = {citation.clause.clause_id: at for at, citation in enumerate(rules.citations)}
        if not composes:
            yield "citations", [citation.to_json() for citation in rules.citations]
        for one in spoken:
            before = len(citations)
            indexes = tuple(citations.setdefault(clause.clause_id, len(citations)) for clause in one.line.clauses)
            if len(citations) > before:
                yield "citations", [self._citation(self._store.clause(i)).to_json() for i in citations]
            statements.append(Statement(one.line.text, indexes))
            yield "statement", statements[-1].to_json()
        if composes and not statements:
            yield "citations", [citation.to_json() for citation in rules.citations]
            yield from (("statement", statement.to_json()) for statement in rules.statements)
        if not account.kept:
            return replace(rules, model=account.to_json())
        if not composes:
            answer = self._assembled(ready, rules.status, script, statements, citations)
            return replace(answer, mode="polish", model=account.to_json(), deterministic=rules)
        status = Status.ANSWERED if rules.status is Status.ANSWERED else Status.PARTIAL
        answer = self._assembled(ready, status, script, statements, citations)
        return replace(answer, mode="compose", model=account.to_json(), deterministic=rules)

    def _known_answer(self, asked: Asked) -> Answer | None:
        """The answer that the same question with the same history got before, of the last `kept`."""
        with self._lock:
            answer = self._answers.get(asked)
            if answer is not None:
                self._answers.move_to_end(asked)
            return answer

    def _keep(self, asked: Asked, answer: Answer) -> None:
        with self._lock:
            self._answers[asked] = answer
            while len(self._answers) > self._kept:
                self._answers.popitem(last=False)

    def close(self) -> None:
        """Release the snapshot, when the questions being worked on are answered."""
        with ExitStack() as turns:
            for _ in range(TURNS):
                turns.enter_context(self._turns)
            super().close()

    def verify(self, text: str, clause_ids: Sequence[str] | None = None) -> Verification:
        """Each statement of anyone's `text`, held against the clauses of `clause_ids`, or without them against what a
        search finds, as `Proofreader.read` says. Raises what that raises: QuestionError, ClauseNotFoundError."""
        return Proofreader(self._store, self.verifier, self.search).read(text, clause_ids)

    @cached_property
    def verifier(self) -> Verifier:
        """What checks statements against the clauses of this corpus."""
        return Verifier(self._answerer.units)

    @cached_property
    def facts(self) -> Facts:
        """The tasks, targets and subsidies of the corpus, to filter and to list."""
        return Facts(self._store, self._documents)

    def samples(self) -> dict[str, list[str]]:
        """Questions to begin with, that this corpus answers: for a `parent`, for a `clerk`. Found once."""
        with self._lock_of_samples:
            if self._samples is None:
                listed = self._store.documents().values()
                self._samples = samples(self.facts, listed, lambda question: self.ask(question).status)
            return self._samples

    def drafted(self, question: str, history: Sequence[str] = ()) -> list[Line]:
        """The statements for `question` before they are verified. Raises QuestionError as `ask` does."""
        text = check(question)
        with self._turns:
            worded = self._worded(text, history)
            return list(self._answerer.draft(resolve(worded.text, worded.history, self._gazetteer)).lines)

    def reply_id(
        self, question: str, history: Sequence[str] = (), script: str | None = None, mode: str = "off"
    ) -> str:
        """What names a reply: 16 hexadecimal digits over the question as checked, its history, the script asked for,
        the corpus, the models of the search, the versions, and the mode and model where one is asked. Two replies with one id are the
        same but for their timings; where a model is asked that is not promised, for a model may say it otherwise each
        time."""
        known: list[Any] = [check(question), list(history), script, self._made_of, self._reranker, installed_version()]
        if mode != "off" and self._model is not None:
            known.append([mode, self._model.base_url, self._model.name])
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]

    @cached_property
    def _made_of(self) -> dict[str, Any]:
        return asdict(self.manifest)

    def search(self, query: str, k: int = 10, history: Sequence[str] = ()) -> list[Hit]:
        """The `k` best clauses for a query, read with the earlier questions of `history`: those it names by number
        first. Raises QuestionError as `ask` does."""
        text = check(query)
        with self._turns:
            worded = self._worded(text, history)
            hits = self._answerer.found(resolve(worded.text, worded.history, self._gazetteer), k)
            return [replace(hit, document=self._store.document(hit.clause.document_id)) for hit in hits]

    # ---- from draft to answer ---------------------------------------------------------------------------

    def _worded(self, text: str, history: Sequence[str]) -> Worded:
        """The question and its history in the words in which they are understood."""
        return self._wording.read(text, history) if self._wording else Worded(text, tuple(history))

    def _finished(
        self, question: str, script: str, understood: Question, draft: Draft, worded: Worded
    ) -> tuple[Answer, list[Line]]:
        """The answer of the rules: every line verified, citations numbered, in the asker's script; and the lines behind
        its statements."""
        citations: dict[str, int] = {}
        statements: list[Statement] = []
        lines: list[Line] = []
        for line in draft.lines:
            checked = self._verified(line)
            if checked is None:
                continue
            indexes = tuple(citations.setdefault(clause.clause_id, len(citations)) for clause in checked.clauses)
            statements.append(Statement(in_script(checked.text, script), indexes))
            lines.append(checked)
        status = draft.status
        if not statements and status in (Status.ANSWERED, Status.PARTIAL):
            status, draft.message = (
                Status.NOT_FOUND,
                draft.message or "现有文件中没有查到所问的内容，无法回答。",
            )
        blank = Answer(question, status, "", nearest=tuple(self._citation(clause) for clause in draft.nearest[:3]))
        ready = Prepared(understood, worded, draft, blank, tuple(lines), ())
        return self._assembled(ready, status, script, statements, citations), lines

    def _assembled(
        self, ready: Prepared, status: Status, script: str, statements: Sequence[Statement], citations: Iterable[str]
    ) -> Answer:
        """An answer of `statements` over the clauses `citations`; how the question was read is said first."""
        draft = ready.draft
        citations = list(citations)
        # What a model answers where the rules found nothing is not followed by their saying so.
        message = "" if statements and draft.status is Status.NOT_FOUND else draft.message
        head = [in_script(note, script) for note in ready.worded.notes(status)]
        head += [in_script(draft.clarification, script)] if draft.clarification else []
        tail = [in_script(message, script)] if message else []
        tail += [in_script(note, script) for note in self._repealed(citations)]
        pieces = [*head, *(statement.text for statement in statements), *tail]
        cited = [(c, self._store.document(c.document_id)) for c in map(self._store.clause, citations)]
        suggested = follow_ups(ready.question, cited)
        return Answer(
            ready.answer.question, status, _SEPARATOR.join(pieces), tuple(statements),
            tuple(Citation(document, clause) for clause, document in cited),
            () if statements and draft.status is Status.NOT_FOUND else ready.answer.nearest,
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


def _script(asked: Asked) -> str:
    """The script asked for, else the asker's: of the question, or of the questions before where it has no character
    that tells."""
    if asked.script is not None:
        return asked.script
    return script_of(asked.text) if tells_script(asked.text) else script_of("".join(asked.history))


def _may_compose(status: Status, question: Question) -> bool:
    """Whether a model may write an answer of its own: not where the asker has to choose a place, asked nothing about
    policy, or asked after a year of which the rules found nothing."""
    if status in (Status.CLARIFY, Status.OUT_OF_SCOPE):
        return False
    return status is not Status.NOT_FOUND or not question.years


def _events(answer: Answer) -> Iterator[Event]:
    """An answer that is there already, as a stream tells it."""
    yield "understood", {"understood": answer.understood}
    yield "citations", [citation.to_json() for citation in answer.citations]
    yield from (("statement", statement.to_json()) for statement in answer.statements)
    yield "done", answer


def _timings(started: float, known: float) -> dict[str, float]:
    """Milliseconds since `started`: until the question was understood, from then on, and in all."""
    done = time.perf_counter()
    return {"understand": _ms(known - started), "answer": _ms(done - known), "total": _ms(done - started)}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
