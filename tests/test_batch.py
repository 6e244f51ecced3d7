"""Batches: a file of questions answered line by line, or refused as a whole with the line named."""

from __future__ import annotations

import json

import pytest

from api.batch import BatchQuestion, read_batch
from corpus.errors import QuestionError
from tests.conftest import one_line


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
