"""The command line: what a person reads, what a program reads, and how every mistake ends."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from api import cli
from api.batch import BatchQuestion, read_batch
from api.rendering import Progress, columns, shortened, table_lines, wrapped
from corpus.errors import QuestionError, TiaowenError

ROOT = Path(__file__).parent.parent
COMMANDS = ("build", "ask", "search", "clauses", "documents", "source", "remove", "serve", "eval", "bench")
HEAVY = ("torch", "numpy", "onnxruntime", "faiss", "jieba", "opencc", "fastapi", "pydantic", "llama_index", "sqlite3", "tqdm")


@pytest.fixture
def opened(fake_assistant, monkeypatch):
    """The fake, standing where the command line opens an assistant; `opened.settings` is what it was opened with."""
    from assistant.assistant import Assistant, Catalog

    def open_fake(cls, settings):
        fake_assistant.settings = settings
        return fake_assistant

    monkeypatch.setattr(Assistant, "open", classmethod(open_fake))
    monkeypatch.setattr(Catalog, "over", classmethod(open_fake))
    return fake_assistant


@pytest.fixture
def run(capsysbinary):
    """Runs a command line and gives its exit code, standard output and standard error as text."""

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


# What a person reads


def test_ask_prints_the_answer_then_the_numbered_citation(run, opened):
    """The answer comes first, its statements numbered; each citation names title, 文号 and clause, quotes its words, and says where they are."""
    code, out, err = run("ask", "测试区每个托位补多少？")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "补助标准为3000元/托位，最高不超过45万元。[1]"
    assert lines[2] == "[1] 测试区方案（测府办发〔2024〕6号）一 开园奖补"
    assert "“一、开园奖补。对\U00020bb7里普惠托育机构给予奖补， 补助标准为3000元/托位，最高" in out
    assert lines[-1] == "→ 由谁牵头？"
    citation = opened.answering.span
    assert f"    policy.txt [{citation.start}, {citation.end})" in lines


def test_ask_shows_the_nearest_clauses_when_nothing_was_found(run, opened):
    """Clauses that support nothing are marked apart from citations; not finding is no error."""
    code, out, err = run("ask", "深圳市托育补贴多少钱")
    assert (code, err) == (0, "")
    assert out.startswith("文件中没有深圳市的内容。\n\n[~] 测试区方案")


def test_ask_shortens_a_long_quotation_in_its_middle(run, opened):
    """A long quotation keeps both ends around …, and every line fits the width."""
    _, out, _ = run("ask", "深圳市托育补贴多少钱")
    said = out.replace("\n    ", "")
    assert "“二、场地。" in said and " … " in said and "由各镇街落实。”" in said
    assert all(columns(line) <= 102 for line in out.splitlines())


def test_ask_joins_several_words(run, opened):
    """Words that the shell split are one question again."""
    run("ask", "渝北", "开园", "补多少")
    assert opened.asked == [("渝北 开园 补多少", ())]


def test_search_and_clauses_and_documents_print_lines(run, opened):
    """The lists have one entry for each thing, with the id that the other commands take."""
    _, hits, _ = run("search", "-k", "2", "托位")
    _, clauses, _ = run("clauses")
    _, documents, notes = run("documents")
    assert hits.count("测府办发〔2024〕6号:一") == 2
    assert re.findall(r"^测府办发〔2024〕6号:\S+", clauses, re.MULTILINE) == ["测府办发〔2024〕6号:一", "测府办发〔2024〕6号:二"]
    assert documents.splitlines()[1].split() == ["测府办发〔2024〕6号", "2024-12-16", "2", "测试区方案"]
    assert one_line(notes) == "测府办发〔2024〕6号: 没有落款日期"


# What a program reads


def test_ask_json_is_the_contract_and_nothing_else(run, opened):
    """One line of JSON, Chinese unescaped, the same object that the assistant gives."""
    code, out, err = run("ask", "--json", "测试区每个托位补多少？")
    assert (code, err) == (0, "")
    assert json.loads(out) == opened.ask("测试区每个托位补多少？").to_json()
    assert out.count("\n") == 1 and "补助标准" in out


def test_json_is_utf8_whatever_the_terminal_says(run, opened, monkeypatch):
    """A program reads UTF-8 even from a terminal set to GBK; a person's text loses a character rather than fail."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="gbk")
    monkeypatch.setattr(sys, "stdout", stream)
    assert cli.main(["ask", "--json", "补多少"]) == 0
    assert "\U00020bb7" in json.loads(stream.buffer.getvalue())["citations"][0]["quote"]
    assert cli.main(["ask", "补多少"]) == 0


