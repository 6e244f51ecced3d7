"""What several test files share."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

import pytest


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the bundled encoder prepared: `TIAOWEN_TEST_MODELS`, kept, or one for this session."""
    from indexing.embedding import prepare_bundled

    kept = os.environ.get("TIAOWEN_TEST_MODELS")
    models = Path(kept) if kept else tmp_path_factory.mktemp("models")
    prepare_bundled(models)
    return models


@pytest.fixture(scope="session")
def built_home(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the index over the bundled documents, for tests that only read it."""
    from assistant.building import build
    from assistant.settings import Settings

    home = tmp_path_factory.mktemp("built") / "home"
    home.mkdir()
    (home / "models").symlink_to(models_folder, target_is_directory=True)
    build(Settings(home), ())
    return home


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that does not exist yet, so that no test reads or writes the user's own."""
    home = tmp_path_factory.mktemp("tiaowen") / "home"
    monkeypatch.setenv("TIAOWEN_HOME", str(home))
    monkeypatch.delenv("TIAOWEN_ENCODER", raising=False)
    monkeypatch.delenv("TIAOWEN_THREADS", raising=False)
    for name in ("BASE_URL", "MODEL", "API_KEY", "MODE", "TIMEOUT", "TOKENS"):
        monkeypatch.delenv(f"TIAOWEN_LLM_{name}", raising=False)
    monkeypatch.delenv("TIAOWEN_RERANKER", raising=False)
    return home


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of `app` while it is served on loopback as `tiaowen serve` does, in a thread."""
    import uvicorn

    from api.app import configured
    from api.door import listen

    with listen("127.0.0.1", 0) as door:
        server = uvicorn.Server(configured(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class Sliced(str):
    """A text that counts the characters copied out of it."""

    copied = 0

    def __getitem__(self, key: Any) -> str:
        part = super().__getitem__(key)
        Sliced.copied += len(part)
        return part


def effort(task: Callable[[], object]) -> int:
    """The work that `task` does: instructions carried out and characters copied out of a `Sliced` text.

    Counted and not timed, so that it is the same on every machine.
    """
    count, copied, before = 0, Sliced.copied, sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        task()
    finally:
        sys.settrace(before)
    return count + Sliced.copied - copied


# One small policy with what makes output hard: a carriage return, a character beyond the first plane, a tab.
NUMBER = "测府办发〔2024〕6号"
SOURCE = (
    "测试区办公室关于印发方案的通知\r\n"
    "一、开园奖补。对\U00020bb7里普惠托育机构给予奖补，\t补助标准为3000元/托位，最高不超过45万元。（牵头单位：区财政局）\r\n"
    "二、场地。" + "利用闲置房屋建设托育机构，" * 60 + "由各镇街落实。\r\n"
)


class FakeAssistant:
    """An assistant over one document and two clauses, with the answers of a table instead of a search.

    It keeps what it was asked, checks questions as the real one does, and breaks when told to (`炸`).
    """

    def __init__(self) -> None:
        from corpus.document import Clause, ClauseKind, Document, Figure, FigureKind, Part, Place, Span

        def clause(path: str, heading: str, first: str, last: str, **facts: object) -> Clause:
            start = SOURCE.index(first)
            span = Span(start, SOURCE.index(last, start) + len(last))
            return Clause(
                f"{NUMBER}:{path}", NUMBER, ClauseKind.ITEM, Part.BODY, path, path, heading, (), span.of(SOURCE),
                span, **facts,
            )  # fmt: skip

        at = Span(SOURCE.index("3000元/托位"), SOURCE.index("3000元/托位") + len("3000元/托位"))
        figure = Figure(at.of(SOURCE), at, FigureKind.SUBSIDY, "补助标准", None, 3000.0, "元/托位", None, None, at)
        self.answering = clause("一", "开园奖补", "一、", "区财政局）", lead_units=("区财政局",), figures=(figure,))
        self.long = clause("二", "场地", "二、", "落实。")
        self.document = Document(
            NUMBER, "测试区方案", NUMBER, ("测试区办公室",), "2024-12-16", "2024-12-16",
            Place("测试区", "county", ("测试市", "测试区")), "hans", "policy.txt", "0" * 64, SOURCE,
            (self.answering, self.long), (), (), ("没有落款日期",),
        )  # fmt: skip
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.modes: list[str | None] = []
        self.closed = False

    def stream(self, question, history=(), mode=None, *, script=None):
        answer = self.ask(question, history, mode, script=script)
        yield "understood", {"understood": answer.understood}
        yield "citations", [citation.to_json() for citation in answer.citations]
        for statement in answer.statements:
            yield "statement", statement.to_json()
        yield "done", answer

    def ask(self, question, history=(), mode=None, *, script=None):
        from assistant.answer import Answer, Citation, Statement, Status
        from assistant.question import check

        check(question)
        self.asked.append((question, tuple(history)))
        self.modes.append(mode)
        if "炸" in question:
            raise KeyError("a secret of the inside")
        if "深圳" in question:
            nearest = (Citation(self.document, self.long),)
            return Answer(
                question, Status.NOT_FOUND, "文件中没有深圳市的内容。", nearest=nearest, timings_ms={"total": 1.0},
                reply_id="0" * 16, understood=question,
            )  # fmt: skip
        statement = Statement("补助标准为3000元/托位，最高不超过45万元。", (0,))
        return Answer(
            question, Status.ANSWERED, statement.text, (statement,), (Citation(self.document, self.answering),),
            follow_ups=("由谁牵头？",), timings_ms={"total": 1.5}, reply_id="1" * 16, understood=question,
        )  # fmt: skip

    def verify(self, text, clause_ids=None):
        from assistant.answer import Citation
        from assistant.verdicts import Verification, Verified
        from assistant.verification import Verifier, statements
        from corpus.errors import ClauseNotFoundError

        known = {clause.clause_id: clause for clause in (self.answering, self.long)}
        for clause_id in clause_ids or ():
            if clause_id not in known:
                raise ClauseNotFoundError(f"no clause {clause_id!r}; `tiaowen clauses` lists the ids")
        clause = known[clause_ids[0]] if clause_ids else self.answering
        reports = [(one, Verifier().check(one.text, [(clause, self.document)])) for one in statements(text)]
        found = tuple(Verified(one.start, one.end, report, (0,)) for one, report in reports)
        return Verification(found, (Citation(self.document, clause),))

    def search(self, query, k=10):
        from types import SimpleNamespace

        hits = [SimpleNamespace(clause=self.answering, document=self.document, score=0.75)]
        return (hits * k)[:k]

    def documents(self):
        from types import SimpleNamespace

        record = {
            "document_id": NUMBER, "title": self.document.title, "document_number": NUMBER, "issuer": ["测试区办公室"],
            "issued": "2024-12-16", "published": "2024-12-16", "place": "测试市测试区", "source_file": "policy.txt",
            "clauses": 2, "warnings": list(self.document.warnings),
        }  # fmt: skip
        return [SimpleNamespace(to_json=lambda: dict(record))]

    @property
    def manifest(self):
        from indexing.store import Manifest

        return Manifest(1, "fake", 1, "0" * 64, 1, 2, 2, {})

    @property
    def corpus_digest(self):
        return self.manifest.corpus_digest

    def clauses(self, document_id=None):
        from assistant.answer import clause_json

        self.source(document_id or NUMBER)
        yield from (clause_json(clause, self.document) for clause in self.document.clauses)

    def source(self, document_id):
        from corpus.errors import DocumentNotFoundError

        if document_id != NUMBER:
            raise DocumentNotFoundError(f"no document {document_id!r}; `tiaowen documents` lists the ids")
        return SOURCE

    def close(self):
        self.closed = True


@pytest.fixture
def fake_assistant() -> FakeAssistant:
    """A new fake, for tests of the faces rather than of the answers."""
    return FakeAssistant()


@pytest.fixture(scope="session")
def assistant(built_home: Path):
    """The assistant over the bundled documents, with the bundled encoder; tests ask it and change nothing."""
    from assistant.assistant import Assistant
    from assistant.settings import Settings

    opened = Assistant.open(Settings(built_home))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def bundled_documents():
    """The bundled documents as parsed, with their clauses."""
    from corpus.load import bundled, load

    documents, failures = load([bundled()])
    assert failures == []
    return documents


class CountingEncoder:
    """An encoder whose vectors are drawn from the digest of a text, and which keeps what it was given.

    `breaks` is raised in place of the next encoding of passages.
    """

    name, dimension = "counting", 16

    def __init__(self) -> None:
        self.passages: list[str] = []
        self.queries: list[str] = []
        self.breaks: BaseException | None = None

    def encode_queries(self, texts):
        self.queries.extend(texts)
        return self._vectors(texts)

    def encode_passages(self, texts, progress=None):
        if self.breaks is not None:
            raise self.breaks
        self.passages.extend(texts)
        if progress is not None:
            progress(len(texts))
        return self._vectors(texts)

    def _vectors(self, texts):
        import hashlib

        import numpy as np

        rows = [np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], dtype=np.uint8) for text in texts]
        drawn = np.asarray(rows, dtype=np.float32).reshape(-1, self.dimension) - 127.5
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture
def counting_encoder(monkeypatch: pytest.MonkeyPatch) -> CountingEncoder:
    """The encoder that every build and every opened assistant of the test gets, whatever it asks for."""
    encoder = CountingEncoder()
    monkeypatch.setattr("indexing.embedding.open_encoder", lambda name, models, *, threads=2: encoder)
    return encoder


@pytest.fixture
def two_policies(tmp_path: Path) -> Path:
    """A folder with copies of two bundled policies, of 渝北 and of 大兴, that a test may change."""
    import shutil

    from corpus.load import bundled

    folder = tmp_path / "policies"
    folder.mkdir()
    for name in ("yubei_zhaohu_2024.txt", "daxing_tuoyu_2024.txt"):
        shutil.copyfile(bundled() / name, folder / name)
    return folder


class Server(BaseHTTPRequestHandler):
    """A server that plays what the test put into `script`: a status with a body, or nothing at all."""

    script: Any = None
    seen: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append((self.path, body))
        status, text = type(self).script
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Server]]]:
    """A scripted server on loopback: its address, and the class that holds script and requests."""
    handler = type("Scripted", (Server,), {"seen": []})
    opened = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=opened.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{opened.server_port}", handler
    opened.shutdown()
    opened.server_close()
    thread.join()


@pytest.fixture
def opened(fake_assistant, monkeypatch):
    """The fake, standing where the command line opens an assistant; `opened.settings` is what it was opened with."""
    from assistant.assistant import Assistant
    from assistant.catalog import Catalog

    def open_fake(cls, settings):
        fake_assistant.settings = settings
        return fake_assistant

    monkeypatch.setattr(Assistant, "open", classmethod(open_fake))
    monkeypatch.setattr(Catalog, "over", classmethod(open_fake))
    return fake_assistant


@pytest.fixture
def run(capsysbinary):
    """Runs a command line and gives its exit code, standard output and standard error as text."""
    from api import cli

    def run(*argv: str) -> tuple[int, str, str]:
        try:
            code = cli.main(argv)
        except SystemExit as end:
            code = end.code
        out, err = capsysbinary.readouterr()
        return code, out.decode("utf-8"), err.decode("utf-8")

    return run


def one_line(err: str) -> str:
    """The message, after checking that it is one line of the program's own."""
    assert re.fullmatch(r"tiaowen: [^\n]+\n", err), err
    return err.removeprefix("tiaowen: ").rstrip("\n")


# Texts of policies for encoders: a clause with a unit, with an amount, a long one, a short one.
CLAUSES = [
    "市民政局牵头推进老年助餐服务，2025年底前实现街道全覆盖。",
    "育儿补贴按年发放，现阶段国家基础标准为每孩每年3600元。",
    "对符合条件的普惠托育机构，按每个托位1万元给予一次性建设补助。" * 12,
    "公积金贷款额度上浮20%。",
]
