"""Several questions at once: each gets what it gets alone, in its turn, and nothing is worked out twice."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.turns import Turns
from corpus.errors import ClauseNotFoundError
from eval.cases import bundled_cases, load_cases
from indexing.store import Store

PATIENCE = 30.0  # seconds after which a thread that should have ended is a failure

QUESTIONS = [(case.question, case.history) for case in load_cases(bundled_cases())][::13]


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that take turns at the interpreter as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(tasks: Sequence[Callable[[], object]]) -> None:
    """Run each task in a thread of its own, all at once; the first error is raised here."""
    failed: list[BaseException] = []

    def guarded(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if failed:
        raise failed[0]


def said(answer: Any) -> dict[str, Any]:
    """An answer as it goes out, without how long it took."""
    return {**answer.to_json(), "timings_ms": None}


def test_many_threads_get_the_answers_that_one_gets(built_home: Path, assistant: Assistant, hurried: None) -> None:
    """Four threads that ask all questions, each in another order, get the replies of one that asks alone."""
    alone = {asked: said(assistant.ask(*asked)) for asked in QUESTIONS}
    other = Assistant.open(Settings(built_home))
    wrong: list[str] = []

    def task(first: int) -> None:
        order = [*QUESTIONS[first:], *QUESTIONS[:first]]
        wrong.extend(asked[0] for asked in order if said(other.ask(*asked)) != alone[asked])

    together([lambda first=first: task(first) for first in range(0, len(QUESTIONS), len(QUESTIONS) // 3)])  # type: ignore[misc]
    other.close()
    assert wrong == []


class Watched:
    """A connection that notices when two threads read at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._busy = threading.Lock()
        self.overlaps = 0

    def execute(self, *statement: Any) -> Any:
        """The rows, read while no other thread may read."""
        alone = self._busy.acquire(blocking=False)
        self.overlaps += not alone
        threading.Event().wait(0.001)  # long enough for another thread to come in
        found = self._connection.execute(*statement)
        if alone:
            self._busy.release()
        return found

    def close(self) -> None:
        """Release the file."""
        self._connection.close()


def test_one_thread_at_a_time_reads_the_connection(built_home: Path) -> None:
    """Clauses, documents and units asked for by six threads at once never meet on the one connection."""
    store = Store(built_home / "snapshot" / "corpus.sqlite")
    ids, documents = store.clause_ids(), list(store.documents())
    watched = store._connection = Watched(store._connection)  # type: ignore[assignment]
    tasks: list[Callable[[], object]] = [
        lambda: [store.clause(i) for i in ids[:8]],
        lambda: [store.clause(i) for i in ids[8:16]],
        lambda: [store.document(i) for i in documents],
        lambda: [store.rows_of(i) for i in documents],
        lambda: [store.unit_names() for _ in range(4)],
        lambda: [store.clause_counts() for _ in range(4)],
    ]
    together(tasks)
    store.close()
    assert watched.overlaps == 0


def test_ids_that_nobody_has_are_not_kept(built_home: Path) -> None:
    """Whoever asks for made-up clauses takes no memory; a clause that is there is looked up once."""
    store = Store(built_home / "snapshot" / "corpus.sqlite")
    for number in range(20):
        assert not store.holds(f"没有{number}")
        with pytest.raises(ClauseNotFoundError):
            store.clause(f"没有{number}")
    assert store._place.cache_info().currsize == 0
    (first, *_) = store.clause_ids()
    assert store.holds(first) and store.clause(first).clause_id == first
    assert store._place.cache_info().misses == 41
    store.close()


