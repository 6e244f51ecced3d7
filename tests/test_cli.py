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
from api.rendering import columns
from corpus.errors import TiaowenError
from tests.conftest import one_line

ROOT = Path(__file__).parent.parent
COMMANDS = (
    "build", "add", "ask", "chat", "mcp", "verify", "search", "clauses", "documents", "source", "remove", "serve", "eval", "bench",
)  # fmt: skip
HEAVY = ("torch", "mcp", "numpy", "onnxruntime", "faiss", "jieba", "opencc", "fastapi", "pydantic", "llama_index", "sqlite3", "tqdm")


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


def test_verify_prints_a_verdict_for_each_statement(run, opened, tmp_path):
    """✓ and ✗ open the lines, under ✗ stands what the clause says instead; one that is not supported ends with 1."""
    path = tmp_path / "text.txt"
    path.write_text("补助标准为3000元/托位。补助标准为5000元/托位。", encoding="utf-8")
    code, out, err = run("verify", str(path))
    assert (code, err) == (cli.NOT_SUPPORTED, "")
    assert out.splitlines()[:3] == ["✓   补助标准为3000元/托位。[1]", "✗   补助标准为5000元/托位。[1]", "    ✗ number: 5000元/托位 → 3000元/托位"]
    path.write_text("补助标准为3000元/托位。", encoding="utf-8")
    assert run("verify", str(path), "--clause", opened.answering.clause_id)[0] == 0


def test_verify_reads_standard_input_and_prints_json(run, opened, monkeypatch):
    """`-` is standard input; with --json one object, the same that the API returns."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("补助标准为3000元/托位。".encode())))
    code, out, _ = run("verify", "-", "--json")
    assert code == 0
    assert json.loads(out) == opened.verify("补助标准为3000元/托位。").to_json()


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"\xff\xfe", "not UTF-8"), (b" \n", "the text is empty")])
def test_verify_names_what_it_cannot_read(run, opened, tmp_path, content, said):
    """A missing file, one that is no UTF-8 and an empty one are errors of one line."""
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run("verify", str(path))
    assert (code, out) == (cli.USAGE, "") and said in one_line(err)


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


# Serving


def test_serve_says_where_and_serves_the_open_assistant(run, opened, monkeypatch):
    """The address is printed, with the port that the system chose, and the application holds the assistant."""
    seen = {}
    monkeypatch.setattr("api.app.run", lambda app, door: seen.update(app=app, port=door.getsockname()[1]))
    code, out, err = run("serve", "--port", "0")
    assert (code, out) == (0, "")
    assert f"http://127.0.0.1:{seen['port']} " in one_line(err)
    with seen["app"].state.desk.assistant() as held:
        assert held is opened


def test_serve_without_an_index_ends_at_once(run):
    """A service that could answer nothing is not started."""
    code, _, err = run("serve", "--port", "0")
    assert code == 2 and "tiaowen build" in one_line(err)


def test_serve_at_a_place_that_is_taken_ends_with_2(run, opened):
    """The message names the place and the options that choose another."""
    from api.door import listen

    with listen("127.0.0.1", 0) as taken:
        code, _, err = run("serve", "--port", str(taken.getsockname()[1]))
    assert code == 2 and "--port" in one_line(err)


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
    # Long enough that the signal comes in the middle on a busy machine too.
    items = "\n".join(f"第{n}条 第{n}类机构每年补助{n * 7}万元，用于第{n % 13}项支出。" * 6 for n in range(1, 900))
    policy = tmp_path.with_name("policy.txt")
    policy.write_text(f"某区补助办法\n{items}\n", encoding="utf-8")
    command = [sys.executable, "-u", "-m", "api.cli", "--home", str(tmp_path), "build", str(policy)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr.readline().startswith(b"build: encode (")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate()
    assert (child.returncode, out, err) == (130, b"", b"tiaowen: interrupted\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build.lock", "models"]


def test_the_mode_is_handed_on(run, opened, tmp_path):
    """`--mode` goes to each question, of a batch too; without it the settings decide."""
    batch = tmp_path / "in.jsonl"
    batch.write_text('{"id": 1, "question": "每个托位补多少？"}\n', encoding="utf-8")
    assert run("ask", "--mode", "polish", "每个托位补多少？")[0] == 0
    assert run("ask", "--batch", str(batch), "--mode", "compose")[0] == 0
    assert run("ask", "每个托位补多少？")[0] == 0
    assert opened.modes == ["polish", "compose", None]


def test_a_mode_without_a_model_is_one_line(run, built_home, monkeypatch):
    """Said before anything is answered, with what to set; chosen by the environment or for one question."""
    code, out, err = run("--home", str(built_home), "ask", "--mode", "polish", "每个托位补多少？")
    assert (code, out) == (2, "") and "TIAOWEN_LLM_BASE_URL" in one_line(err)
    monkeypatch.setenv("TIAOWEN_LLM_MODE", "compose")
    code, out, err = run("--home", str(built_home), "documents")
    assert (code, out) == (2, "") and "TIAOWEN_LLM_MODE is 'compose'" in one_line(err)


def test_a_person_reads_what_the_model_did(run, built_home, monkeypatch):
    """Under the answer stands one line, also where nothing of the model was used."""
    from eval.scripted import Turn, scripted

    with scripted(lambda _: Turn(status=401)) as server:
        monkeypatch.setenv("TIAOWEN_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("TIAOWEN_LLM_MODEL", "m")
        code, out, _ = run("--home", str(built_home), "ask", "--mode", "polish", "渝北区开园奖补每家最多多少钱？")
    assert code == 0 and "（模型 m 未采用：failed HTTP 401；以上是规则的回答）" in out