def test_batch_answers_line_by_line_in_order(run, opened, tmp_path):
    """Each line comes back under its id; other keys are ignored, history is passed on, and ids keep their type."""
    rows = [
        {"id": "甲", "question": "补多少", "category": "ignored"},
        {"id": 2, "question": "2024年呢？", "history": ["补多少", "谁牵头"]},
        {"id": "甲", "question": "深圳市托育补贴多少钱", "history": None},
    ]
    batch = tmp_path / "in.jsonl"
    batch.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    code, out, err = run("ask", "--batch", str(batch))
    said = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [record["id"] for record in said] == ["甲", 2, "甲"]
    assert [record["status"] for record in said] == ["answered", "answered", "not_found"]
    assert opened.asked[1] == ("2024年呢？", ("补多少", "谁牵头"))
    assert {**said[0], "timings_ms": 0} == {"id": "甲", **opened.ask("补多少").to_json(), "timings_ms": 0}


def test_source_writes_exactly_the_text(run, opened):
    """Carriage returns, characters beyond the first plane and the missing last newline come out as they are."""
    code, out, _ = run("source", "测府办发〔2024〕6号")
    assert (code, out) == (0, opened.source("测府办发〔2024〕6号"))


def test_clauses_json_offsets_cut_the_source(run, opened):
    """The text of every clause line is the slice of what `source` writes."""
    _, source, _ = run("source", "测府办发〔2024〕6号")
    _, out, _ = run("clauses", "--document", "测府办发〔2024〕6号", "--json")
    records = [json.loads(line) for line in out.splitlines()]
    assert len(records) == 2
    assert all(source[record["start"] : record["end"]] == record["text"] for record in records)


def test_search_and_documents_json_are_one_record_a_line(run, opened):
    """Hits carry rank, score and place; documents carry their counts."""
    _, hits, _ = run("search", "--json", "-k", "1", "托位")
    _, documents, _ = run("documents", "--json")
    assert json.loads(hits)["clause_id"] == "测府办发〔2024〕6号:一"
    assert json.loads(documents)["clauses"] == 2


# The data folder


@pytest.mark.parametrize("argv", [("--home", "X", "ask", "补多少"), ("ask", "--home", "X", "补多少")])
def test_home_may_stand_before_or_after_the_command(run, opened, tmp_path, argv):
    """--home names the data folder in either place and wins over TIAOWEN_HOME."""
    code, _, _ = run(*(str(tmp_path / "there") if word == "X" else word for word in argv))
    assert (code, opened.settings.home) == (0, tmp_path / "there")


def test_home_comes_from_the_environment_otherwise(run, opened, own_home):
    """Without --home the environment decides; the assistant is closed at the end."""
    run("ask", "补多少")
    assert opened.settings.home == own_home
    assert opened.closed


# Mistakes


@pytest.mark.parametrize("question", [(), ("",), ("  \t\n",), ("问" * 2001,), ("补\udce4多少",)])
def test_a_question_that_cannot_be_asked_ends_with_2(run, opened, question):
    """Nothing, only white space, more than 2,000 characters, or bytes that are no text: one line, exit 2."""
    code, out, err = run("ask", *question)
    assert (code, out) == (2, "")
    assert one_line(err)


def test_a_missing_index_ends_with_2_and_says_what_to_run(run, own_home):
    """The real assistant over an empty folder names the folder and the command that builds."""
    code, out, err = run("ask", "渝北区每个托位补多少？")
    assert (code, out) == (2, "")
    assert "tiaowen build" in one_line(err) and str(own_home) in err