def test_the_dictionary_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads cut the first text, over one corpus or over two, jieba's words are loaded by one of them; the
    words of one corpus are none of the other's."""
    import jieba

    from indexing import lexical
    from indexing.lexical import WordCutter

    loaded = []

    class Slow(jieba.Tokenizer):
        def initialize(self, dictionary: object = None) -> None:
            loaded.append(self)
            threading.Event().wait(0.05)
            super().initialize(dictionary)

    monkeypatch.setattr(jieba, "Tokenizer", Slow)
    cutter, other = WordCutter(["石泉示范园"]), WordCutter(["托育园区长"])
    lexical._read.cache_clear()
    try:
        together([lambda: cutter.words_of("石泉示范园是哪家"), lambda: other.words_of("托育园区长")] * 3)
    finally:
        lexical._read.cache_clear()
    assert len(loaded) == 1
    assert (cutter.knows("石泉示范园"), other.knows("石泉示范园"), other.knows("托育园区长")) == (True, False, True)


def test_the_scores_kept_are_changed_by_one_thread_at_a_time(assistant: Assistant) -> None:
    """A search adds its scores and drops the oldest under the lock; more than are kept are never held."""
    from assistant.question import understand
    from assistant.scoring import RECENT, Scorer

    shared = assistant._answerer._library.retriever.scorer
    scorer = Scorer(shared.dense, shared.lexical, shared.encoder)

    class Guarded(dict[str, Any]):
        def pop(self, *key: Any) -> Any:
            assert scorer._lock.locked()
            return super().pop(*key)

        def __setitem__(self, key: str, value: Any) -> None:
            assert scorer._lock.locked()
            super().__setitem__(key, value)

    scorer._recent = Guarded()
    for number in range(RECENT + 3):
        scorer.scored(understand(f"第{number}个托位补多少"))
    assert len(scorer._recent) == RECENT


# ---- turns -------------------------------------------------------------------------------------------------


def test_no_more_than_a_few_are_inside_and_the_others_come_in_order() -> None:
    """Two of five are let in; each that leaves lets in the one that has waited longest."""
    turns = Turns(2)
    let_out = [threading.Event() for _ in range(5)]
    came: list[int] = []
    arrived = threading.Condition()

    def visit(number: int) -> None:
        with turns:
            with arrived:
                came.append(number)
                arrived.notify_all()
            assert let_out[number].wait(PATIENCE)

    def wait_for(count: int) -> None:
        with arrived:
            assert arrived.wait_for(lambda: len(came) == count, PATIENCE)

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=visit, args=(number,), daemon=True))
        threads[-1].start()
        if number < 2:
            wait_for(number + 1)
        else:
            while len(turns._waiting) < number - 1 and threads[-1].is_alive():
                threading.Event().wait(0.001)
    assert came == [0, 1]
    let_out[1].set()
    wait_for(3)
    let_out[0].set()
    wait_for(4)
    assert came == [0, 1, 2, 3]
    for event in let_out:
        event.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert came == [0, 1, 2, 3, 4] and turns._free == 2


def test_a_turn_is_given_back_after_an_error() -> None:
    """Whoever fails inside leaves its place to the next."""
    turns = Turns(1)
    with pytest.raises(KeyError), turns:
        raise KeyError("inside")
    with turns:
        assert turns._free == 0
    assert turns._free == 1


class Interrupted:
    """A lock of which the second taking, which waits, is interrupted; `before` is what happens meanwhile."""

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before
        self._taken = False
        self.released = False

    def acquire(self) -> bool:
        if self._taken:
            self._before()
            raise KeyboardInterrupt
        self._taken = True
        return True

    def release(self) -> None:
        self.released = True


@pytest.mark.parametrize("handed", [False, True])
def test_an_interrupt_while_waiting_loses_no_turn(monkeypatch: pytest.MonkeyPatch, handed: bool) -> None:
    """Interrupted in the queue it is out of the queue; interrupted just after a place was handed to it, the place is
    free again."""
    turns = Turns(1)
    turns.__enter__()

    def before() -> None:
        if handed:
            turns.__exit__(None, None, None)

    monkeypatch.setattr("assistant.turns.Lock", lambda: Interrupted(before))
    with pytest.raises(KeyboardInterrupt):
        turns.__enter__()
    assert not turns._waiting and turns._free == (1 if handed else 0)


# ---- answers kept ------------------------------------------------------------------------------------------


