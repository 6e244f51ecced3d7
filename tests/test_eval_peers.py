"""Peers: how their replies are made, and what switching a part of Tiaowen off changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.sample_cases import CLAUSE, catalogue


def test_the_stand_in_answers_from_the_numbered_sources_of_the_real_prompt() -> None:
    """Of each source below the template's example the nearest sentence, with its number."""
    from eval.peers import Extractive

    prompt = (
        "several numbered sources of information:\n------\nSource 1:\n甲河长。甲河流入乙海。\n\nSource 2:\n丙山高。\n\n------\n"
        "Query: 甲河流入哪？\nAnswer: "
    )
    assert Extractive().complete(prompt).text == "甲河流入乙海。[1]\n丙山高。[2]"


def test_the_configured_model_answers_for_the_peers(
    server: tuple[str, type[Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With address and model set, prompts go to that server and nowhere else; without, sentences are extracted."""
    from eval.peers import Configured, Extractive, configured_model

    url, handler = server
    assert type(configured_model()) is Extractive and handler.seen == []
    monkeypatch.setenv("TIAOWEN_LLM_BASE_URL", url)
    monkeypatch.setenv("TIAOWEN_LLM_MODEL", "m")
    handler.script = (200, json.dumps({"choices": [{"message": {"content": "乙海[1]"}}]}))
    model = configured_model()
    assert isinstance(model, Configured) and model.complete("Source 1:\n甲河").text == "乙海[1]"
    assert handler.seen[0][1]["messages"] == [{"role": "user", "content": "Source 1:\n甲河"}]
    handler.script = (200, json.dumps({"choices": []}))
    with pytest.raises(ValueError, match="another form"):
        model.complete("x")


def test_a_peer_cites_the_clauses_that_its_sentences_stand_in() -> None:
    """Of the clauses in a chunk those that hold a sentence of the answer; all of them where none can be told."""
    from eval.peers import _cited, by_text

    clauses, _ = catalogue()
    held = by_text(clauses)
    chunk = "\n".join(clause.text for clause in clauses)
    assert [c.clause_id for c in _cited(chunk, "补助标准为3000元/托位，最高不超过45万元。[1]", held)] == [CLAUSE]
    assert len(_cited(chunk, "别的话，与它们无关。", held)) == 2


def test_a_part_that_is_switched_off_makes_no_difference_elsewhere_and_some_where_it_counts(assistant, built_home: Path) -> None:
    """Without facts an amount is told in whole sentences; without lists a count is not told; the check changes
    nothing where every line is supported."""
    from assistant.assistant import Assistant
    from assistant.settings import PARTS, Settings

    asked = "渝北的实施方案一共布置了多少项重点任务？"
    whole = assistant.ask(asked).answer
    without = {part: Assistant.open(Settings(built_home), without=frozenset({part})) for part in PARTS}
    assert "20" in whole and without["lists"].ask(asked).answer != whole
    assert without["verification"].ask(asked).answer == whole
    lead = "渝北区开园奖补由谁牵头？"
    assert without["facts"].ask(lead).answer != assistant.ask(lead).answer
    for part in PARTS:
        without[part].close()
