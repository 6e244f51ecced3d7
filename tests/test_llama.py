"""LlamaIndex over the assistant: the retriever and the query engine as its own parts expect them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import Document, SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.evaluation import FaithfulnessEvaluator, RetrieverEvaluator
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata, MockLLM
from llama_index.core.node_parser import NodeParser
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import MetadataMode, NodeRelationship, QueryBundle

from assistant.llama import PolicyNodeParser, PolicyQueryEngine, PolicyRetriever, node_of
from corpus.errors import QuestionError, SourceError
from corpus.load import bundled, parse
from corpus.reading import read

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


def test_the_query_engine_tells_its_callbacks(assistant) -> None:
    """Query and retrieval are events with a beginning and an end, in the synchronous and the asynchronous way."""
    heard = LlamaDebugHandler(print_trace_on_end=False)
    engine = PolicyQueryEngine(assistant, callback_manager=CallbackManager([heard]))
    engine.query(QUESTION)
    asyncio.run(engine.aquery(QUESTION))
    engine.retrieve(QueryBundle(QUESTION))
    queries = heard.get_event_pairs(CBEventType.QUERY)
    assert [pair[0].payload["query_str"] for pair in queries] == [QUESTION, QUESTION]
    assert [str(pair[1].payload["response"]) for pair in queries] == [assistant.ask(QUESTION).answer] * 2
    ((_, end),) = heard.get_event_pairs(CBEventType.RETRIEVE)
    assert end.payload["nodes"][0].node_id == OPENING


def test_the_query_engine_does_not_stream(assistant) -> None:
    """What is asked to stream is refused at once; streaming=False is what it does."""
    assert str(PolicyQueryEngine(assistant, streaming=False).query(QUESTION)) == assistant.ask(QUESTION).answer
    with pytest.raises(ValueError, match="does not stream"):
        PolicyQueryEngine(assistant, streaming=True)


# ---- the node parser ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded() -> list[Document]:
    """The bundled documents as LlamaIndex's own reader gives them."""
    return SimpleDirectoryReader(str(bundled()), required_exts=[".txt"]).load_data()


@pytest.fixture(scope="module")
def nodes(loaded: list[Document]) -> list[Any]:
    """Their clauses as nodes."""
    return PolicyNodeParser().get_nodes_from_documents(loaded)


def test_the_parser_is_one_of_llama_index() -> None:
    """What takes a NodeParser takes this one, under a name of its own."""
    assert isinstance(PolicyNodeParser(), NodeParser)
    assert PolicyNodeParser.class_name() == "PolicyNodeParser"


def test_the_parser_finds_the_clauses_of_the_index(assistant, nodes: list[Any]) -> None:
    """The nodes are the clauses that a build finds in the same files, facts and all; ids and order too."""
    clauses = {clause["clause_id"]: clause for clause in assistant.clauses()}
    assert sorted(node.node_id for node in nodes) == sorted(clauses)
    for node in nodes:
        clause = clauses[node.node_id]
        assert node.text == clause["text"]
        assert {key: node.metadata[key] for key in clause if key != "text"} == {k: v for k, v in clause.items() if k != "text"}


def test_offsets_count_in_the_text_of_the_document(loaded: list[Document], nodes: list[Any]) -> None:
    """Every node is the slice of its document's text at its offsets."""
    texts = {document.doc_id: document.text for document in loaded}
    assert [n.node_id for n in nodes if texts[n.ref_doc_id][n.start_char_idx : n.end_char_idx] != n.text] == []


def test_rows_that_read_alike_keep_their_own_places() -> None:
    """Of two clauses with the same words each has its own offsets, and not those of the first."""
    text = "实施方案\n一、目标\n(一)建成2家托育机构。\n二、要求\n(一)建成2家托育机构。\n"
    found = PolicyNodeParser().get_nodes_from_documents([Document(text=text)])
    alike = [node for node in found if node.text.endswith("建成2家托育机构。") and "(一)" in node.node_id]
    assert [text[node.start_char_idx : node.end_char_idx] for node in alike] == ["(一)建成2家托育机构。"] * 2
    assert alike[0].end_char_idx < alike[1].start_char_idx


def test_nodes_know_their_document_and_their_neighbours(loaded: list[Document], nodes: list[Any]) -> None:
    """Source, previous and next lead from clause to clause, and never into another document."""
    for before, after in pairwise(nodes):
        same = before.ref_doc_id == after.ref_doc_id
        assert (before.next_node is not None and before.next_node.node_id == after.node_id) is same
        assert (after.prev_node is not None and after.prev_node.node_id == before.node_id) is same
    assert {node.ref_doc_id for node in nodes} == {document.doc_id for document in loaded}


def test_the_words_of_a_clause_are_all_that_is_embedded(nodes: list[Any]) -> None:
    """Neither the facts nor where the file lies weigh in its vector; the file is in the metadata all the same."""
    assert all(node.get_content(MetadataMode.EMBED) == node.text for node in nodes)
    assert nodes[0].metadata["file_name"] == nodes[0].metadata["source_file"]


