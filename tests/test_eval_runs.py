"""Runs kept and compared, the table and the page, floors, and replies that become cases."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from corpus.errors import SourceError
from eval.cases import Case, load_cases
from eval.drafts import Replayed, draft, read_reply, replayed
from eval.measures import Reply
from eval.report import compared, floors, lines, matrix, page
from eval.run import KeptRun, Run, difference, run
from tests.sample_cases import CLAUSE, case, reply, written


class _Told:
    """A target that gives replies by case id."""

    name = "told <b>"

    def __init__(self, **replies: Reply) -> None:
        self._replies = replies

    def reply(self, case: Case) -> Reply:
        return self._replies.get(case.case_id, Reply(error="silent"))


def made(**replies: Reply) -> Run:
    """A run over two cases."""
    cases = [case(id="a"), case(id="b", question="</script><script>alert(1)</script>")]
    return run(cases, _Told(**replies), corpus="c" * 64)


RIGHT, WRONG = reply("3000元/托位，最高45万元", CLAUSE), reply("3000元/托位", CLAUSE)


def test_a_run_is_kept_read_back_and_compared(tmp_path: Path) -> None:
    """What broke and what was mended is told by case, in the comparison and nowhere else."""
    before, now = made(a=RIGHT, b=WRONG), made(a=WRONG, b=RIGHT)
    for name, one in (("before", before), ("now", now)):
        one.save(tmp_path / f"{name}.json")
    kept = [KeptRun.read(tmp_path / f"{name}.json") for name in ("before", "now")]
    change = difference(*kept)
    assert (change.broke, change.mended) == (("a",), ("b",))
    said = "\n".join(compared(*kept, change))
    assert "broke: 1" in said and "lacks 45万元" in said and "correct" in said
    assert kept[0].measures["correct"].value == 0.5
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    for name, reason in (("x.json", "is no run"), ("absent.json", "no run at")):
        with pytest.raises(SourceError, match=reason):
            KeptRun.read(tmp_path / name)


def test_the_table_names_every_measure_and_every_wrong_case() -> None:
    """The terminal shows means, intervals, categories, and the reason for each wrong case."""
    said = "\n".join(lines(made(a=RIGHT)))
    assert "correct              0.500" in said and "subsidy" in said and "silent: silent" in said
    assert matrix([("x", made(a=RIGHT, b=RIGHT).summary.overall, {"p50": 3.0})], ["correct", "clarify"])[-1] == (
        "| x | 1.000 | – | 3 |"
    )


def test_the_page_is_one_file_and_holds_no_markup_of_a_case() -> None:
    """No address is loaded, every element closes, and a question with markup stays text."""
    before, now = made(a=RIGHT, b=WRONG), made(a=WRONG, b=RIGHT)
    kept = KeptRun(before.target, before.made, before.corpus, before.cases, {}, {}, {"a": {"right": True, "reasons": []}})
    held = page(now, kept, difference(kept, KeptRun(now.target, now.made, "", "", {}, {}, {"a": {"right": False, "reasons": []}})))
    assert "alert(1)" in held and "<script>alert" not in held and "told <b>" not in held
    assert "http://" not in held and "https://" not in held and "{{" not in held

    class Reader(HTMLParser):
        scripts: list[str] = []  # noqa: RUF012 - one reader, one page
        inside = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.inside = tag == "script" and ("type", "application/json") in attrs
            assert not any(name in ("src", "href") and not (value or "").startswith("#") for name, value in attrs)

        def handle_data(self, data: str) -> None:
            if self.inside:
                self.scripts.append(data)
            self.inside = False

    reader = Reader()
    reader.feed(held)
    assert [one["id"] for one in json.loads(reader.scripts[0])] == ["a", "b"]


def test_floors_name_what_lies_below_them() -> None:
    """A value below its floor, and a floor for what was not measured, are faults; the others are not."""
    whole = made(a=RIGHT, b=WRONG)
    assert floors({"measures": {"correct": 0.5}, "categories": {"subsidy": 0.5}}, whole) == []
    faults = floors({"measures": {"correct": 0.6, "clarify": 1.0}, "categories": {"target": 0.1}}, whole)
    assert [fault.split(":")[0] for fault in faults] == ["correct", "clarify", "target"]


# ---- drafts -----------------------------------------------------------------------------------------------


def test_a_reported_reply_becomes_a_case_and_replays(assistant, tmp_path: Path) -> None:
    """The draft loads as a case over the corpus; the reply's id says whether it was made in this setting."""
    given = assistant.ask("渝北区开园奖补每个托位补多少？").to_json()
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    read = read_reply(path)
    assert replayed(read, assistant) == Replayed(True, True)
    other = dict(read, reply_id="0" * 16, answer="补5000元")
    assert replayed(other, assistant) == Replayed(False, False)
    clauses, _ = assistant.read()
    drafted = load_cases(written(tmp_path, draft(read, "new-1")), clauses)[0]
    assert drafted.case_id == "new-1" and ("3000元/托位",) in drafted.atoms
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(SourceError, match="no reply"):
        read_reply(path)


def test_a_reply_id_tells_questions_and_histories_apart(assistant) -> None:
    """Another question, another history: another id; the same again: the same id."""
    ids = {assistant.reply_id("开园奖补"), assistant.reply_id("开园奖补", ["渝北"]), assistant.reply_id("租金补助")}
    assert len(ids) == 3 and assistant.reply_id("开园奖补") in ids