def test_an_unknown_document_ends_with_2(run, opened):
    """The id is named, for the source and for the clauses."""
    for argv in (("source", "无此文"), ("clauses", "--document", "无此文")):
        code, out, err = run(*argv)
        assert (code, out) == (2, "")
        assert "'无此文'" in one_line(err)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"\xff\xfe{}", "is not UTF-8"),
        (b'{"id": 1, "question": "a"}\n{"id": 2', "line 2 is not JSON"),
        (b"[1]\n", "line 1 is not an object"),
        (b'\n\n{"question": "a"}', "line 3 lacks 'id'"),
        (b'{"id": 1}', "line 1 lacks 'question'"),
        (b'{"id": null, "question": "a"}', "'id' must be"),
        (b'{"id": true, "question": "a"}', "'id' must be"),
        (b'{"id": 1, "question": ["a"]}', "line 1: "),
        (b'{"id": 1, "question": " "}', "line 1: the question is empty"),
        (b'{"id": 1, "question": "a", "history": "b"}', "'history' must be"),
        (b'{"id": 1, "question": "a", "history": [1]}', "'history' must be"),
        (b'{"id": 1, "question": "a\\ud800"}', "surrogate"),
    ],
)
def test_a_bad_batch_ends_with_2_before_any_answer(run, opened, tmp_path, content, said):
    """The file is checked as a whole: the line is named and nothing was asked."""
    batch = tmp_path / "in.jsonl"
    if content is not None:
        batch.write_bytes(content)
    code, out, err = run("ask", "--batch", str(batch))
    assert (code, out, opened.asked) == (2, "", [])
    assert said in one_line(err)


def test_a_batch_that_is_a_folder_ends_with_2(run, opened, tmp_path):
    """What cannot be read at all is named too."""
    code, _, err = run("ask", "--batch", str(tmp_path))
    assert code == 2 and "cannot be read" in one_line(err)


def test_a_question_and_a_batch_together_are_refused(run, opened, tmp_path):
    """It is one or the other."""
    code, _, err = run("ask", "补多少", "--batch", str(tmp_path))
    assert code == 2 and "--batch" in one_line(err)


@pytest.mark.parametrize(
    "argv",
    [(), ("nothing",), ("search",), ("search", "-k", "0", "x"), ("search", "-k", "²", "x"), ("source",),
     ("serve", "--port", "65536"), ("serve", "--port", "x"), ("ask", "--jsonn")],
)  # fmt: skip
def test_a_wrong_command_line_is_one_line_and_2(run, argv):
    """Usage errors look like all others and name the help that shows how."""
    code, out, err = run(*argv)
    assert (code, out) == (2, "")
    assert "--help" in one_line(err)


def test_an_unforeseen_error_shows_no_traceback(run, opened):
    """A fault of the program's own is told from the caller's: exit 1, one line, its type named."""
    code, out, err = run("ask", "炸")
    assert (code, out) == (1, "")
    assert "KeyError" in one_line(err)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (TiaowenError("two\nlines"), 2, "two lines"),
        (PermissionError(13, "Permission denied", "/there"), 2, "Permission denied: '/there'"),
    ],
)
def test_an_error_ends_as_one_line(run, opened, monkeypatch, raised, code, said):
    """An interruption is 130, an error of ours has its own code, and the system's errors name the file."""

    def broken(*_):
        raise raised

    monkeypatch.setattr(opened, "ask", broken)
    ended, out, err = run("ask", "补多少")
    assert (ended, out, one_line(err)) == (code, "", said)
    assert opened.closed


def test_a_reader_that_has_gone_is_no_error():
    """`tiaowen clauses | head` ends quietly."""
    program = (
        "import sys; from api import cli; cli.clauses = lambda _: [print('行' * 500) for _ in range(2000)] and 0; "
        "sys.exit(cli.main(['clauses']))"
    )
    child = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.readline()
    child.stdout.close()
    with child.stderr:
        assert (child.stderr.read(), child.wait()) == (b"", cli.BROKEN_PIPE)


# Building


def test_build_reports_what_it_made_and_what_it_could_not_read(run, monkeypatch, tmp_path):
    """Every failed file is named with its reason; the rest is built, and the exit code says so."""
    failure = SimpleNamespace(source_file="b.bin", reason="is no text")
    report = SimpleNamespace(
        documents=1, clauses=7, segments=9, failures=(failure,), warnings=(("a.txt", "no date"),), seconds={"total": 1.25}
    )
    seen = {}

    def build(settings, paths, *, progress):
        progress("encode", 9, 9)
        seen.update(home=settings.home, paths=paths)
        return report

    monkeypatch.setattr("assistant.building.build", build)
    monkeypatch.setattr("indexing.embedding.prepare_bundled", lambda *_: None)
    (tmp_path / "a.txt").touch()
    code, out, err = run("build", str(tmp_path / "a.txt"))
    assert (code, seen["paths"]) == (3, [tmp_path / "a.txt"])
    assert out == f"documents: 1, clauses: 7, seconds: 1.2, home: {str(seen['home'])!r}\n"
    assert "build: encode (9)\n" in err
    assert "tiaowen: note on a.txt: no date\ntiaowen: b.bin: is no text\ntiaowen: 1 of the files" in err


