"""`tiaowen eval` and its parts, run as a user runs them over an index of the bundled documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import main
from eval.run import KeptRun

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tiaowen(built_home: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command over the built index; exit code, standard output, standard error."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        code = main(["--home", str(built_home), *map(str, words)])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def answers(folder: Path, *cases: tuple[str, str, list[str]]) -> Path:
    """A file of answers `(id, text, clause ids)`."""
    path = folder / "answers.jsonl"
    lines = [json.dumps({"id": i, "status": "answered", "answer": text, "citations": ids}) for i, text, ids in cases]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_answers_are_scored_reported_and_compared(tiaowen: Run, tmp_path: Path) -> None:
    """A run prints its table, writes JSON and page, and a later one says what was mended."""
    gold = "渝北府办发〔2024〕6号:二/(三)/11"
    code, out, err = tiaowen("eval", "--answers", answers(tmp_path), "--out", tmp_path / "first")
    assert code == 0 and "correct" in out and "silent: no answer in the file" in out and "eval: answers.jsonl (342)" in err
    (first,) = (tmp_path / "first").glob("*.json")
    better = answers(tmp_path, ("lead-001", "牵头单位：区财政局、区卫生健康委", [gold]))
    code, out, _ = tiaowen("eval", "--answers", better, "--against", first, "--out", tmp_path / "second")
    assert code == 0 and "mended: 1" in out and "lead-001" in out
    (second,) = (tmp_path / "second").glob("*.json")
    assert KeptRun.read(second).outcomes["lead-001"]["right"]
    assert "lead-001" in next((tmp_path / "second").glob("*.html")).read_text(encoding="utf-8")
    code, out, _ = tiaowen("eval", "compare", second, first)
    assert code == 0 and "broke: 1" in out
    code, out, _ = tiaowen("eval", "--answers", better, "--out", tmp_path / "third", "--json")
    assert code == 0 and set(json.loads(out)) >= {"target", "measures", "categories"} and "outcomes" not in out


def test_a_run_is_read_back_only_to_be_compared(
    tiaowen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --against no file of a run is read; with it both are, the one before and the one just kept."""
    seen: list[Path] = []
    read = KeptRun.read

    def noted(path: Path) -> KeptRun:
        seen.append(path)
        return read(path)

    monkeypatch.setattr(KeptRun, "read", staticmethod(noted))
    assert tiaowen("eval", "--answers", answers(tmp_path), "--out", tmp_path / "first")[0] == 0
    assert seen == []
    (first,) = (tmp_path / "first").glob("*.json")
    assert tiaowen("eval", "--answers", answers(tmp_path), "--against", first, "--out", tmp_path / "second")[0] == 0
    assert seen == [first, *(tmp_path / "second").glob("*.json")]


