"""Targets: an address, a chat model, answers of others and the assistant itself, all as replies of one form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.errors import QuestionError, SourceError
from eval.measures import Cited
from eval.targets import AnswersFile, AskUrl, ChatUrl, InProcess, clause_names, named_clauses
from tests.conftest import NUMBER, Server
from tests.sample_cases import CLAUSE, case, catalogue, written


def test_an_address_is_asked_and_its_failures_are_silence(server: tuple[str, type[Server]]) -> None:
    """An Answer comes back as a reply; an error status, no JSON and another form come back as silence."""
    url, handler = server
    answer = {"status": "answered", "answer": "3000元/托位", "citations": [{"clause_id": CLAUSE, "quote": "3000元/托位"}]}
    handler.script = (200, json.dumps(answer))
    found = AskUrl(url + "/").reply(case(history=["渝北的呢？"]))
    assert (found.status, found.citations) == ("answered", (Cited(CLAUSE, "3000元/托位"),))
    assert handler.seen == [("/v1/ask", {"question": "开园奖补多少？", "history": ["渝北的呢？"]})]
    for script, reason in (((500, "{}"), "HTTP 500"), ((200, "no json"), "JSON"), ((200, "[]"), "Error")):
        handler.script = script
        assert reason in (AskUrl(url).reply(case()).error or "")
    assert AskUrl("http://127.0.0.1:9", timeout=2).reply(case()).error
    with pytest.raises(QuestionError, match="no address"):
        AskUrl("ftp://somewhere")


def test_a_chat_model_is_asked_and_its_citations_are_read_out_of_its_text(server: tuple[str, type[Server]]) -> None:
    """Clause ids, and 文号 with label, are found in the text; a refusal without citation is not_found."""
    url, handler = server
    clauses, documents = catalogue()
    target = ChatUrl(url, "m", clauses, documents, key="k")
    said = f"每个托位3000元 [{CLAUSE}]。场地见《{documents[NUMBER].title}》第二。"
    handler.script = (200, json.dumps({"choices": [{"message": {"content": said}}]}))
    found = target.reply(case())
    assert [one.clause_id for one in found.citations] == [CLAUSE, f"{NUMBER}:二"]
    assert handler.seen[0][0] == "/chat/completions" and handler.seen[0][1]["model"] == "m"
    handler.script = (200, json.dumps({"choices": [{"message": {"content": "没有查到。"}}]}))
    assert target.reply(case()).status == "not_found"
    for script in ((200, "{}"), (200, json.dumps({"choices": []})), (429, "")):
        handler.script = script
        assert target.reply(case()).error


def test_the_longest_name_of_a_clause_wins() -> None:
    """二（三）11 is not taken for 二（三）1."""
    names = {"甲〔2024〕6号二(三)1": "a", "甲〔2024〕6号二(三)11": "b"}
    assert named_clauses("见甲〔2024〕6号 二（三）11", names) == ["b"]
    assert named_clauses("见甲", {}) == []
    assert clause_names(*catalogue())[f"{NUMBER}:一"] == CLAUSE


def test_answers_made_elsewhere_are_scored_and_gaps_are_silence(tmp_path: Path) -> None:
    """Citations as ids, as objects, or in the text; a case without a line is silent; a bad line is named."""
    clauses, documents = catalogue()
    path = written(
        tmp_path,
        {"id": "a-1", "answer": "3000元/托位", "citations": [CLAUSE], "timings_ms": {"total": 12}},
        {"id": "a-2", "answer": f"3000元/托位（{CLAUSE}）"},
        {"id": "a-3", "status": "answered", "answer": "x", "citations": [{"clause_id": CLAUSE, "quote": "3000元/托位"}]},
    )
    target = AnswersFile(path, clauses, documents)
    replies = [target.reply(case(id=f"a-{i}")) for i in (1, 2, 3, 4)]
    assert [[c.clause_id for c in r.citations] for r in replies] == [[CLAUSE], [CLAUSE], [CLAUSE], []]
    assert replies[0].seconds == 0.012 and replies[3].error == "no answer in the file"
    path.write_text('{"id": "a-1"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 1 is no answer"):
        AnswersFile(path, clauses, documents)


def test_the_assistant_of_this_process_is_a_target(assistant) -> None:
    """It answers, shows its search, and a question that cannot be asked is silence, not an exception."""
    target = InProcess(assistant)
    found = target.reply(case(question="渝北区开园奖补每个托位补多少？"))
    assert found.status == "answered" and found.retrieved and found.retrieved[0].startswith("渝北府办发")
    assert "2,001 characters" in (target.reply(case(question="问" * 2001)).error or "")