def test_metadata_of_the_user_reach_the_nodes() -> None:
    """What a document was given besides stays with its clauses, and is embedded as LlamaIndex does."""
    document = Document(text="实施方案\n一、目标\n建成2家托育机构。\n", metadata={"region": "西南", "file_path": "/a/乙.txt"})
    node = PolicyNodeParser().get_nodes_from_documents([document])[-1]
    assert (node.metadata["region"], node.metadata["source_file"]) == ("西南", "乙.txt")
    assert "西南" in node.get_content(MetadataMode.EMBED)


def test_two_copies_have_ids_of_their_own() -> None:
    """The clauses of a second document of the same number do not replace those of the first."""
    text = read(bundled() / "yubei_zhaohu_2024.txt").text
    found = PolicyNodeParser().get_nodes_from_documents([Document(text=text), Document(text=text)])
    assert len({node.node_id for node in found}) == len(found) == 2 * len(parse(read(bundled() / "yubei_zhaohu_2024.txt")).clauses)
    assert "渝北府办发〔2024〕6号#2:二/(三)/11" in {node.node_id for node in found}


def test_the_parser_works_asynchronously(loaded: list[Document], nodes: list[Any]) -> None:
    """`aget_nodes_from_documents` gives the same nodes."""
    waited = asyncio.run(PolicyNodeParser().aget_nodes_from_documents(loaded))
    assert [(n.node_id, n.start_char_idx) for n in waited] == [(n.node_id, n.start_char_idx) for n in nodes]


def test_a_text_without_clauses_is_refused() -> None:
    """The error names the file, as a build does."""
    with pytest.raises(SourceError, match=r"'空\.txt' holds no policy text"):
        PolicyNodeParser().get_nodes_from_documents([Document(text=" \n", metadata={"file_name": "空.txt"})])


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


def test_a_pipeline_and_a_vector_index_take_the_nodes(loaded: list[Document]) -> None:
    """An IngestionPipeline parses and embeds, a VectorStoreIndex finds the clause again by its words."""

    class Marked(MockEmbedding):
        """A vector that only tells whether a text speaks of 开园激励性奖补."""

        def _get_vector(self) -> list[float]:
            raise NotImplementedError

        def _get_text_embedding(self, text: str) -> list[float]:
            return [1.0, 0.0] if "实施开园激励性奖补" in text else [0.0, 1.0]

        _get_query_embedding = _get_text_embedding

    embedding = Marked(embed_dim=2)
    found = IngestionPipeline(transformations=[PolicyNodeParser(), embedding]).run(documents=loaded)
    index = VectorStoreIndex(found, embed_model=embedding)
    (best,) = index.as_retriever(similarity_top_k=1).retrieve("实施开园激励性奖补")
    assert best.node_id == OPENING
    assert best.node.metadata["lead_units"] == ["区财政局", "区卫生健康委"]
    assert best.node.ref_doc_id in {document.doc_id for document in loaded}


def test_the_evaluators_of_llama_index_judge_the_retriever(assistant) -> None:
    """hit_rate and mrr over clause ids: 1 for the clause that answers, 0 for one that is not found."""
    judge = RetrieverEvaluator.from_metric_names(["hit_rate", "mrr"], retriever=PolicyRetriever(assistant, k=3))
    right = judge.evaluate(QUESTION, [OPENING])
    wrong = judge.evaluate(QUESTION, ["蘇衛人口〔2022〕14號:序"])
    second = judge.evaluate(QUESTION, [assistant.search(QUESTION, 2)[1].clause.clause_id])
    assert right.metric_vals_dict == {"hit_rate": 1.0, "mrr": 1.0}
    assert wrong.metric_vals_dict == {"hit_rate": 0.0, "mrr": 0.0}
    assert second.metric_vals_dict == {"hit_rate": 1.0, "mrr": 0.5}


class Judge(CustomLLM):
    """A model that says YES where a figure of the statement stands in the context it is shown."""

    figure: str

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="YES" if prompt.count(self.figure) > 1 else "NO")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(("figure", "passing"), [("3000元/托位", True), ("5000元/托位", False)])
def test_the_evaluators_of_llama_index_judge_the_answer(assistant, figure: str, passing: bool) -> None:
    """FaithfulnessEvaluator reads the response and its source nodes, and passes what the clauses print."""
    response = PolicyQueryEngine(assistant).query(QUESTION)
    judged = FaithfulnessEvaluator(llm=Judge(figure=figure)).evaluate_response(response=response)
    assert (judged.passing, judged.score) == (passing, float(passing))


def test_the_example_prints_what_the_readme_shows(built_home: Path) -> None:
    """The example runs, and its output stands in both halves of the README word for word."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "examples/llama_index_example.py"], cwd=root, capture_output=True, encoding="utf-8", timeout=300,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "TIAOWEN_HOME": str(built_home), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = f"$ python examples/llama_index_example.py\n{done.stdout}```"
    assert (root / "README.md").read_text(encoding="utf-8").count(shown) == 2