@pytest.fixture
def counted(built_home: Path, counting_encoder: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Assistant, list[str]]]:
    """An assistant that keeps two answers, and the questions that it really worked on."""
    from indexing.store import Manifest

    manifest = Manifest.open(built_home / "snapshot")
    monkeypatch.setattr(counting_encoder, "name", manifest.encoder, raising=False)
    monkeypatch.setattr(type(counting_encoder), "dimension", manifest.dimension)
    monkeypatch.setattr(type(counting_encoder), "_vectors", _unit_vectors)
    opened = Assistant.open(Settings(built_home))
    opened._kept = 2
    worked: list[str] = []
    draft = opened._answerer.draft

    def counting(question: Any) -> Any:
        worked.append(question.text)
        return draft(question)

    monkeypatch.setattr(opened._answerer, "draft", counting)
    yield opened, worked
    opened.close()


def _unit_vectors(self: Any, texts: Sequence[str]) -> Any:
    import numpy as np

    vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
    vectors[:, 0] = 1.0
    return vectors


FIRST, SECOND, THIRD = "渝北区开园补助多少钱？", "大兴区由谁牵头？", "广州市2025年托位目标是多少？"


def test_a_question_asked_again_is_answered_without_work(counted: tuple[Assistant, list[str]]) -> None:
    """The second reply is the first but for its timings, which are its own."""
    assistant, worked = counted
    first, second = assistant.ask(FIRST), assistant.ask(FIRST)
    assert len(worked) == 1
    assert said(first) == said(second) and first.reply_id == second.reply_id != ""
    assert second.timings_ms is not first.timings_ms
    assert first.timings_ms.keys() == second.timings_ms.keys()


def test_an_answer_is_kept_for_its_history(counted: tuple[Assistant, list[str]]) -> None:
    """The same words after other questions are another question."""
    assistant, worked = counted
    replies = {assistant.ask(FIRST, history).reply_id for history in ((), (SECOND,), [SECOND])}
    assert len(worked) == 2 and len(replies) == 2


def test_only_the_last_answers_are_kept(counted: tuple[Assistant, list[str]]) -> None:
    """Of three the one asked longest ago is worked on again; memory does not grow with questions."""
    assistant, worked = counted
    for question in (FIRST, SECOND, FIRST, THIRD, FIRST, SECOND):
        assistant.ask(question)
    assert len(worked) == 4
    assert len(assistant._answers) == 2


def test_closing_waits_for_the_questions_being_answered(counted: tuple[Assistant, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A question under way is answered before the snapshot is released."""
    assistant, _ = counted
    inside, go_on = threading.Event(), threading.Event()
    draft = assistant._answerer.draft
    order: list[str] = []

    def waiting(question: Any) -> Any:
        inside.set()
        assert go_on.wait(PATIENCE)
        return draft(question)

    monkeypatch.setattr(assistant._answerer, "draft", waiting)
    asking = threading.Thread(target=lambda: (assistant.ask(FIRST), order.append("answered")), daemon=True)
    asking.start()
    assert inside.wait(PATIENCE)
    closing = threading.Thread(target=lambda: (assistant.close(), order.append("closed")), daemon=True)
    closing.start()
    while not assistant._turns._waiting and closing.is_alive():
        threading.Event().wait(0.001)
    assert closing.is_alive()  # it has all turns but one, and waits for that
    go_on.set()
    asking.join(PATIENCE)
    closing.join(PATIENCE)
    assert sorted(order) == ["answered", "closed"]


def test_one_thread_encodes_a_question(built_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled model gets one thread for questions, whatever builds are given; another model gets all."""
    import indexing.embedding as room

    asked: list[int] = []
    open_encoder = room.open_encoder

    def counting(name: str | None, models: Path, *, threads: int = 2) -> Any:
        asked.append(threads)
        return open_encoder(name, models, threads=threads)

    monkeypatch.setattr(room, "open_encoder", counting)
    Assistant.open(Settings(built_home, None, 6)).close()
    assert asked == [1]
    assert Settings(built_home, "bundled", 6).threads_asking == 1
    assert Settings(built_home, "a/model", 6).threads_asking == 6