def test_floors_are_held_by_the_command(tiaowen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`eval check` ends with 0 over the bundled cases, and with 1 and the measure's name where a floor is higher."""
    assert tiaowen("eval", "check")[:2][0] == 0
    monkeypatch.setattr("eval.report.committed_floors", lambda: {"measures": {"correct": 1.01}})
    code, out, _ = tiaowen("eval", "check")
    assert code == 1 and out.startswith("correct: 0.9")


def test_a_reply_is_drafted(tiaowen: Run, tmp_path: Path) -> None:
    """What `ask --json` printed comes back as a case; a reply of another day is drafted with a word of warning."""
    _, printed, _ = tiaowen("ask", "--json", "渝北区开园奖补每个托位补多少？")
    path = tmp_path / "reply.json"
    path.write_text(printed, encoding="utf-8")
    code, out, err = tiaowen("eval", "draft", path, "--id", "sub-900")
    assert (code, err) == (0, "") and json.loads(out)["id"] == "sub-900"
    path.write_text(json.dumps(json.loads(printed) | {"answer": "别的", "reply_id": "0"}), encoding="utf-8")
    code, _, err = tiaowen("eval", "draft", path)
    assert code == 0 and "another corpus or version" in err and "answered otherwise" in err


def test_a_set_of_others_is_measured(tiaowen: Run, tmp_path: Path) -> None:
    """A corpus and its queries give a row for each leg."""
    corpus, queries = tmp_path / "c.jsonl", tmp_path / "q.jsonl"
    corpus.write_text('{"id": "a", "text": "甲河流入乙海。"}\n{"id": "b", "text": "丙山高两千米。"}\n', encoding="utf-8")
    queries.write_text('{"id": "1", "text": "丙山多高", "positive_ids": ["b"]}\n', encoding="utf-8")
    code, out, _ = tiaowen("eval", "retrieval", "--corpus", corpus, "--queries", queries)
    assert code == 0 and [line.split()[0] for line in out.splitlines()[1:5]] == ["words", "bigrams", "vectors", "fused"]
    code, out, _ = tiaowen("eval", "retrieval", "--corpus", corpus, "--queries", queries, "--limit", "1", "--json")
    assert code == 0 and json.loads(out)["fused"]["recall@1"].startswith("1.000")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--url", "http://127.0.0.1:9", "--answers", "x"], "give one of them"),
        (["--chat", "http://127.0.0.1:9"], "--model NAME"),
        (["--url", "nowhere"], "no address"),
        (["--answers", "absent.jsonl"], "absent.jsonl"),
        (["--against", "absent.json"], "no run at"),
        (["--cases", "absent.jsonl"], "absent.jsonl"),
        (["compare", "absent.json", "b.json"], "no run at"),
        (["draft", "absent.json"], "no reply at"),
        (["retrieval"], "--squad FILE"),
        (["retrieval", "--squad", "absent.json"], "cannot be read"),
    ],
)
def test_what_cannot_be_scored_is_one_line_and_exit_2(tiaowen: Run, words: list[str], reason: str) -> None:
    """Every mistake of the caller is said in one line that names what to mend."""
    code, out, err = tiaowen("eval", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and reason in err


@pytest.mark.parametrize("part", ["verifier", "claims", "model", "retrieval"])
def test_a_limit_of_none_is_refused(capsys: pytest.CaptureFixture[str], part: str) -> None:
    """A limit is a number from 1: anything else ends with 2 and one line that names it."""
    with pytest.raises(SystemExit) as ended:
        main(["eval", part, "--limit", "0"])
    said = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2 and len(said) == 1 and "--limit: '0' is not a whole number from 1" in said[0]


def test_the_verifier_is_measured(tiaowen: Run) -> None:
    """A few statements are enough to see the table and its JSON."""
    code, out, _ = tiaowen("eval", "verifier", "--limit", "20")
    assert code in (0, 1) and "false alarms: " in out and "neighbouring clause" in out
    code, out, _ = tiaowen("eval", "verifier", "--limit", "5", "--seed", "3", "--json")
    assert code in (0, 1) and set(json.loads(out)) == {"detection", "false_alarms", "statements", "changed"}


def test_claims_are_measured(tiaowen: Run) -> None:
    """A few statements are enough to see the table and its JSON."""
    code, out, _ = tiaowen("eval", "claims", "--limit", "12")
    assert code == 0 and "false statements called right: 0 of " in out and out.split()[:2] == ["statement", "asked"]
    code, out, _ = tiaowen("eval", "claims", "--limit", "4", "--seed", "3", "--json")
    assert code == 0 and json.loads(out)["true"]["asked"] == 4


def test_a_lying_model_is_measured(tiaowen: Run) -> None:
    """A few replies are enough to see the table and its JSON."""
    code, out, _ = tiaowen("eval", "model", "--limit", "6")
    assert code == 0 and "false statements" in out and out.splitlines()[-1] == "wrong statements that reached the reader: 0"
    code, out, _ = tiaowen("eval", "model", "--limit", "3", "--seed", "3", "--json")
    assert code == 0 and json.loads(out)["seed"] == 3 and json.loads(out)["leaks"] == []