def test_build_refuses_a_path_that_is_not_there(run, own_home):
    """A wrong path is told before anything is prepared."""
    code, out, err = run("build", "nowhere.txt")
    assert (code, out, own_home.exists()) == (2, "", False)
    assert "'nowhere.txt'" in one_line(err)


def test_remove_takes_the_document_out(run, monkeypatch, own_home):
    """The id and the data folder reach the index, and the command says what it did."""
    seen = []
    monkeypatch.setattr("assistant.building.remove", lambda settings, document: seen.append((settings.home, document)))
    assert run("remove", "测府办发〔2024〕6号") == (0, "removed 测府办发〔2024〕6号\n", "")
    assert seen == [(own_home, "测府办发〔2024〕6号")]


def test_progress_is_one_line_a_stage_where_there_is_no_terminal():
    """A log gets a line when a stage begins, not one for each step."""
    log = io.StringIO()
    with Progress(log) as progress:
        for stage, total in (("model", 3), ("encode", 5)):
            for done in range(total + 1):
                progress(stage, done, total)
    assert log.getvalue() == "build: model (3)\nbuild: encode (5)\n"


def test_progress_is_a_bar_on_a_terminal():
    """A terminal gets a bar for each stage that ends full and is closed, also when the build fails."""
    log = io.StringIO()
    log.isatty = lambda: True
    with pytest.raises(KeyboardInterrupt), Progress(log) as progress:
        progress("encode", 0, 4)
        progress("encode", 4, 4)
        raise KeyboardInterrupt
    assert "encode       100%" in log.getvalue() and log.getvalue().endswith("\n")


# Serving, measuring


def test_serve_says_where_and_serves_the_open_assistant(run, opened, monkeypatch):
    """The address is printed, with the port that the system chose, and the application holds the assistant."""
    seen = {}
    monkeypatch.setattr("api.app.run", lambda app, door: seen.update(app=app, port=door.getsockname()[1]))
    code, out, err = run("serve", "--port", "0")
    assert (code, out) == (0, "")
    assert f"http://127.0.0.1:{seen['port']} " in one_line(err)
    assert seen["app"].state.desk.assistant() is opened


def test_serve_without_an_index_ends_at_once(run):
    """A service that could answer nothing is not started."""
    code, _, err = run("serve", "--port", "0")
    assert code == 2 and "tiaowen build" in one_line(err)


def test_serve_at_a_place_that_is_taken_ends_with_2(run, opened):
    """The message names the place and the options that choose another."""
    from api.app import listen

    with listen("127.0.0.1", 0) as taken:
        code, _, err = run("serve", "--port", str(taken.getsockname()[1]))
    assert code == 2 and "--port" in one_line(err)


def test_bench_prints_every_figure(run, monkeypatch):
    """The figures come for a person and as JSON, and the steps are told on standard error."""
    from eval import bench

    report = bench.BenchReport(
        bench.Machine("a processor", 2, 2**34, "Linux", "3.11", {"numpy": "2"}), "bundled", 5, 200, 20.0, 8.0,
        2**21, 2**29, 0.1, 1.5, 0.9, 12.0, 30.0, 120, 2**30, 2**29, 2**28,
    )  # fmt: skip

    def measure(settings, *, runs, say):
        say(f"{runs} times")
        return report

    monkeypatch.setattr(bench, "measure", measure)
    code, out, err = run("bench", "--runs", "3")
    assert (code, err) == (0, "bench: 3 times\n")
    assert "p50 12.0 ms, p95 30.0 ms (120 questions)" in out and "25.0 a second" in out
    assert json.loads(run("bench", "--json")[1])["clauses_per_second"] == 25.0


