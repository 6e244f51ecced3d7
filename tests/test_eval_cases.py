"""Cases: which are refused and why, and that the bundled ones hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.errors import SourceError
from eval.cases import CATEGORIES, bundled_cases, datasheet, load_cases
from tests.conftest import NUMBER, FakeAssistant
from tests.sample_cases import CLAUSE, record, written


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": ["maybe"]}, "maybe"),
        ({"status": []}, "no status"),
        ({"category": "weather"}, "weather"),
        ({"question": " "}, "empty question"),
        ({"atoms": "3000"}, "list of strings"),
        ({"atoms": [["3000元/托位"]]}, "1 atoms but 2 groups"),
        ({"gold": [f"{NUMBER}:九"]}, "no clause"),
        ({"evidence": [[{"clause": CLAUSE, "quote": "补助标准为5000元/托位"}], []]}, "does not stand in"),
        ({"evidence": [[{"clause": "X:1", "quote": "补"}], []]}, "no clause 'X:1'"),
        ({"mirror": "b-9"}, "mirror 'b-9'"),
    ],
)
def test_a_case_that_does_not_hold_is_refused_with_its_line(
    tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    """What is wrong in a file of cases is named with the line it stands on."""
    path = written(tmp_path, record(id="ok"), record(**changed))
    with pytest.raises(SourceError, match=r"cases\.jsonl line 2") as raised:
        load_cases(path, [FakeAssistant().answering])
    assert reason in str(raised.value)


def test_an_id_twice_broken_json_and_a_lacking_key_are_refused(tmp_path: Path) -> None:
    """The second of two equal ids, a line that is no JSON and a line without a question name their lines."""
    with pytest.raises(SourceError, match="line 2: id 'a-1' stands on line 1 too"):
        load_cases(written(tmp_path, record(), record()))
    lacking = record()
    del lacking["question"]
    with pytest.raises(SourceError, match="line 1 is no case: lacks 'question'"):
        load_cases(written(tmp_path, lacking))
    path = tmp_path / "broken.jsonl"
    path.write_text("\n{not json\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"broken\.jsonl line 2"):
        load_cases(path)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no cases"):
        load_cases(path)


def test_the_bundled_cases_hold_and_are_balanced(bundled_documents) -> None:
    """At least 250 cases, every category with ten or more, all evidence verbatim; the datasheet states the counts."""
    cases = load_cases(bundled_cases(), [c for d in bundled_documents for c in d.clauses])
    counts = datasheet(cases)
    assert len(cases) >= 250 and set(counts) == set(CATEGORIES) and min(counts.values()) >= 10
    sheet = (bundled_cases().parent / "policy_qa.md").read_text(encoding="utf-8")
    assert f"{len(cases)} cases" in sheet
    assert [name for name, count in counts.items() if f"| {name} | {count} |" not in sheet] == []
