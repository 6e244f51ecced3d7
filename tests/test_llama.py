"""LlamaIndex over the assistant: the retriever and the query engine as its own parts expect them."""

from __future__ import annotations

import asyncio
import json

import pytest
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import MetadataMode, NodeRelationship, QueryBundle

from assistant.llama import PolicyQueryEngine, PolicyRetriever, node_of
from corpus.errors import QuestionError

QUESTION = "渝北区开园奖补标准是多少？"
OPENING = "渝北府办发〔2024〕6号:二/(三)/11"


def without_timings(reply: dict) -> dict:
    """A reply of the JSON contract without what may differ between two runs."""
    return {key: value for key, value in reply.items() if key != "timings_ms"}


# ---- the retriever -----------------------------------------------------------------------------------------


def test_the_retriever_is_one_of_llama_index(assistant) -> None:
    """What takes a BaseRetriever takes this one."""
    assert isinstance(PolicyRetriever(assistant), BaseRetriever)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_the_retriever_gives_what_the_search_gives(assistant, k: int) -> None:
    """`k` nodes in the order and with the scores of the search; their ids are clause ids."""
    nodes = PolicyRetriever(assistant, k=k).retrieve(QUESTION)
    hits = assistant.search(QUESTION, k)
    assert [(n.node.node_id, n.score) for n in nodes] == [(hit.clause.clause_id, hit.score) for hit in hits]
    assert len(nodes) == k
    assert nodes[0].node.node_id == OPENING


def test_the_retriever_takes_a_query_bundle(assistant) -> None:
    """A question may come as text or as LlamaIndex wraps it."""
    retriever = PolicyRetriever(assistant, k=2)
    bundled = retriever.retrieve(QueryBundle(QUESTION))
    assert [n.node_id for n in bundled] == [n.node_id for n in retriever.retrieve(QUESTION)]


def test_the_retriever_works_asynchronously(assistant) -> None:
    """`aretrieve` gives the same nodes."""
    retriever = PolicyRetriever(assistant, k=2)
    waited = asyncio.run(retriever.aretrieve(QUESTION))
    assert [n.node_id for n in waited] == [n.node_id for n in retriever.retrieve(QUESTION)]


@pytest.mark.parametrize("question", ["", " ", "问" * 2001])
def test_the_retriever_refuses_what_is_no_question(assistant, question: str) -> None:
    """The errors are the assistant's own."""
    with pytest.raises(QuestionError):
        PolicyRetriever(assistant).retrieve(question)


# ---- nodes -------------------------------------------------------------------------------------------------


def test_a_node_is_the_clause_with_its_place(assistant) -> None:
    """Text is verbatim, offsets cut it out of the source, the metadata is the contract's clause and goes into JSON."""
    hit = assistant.search(QUESTION, 1)[0]
    node = node_of(hit.clause, hit.document)
    assert hit.document.source[node.start_char_idx : node.end_char_idx] == node.text == hit.clause.text
    (line,) = (c for c in assistant.clauses(hit.document.document_id) if c["clause_id"] == OPENING)
    assert {**node.metadata, "text": node.text} == line
    assert json.loads(json.dumps(node.metadata)) == node.metadata


def test_a_model_reads_the_words_and_where_they_stand(assistant) -> None:
    """Embeddings see the clause alone; a model also sees its id, label and document, and no offsets."""
    hit = assistant.search(QUESTION, 1)[0]
    node = node_of(hit.clause, hit.document)
    assert node.get_content(MetadataMode.EMBED) == hit.clause.text
    shown = node.get_content(MetadataMode.LLM)
    assert all(words in shown for words in (OPENING, hit.document.title, hit.clause.text))
    assert "figures" not in shown
    assert NodeRelationship.NEXT not in node.relationships


# ---- the query engine --------------------------------------------------------------------------------------


def test_the_query_engine_is_one_of_llama_index(assistant) -> None:
    """What takes a BaseQueryEngine takes this one."""
    assert isinstance(PolicyQueryEngine(assistant), BaseQueryEngine)


@pytest.mark.parametrize(
    "question", [QUESTION, "江蘇省2025年托育從業人員要達到多少人", "大兴区2024年普惠托位占比要达到多少？"]
)
def test_the_query_engine_gives_the_answer_word_for_word(assistant, question: str) -> None:
    """The response is the assistant's answer, its sources are the cited clauses, its metadata the whole reply."""
    response = PolicyQueryEngine(assistant).query(question)
    answer = assistant.ask(question)
    assert str(response) == answer.answer
    assert [n.node_id for n in response.source_nodes] == [c.clause.clause_id for c in answer.citations]
    assert without_timings(response.metadata["answer"]) == without_timings(answer.to_json())


def test_the_query_engine_shows_the_nearest_where_nothing_is_found(assistant) -> None:
    """The sources of an answer that was not found are the nearest clauses, and its status says so."""
    response = PolicyQueryEngine(assistant).query("深圳市托育补贴多少钱")
    reply = response.metadata["answer"]
    assert (reply["status"], reply["citations"]) == ("not_found", [])
    assert [n.node_id for n in response.source_nodes] == [c["clause_id"] for c in reply["nearest"]] != []


def test_the_query_engine_answers_asynchronously(assistant) -> None:
    """Several questions asked at once get the answers they get alone."""
    engine = PolicyQueryEngine(assistant)
    questions = [QUESTION, "深圳市托育补贴多少钱", "大兴区2025年普惠托位占比要达到多少？"]

    async def ask() -> list[str]:
        return [str(response) for response in await asyncio.gather(*map(engine.aquery, questions))]

    assert asyncio.run(ask()) == [str(engine.query(question)) for question in questions]


def test_the_query_engine_refuses_what_is_no_question(assistant) -> None:
    """The errors are the assistant's own, here too."""
    with pytest.raises(QuestionError):
        PolicyQueryEngine(assistant).query("")


# ---- together with LlamaIndex's own parts ------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["compact", "refine", "simple_summarize"])
def test_the_retriever_feeds_a_response_synthesizer(assistant, mode: str) -> None:
    """LlamaIndex's own query engine puts the clause into the model's prompt and keeps the clause ids as sources."""
    # The mock repeats its prompt, so the response shows what a model would have read.
    synthesizer = get_response_synthesizer(llm=MockLLM(), response_mode=mode)
    engine = RetrieverQueryEngine(retriever=PolicyRetriever(assistant, k=1), response_synthesizer=synthesizer)
    response = engine.query(QUESTION)
    assert [n.node_id for n in response.source_nodes] == [OPENING]
    assert all(words in str(response) for words in ("补助标准为3000元/托位", OPENING, QUESTION))