def test_a_percentile_is_a_sample_that_was_taken():
    """Nearest rank: of 1 to 20, half do not exceed 10 and 95 % do not exceed 19."""
    from eval.bench import percentile

    samples = [float(number) for number in range(20, 0, -1)]
    assert (percentile(samples, 50), percentile(samples, 95), percentile([3.0], 95)) == (10.0, 19.0, 3.0)
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_the_bench_questions_are_all_different():
    """None is asked twice in a process, not even to warm it up, so no cache can answer for the assistant."""
    from eval.bench import QUESTIONS, WARM_UP

    assert len({*QUESTIONS, *WARM_UP}) == len(QUESTIONS) + len(WARM_UP)


def test_bench_puts_the_steps_together(monkeypatch, own_home):
    """Each step runs in a process of its own over a folder of the bench's own; the user's is not touched."""
    from assistant.settings import Settings
    from eval import bench

    said = {
        "model": {"peak_bytes": 3},
        "build": {"documents": 5, "clauses": 200, "encoder": "e", "peak_bytes": 2},
        "ask": {"open_seconds": 0.5, "milliseconds": [1.0, 2.0, 9.0], "peak_bytes": 1},
    }
    started = []

    def run(command, settings):
        started.append((command[3], command[4]))
        assert settings.home not in (own_home, own_home.parent)
        return SimpleNamespace(stdout=json.dumps(said.get(command[4], {})).encode())

    monkeypatch.setattr(bench, "_run", run)
    lines = []
    report = bench.measure(Settings(own_home), runs=2, say=lines.append)
    assert (report.clauses, report.samples, report.warm_p50_ms, report.warm_p95_ms) == (200, 6, 2.0, 9.0)
    assert [step for module, step in started if module == "eval.bench"] == ["model", "build", "ask", "ask"]
    assert [step for module, step in started if module == "api.cli"] == ["--help", "--help", "ask", "ask"]
    assert len(lines) == 4 and not own_home.exists()
    assert bench.measure(Settings(own_home, "another"), runs=1, say=lines.append).model_seconds is None


def test_a_bench_step_measures_the_real_assistant(built_home, capsys):
    """The step that asks gives a time for each question and the memory it took, as one JSON object."""
    from eval import bench

    assert bench.main(["ask", str(built_home)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["milliseconds"]) == len(bench.QUESTIONS) and said["peak_bytes"] > 0
    with pytest.raises(TiaowenError, match="usage"):
        bench.main(["sleep", str(built_home)])


def test_a_bench_step_that_fails_says_why(own_home):
    """The last line of the failed process is the reason given, without a traceback."""
    from assistant.settings import Settings
    from eval.bench import _step

    with pytest.raises(TiaowenError, match="tiaowen build"):
        _step("ask", Settings(own_home))


# The program as a whole


def test_help_and_version_load_nothing_heavy():
    """`tiaowen --help` must answer at once, so no library that takes time is imported for it."""
    program = (
        "import sys, contextlib\nfrom api import cli\n"
        "with contextlib.suppress(SystemExit): cli.main(['--help'])\n"
        f"print('LOADED', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode("utf-8").splitlines()[-1] == "LOADED []"


def test_help_names_every_command(run):
    """The help lists what there is, and each command explains itself."""
    _, out, _ = run("--help")
    assert set(re.findall(r"^    (\w+)\s", out, re.MULTILINE)) == set(COMMANDS)
    for command in COMMANDS:
        code, said, _ = run(command, "--help")
        assert code == 0 and "--home" in said


def test_version_is_the_packages_own(run):
    """--version prints the name and the number from pyproject.toml."""
    assert run("--version")[:2] == (0, "tiaowen 0.1.0\n")


def test_the_module_runs_as_a_program(own_home):
    """`python -m api.cli` behaves as the installed command does: its code, its streams, its encoding."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "ask", "渝北区补多少？"], cwd=ROOT, capture_output=True, env=environment
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"tiaowen: ")


# The real thing


def test_every_face_gives_the_same_answer(run, built_home, tmp_path):
    """`ask --json`, a line of a batch and the HTTP API differ in nothing but the time they took."""
    from fastapi.testclient import TestClient

    from api.app import create_app
    from assistant.settings import Settings

    questions = ["渝北区新开一家普惠托育机构，每个托位能补多少钱？", "江蘇省2025年托育從業人員要達到多少人", "深圳市托育补贴多少钱"]
    batch = tmp_path / "in.jsonl"
    batch.write_text("\n".join(json.dumps({"id": q, "question": q}) for q in questions), encoding="utf-8")
    _, lines, _ = run("--home", str(built_home), "ask", "--batch", str(batch))
    with TestClient(create_app(Settings(built_home))) as client:
        for question, line in zip(questions, lines.splitlines(), strict=True):
            faces = [
                json.loads(line),
                json.loads(run("--home", str(built_home), "ask", "--json", question)[1]),
                client.post("/v1/ask", json={"question": question}).json(),
            ]
            for answer in faces:
                answer.pop("id", None)
                assert set(answer.pop("timings_ms")) >= {"total"}
            assert faces[0] == faces[1] == faces[2]
    assert [json.loads(line)["status"] for line in lines.splitlines()] == ["answered", "answered", "not_found"]


def test_every_quotation_and_figure_is_a_slice_of_the_source(run, built_home):
    """What a program cuts out of `source` at the offsets of a clause is the clause, figure by figure."""
    home = ("--home", str(built_home))
    _, listed, _ = run(*home, "documents", "--json")
    records = [json.loads(line) for line in listed.splitlines()]
    assert len(records) == 5
    for record in records:
        _, source, _ = run(*home, "source", record["document_id"])
        _, out, _ = run(*home, "clauses", "--json", "--document", record["document_id"])
        clauses = [json.loads(line) for line in out.split("\n") if line]
        assert len(clauses) == record["clauses"]
        for piece in [*clauses, *(figure for clause in clauses for figure in clause["figures"])]:
            assert source[piece["start"] : piece["end"]] == piece["text"]


def test_an_interrupted_build_leaves_nothing_behind(models_folder, tmp_path):
    """Ctrl-C during the encoding ends with 130 and one line; no index, half or whole, is in the folder."""
    (tmp_path / "models").symlink_to(models_folder, target_is_directory=True)
    command = [sys.executable, "-u", "-m", "api.cli", "--home", str(tmp_path), "build"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr.readline().startswith(b"build: encode (")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert (child.returncode, out, err) == (130, b"", b"tiaowen: interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build.lock", "models"]


# The parts


def test_batch_lines_end_at_line_feeds_only(tmp_path):
    """A line separator inside a JSON string, a byte order mark and carriage returns do not disturb the count."""
    batch = tmp_path / "in.jsonl"
    batch.write_text('\ufeff{"id": 1, "question": "甲\u2028乙\u0085丙"}\r\n\r\n{"id": 2, "question": "丁"}', encoding="utf-8")
    assert read_batch(batch) == (BatchQuestion(1, "甲\u2028乙\u0085丙", ()), BatchQuestion(2, "丁", ()))


def test_batch_refuses_what_is_nested_too_deep(tmp_path):
    """A line built to exhaust the reader is a bad line like any other."""
    batch = tmp_path / "in.jsonl"
    batch.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(QuestionError, match="line 1 is not JSON"):
        read_batch(batch)


def test_wrapping_keeps_words_whole_and_hangs_punctuation():
    """3000 is not torn, and no line opens with a mark that closes."""
    assert list(wrapped("每个托位补3000元。", 14)) == ["每个托位补3000", "元。"]
    assert list(wrapped("补助三千元。再补", 10)) == ["补助三千元。", "再补"]
    assert list(wrapped("", 10)) == list(wrapped(" \t\n", 10)) == []
    assert list(wrapped("a b", 1)) == ["a", "b"]


def test_wrapping_loses_no_word():
    """The lines put together are the text again, whatever the width."""
    text = "到2025年，每千人口拥有3岁以下婴幼儿托位数达到4.6个；use ONNX runtime now。"
    for width in range(2, 60):
        assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


def test_shortening_keeps_both_ends_within_the_limit():
    """A text at the limit is whole; one beyond it has at most the limit, with its gap marked."""
    assert shortened("字" * 300) == "字" * 300
    cut = shortened("头" + "字" * 400 + "尾")
    assert len(cut) == 300 and cut.startswith("头") and cut.endswith("尾") and " … " in cut


def test_tables_align_wide_and_narrow_characters():
    """A Chinese character counts as two columns, so the second column starts at one place."""
    assert list(table_lines([("条款", "a"), ("x", "b")])) == ["条款  a", "x     b"]
