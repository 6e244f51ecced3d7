"""What a user would otherwise take, over the same documents with the same weights, measured by the same ruler.

LlamaIndex as its documentation builds it (`CitationQueryEngine`, `SentenceSplitter`), single search legs over
clauses, and Tiaowen with each of its parts switched off. Where no language model is configured
(`TIAOWEN_LLM_BASE_URL`, `TIAOWEN_LLM_MODEL`, `TIAOWEN_LLM_API_KEY`), a stand-in answers with the sentences of the
sources that share most with the question, so that retrieval and citation are compared and nobody's model.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core import Document as LlamaDocument
from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import CompletionResponse, CompletionResponseGen, LLMMetadata
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import CustomLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import CitationQueryEngine

from assistant.assistant import Assistant
from assistant.question import understand
from assistant.settings import PARTS, Settings
from eval.cases import Case
from eval.measures import Cited, Reply, squeezed
from eval.targets import RETRIEVED, InProcess, Target, chat_text
from eval.thirdparty import LEGS, Passages, best_sentence, index, shared
from indexing.segments import spoken_row

if TYPE_CHECKING:
    from corpus.document import Clause, Document
    from indexing.embedding import Encoder

_TOP = 2  # passages that the baselines answer from: LlamaIndex's own default
_CHUNK = 512  # tokens
_SOURCE = re.compile(r"Source (\d+):\n(.*?)(?=\n*Source \d+:\n|\n-{3,}|\Z)", re.DOTALL)
_MARK = re.compile(r"\[(\d+)\]")


class SameWeights(BaseEmbedding):
    """Tiaowen's encoder as a LlamaIndex embedding, so that weights are no difference."""

    _encoder: Any = PrivateAttr()

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(model_name="same weights")
        self._encoder = encoder

    def _get_query_embedding(self, query: str) -> list[float]:
        return list(map(float, self._encoder.encode_queries([query])[0]))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return list(map(float, self._encoder.encode_passages([text])[0]))

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, vector)) for vector in self._encoder.encode_passages(texts)]


class Extractive(CustomLLM):
    """The stand-in: of each numbered source in the prompt the sentence nearest to the question, with its number."""

    @property
    def metadata(self) -> LLMMetadata:
        """A window large enough that nothing is cut."""
        return LLMMetadata(context_window=32_000, num_output=1_000, model_name="extractive")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The sentences, best first."""
        # The template shows an example with sources and a question of its own above the real ones.
        real = prompt.rpartition("several numbered sources of information")[2] or prompt
        question = real.rpartition("Query:")[2].rpartition("Answer:")[0].strip() or real
        found = [(number, best_sentence(question, text)) for number, text in _SOURCE.findall(real)]
        return CompletionResponse(text="\n".join(f"{sentence}[{number}]" for number, sentence in found))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """The same at once."""

        def parts() -> Generator[CompletionResponse]:
            whole = self.complete(prompt).text
            yield CompletionResponse(text=whole, delta=whole)

        return parts()


class Configured(Extractive):
    """The configured OpenAI-compatible model in the stand-in's place."""

    _ask: Any = PrivateAttr()

    def __init__(self, ask: Callable[[str], str]) -> None:
        super().__init__()
        self._ask = ask

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """What the model says to the prompt."""
        return CompletionResponse(text=self._ask(prompt))


def configured_model() -> CustomLLM:
    """The model that the environment names, else the stand-in."""
    url, model = os.environ.get("TIAOWEN_LLM_BASE_URL"), os.environ.get("TIAOWEN_LLM_MODEL")
    if not url or not model:
        return Extractive()
    key = os.environ.get("TIAOWEN_LLM_API_KEY")
    return Configured(lambda prompt: chat_text(url, model, [{"role": "user", "content": prompt}], key=key))


class LlamaCitations:
    """`CitationQueryEngine` at its defaults over the documents' whole texts."""

    def __init__(self, clauses: Sequence[Clause], documents: Sequence[Document], encoder: Encoder) -> None:
        self.name = "LlamaIndex CitationQueryEngine"
        self._clauses = by_text(clauses)
        made = [LlamaDocument(text=d.source, metadata={"title": d.title}, id_=d.document_id) for d in documents]
        chunks = VectorStoreIndex.from_documents(made, embed_model=SameWeights(encoder))
        self._engine = CitationQueryEngine.from_args(chunks, llm=configured_model())
        self._search = chunks.as_retriever(similarity_top_k=RETRIEVED, embed_model=SameWeights(encoder))

    def reply(self, case: Case) -> Reply:
        """The engine's answer; what it cites are the clauses of the cited chunks that its sentences stand in."""
        started = time.perf_counter()
        try:
            response = self._engine.query(case.question)
        except Exception as error:
            return Reply(error=f"{type(error).__name__}: {error}")
        seconds = time.perf_counter() - started
        text = str(response)
        chunks = {number: _SOURCE.sub(r"\2", node.node.get_content()) for number, node in enumerate(response.source_nodes, 1)}
        cited: list[Cited] = []
        for number in dict.fromkeys(int(n) for n in _MARK.findall(text)):
            if number in chunks:
                cited += _cited(chunks[number], text, self._clauses)
        found = clauses_found(case.question, self._search.retrieve(case.question), self._clauses)
        # The marks are no figures that it states.
        return Reply("answered" if text.strip() else "not_found", _MARK.sub("", text), tuple(cited), seconds, found)


class FixedChunks:
    """Chunks of 512 tokens, the two nearest vectors, and the sentence of each that shares most with the question."""

    def __init__(self, clauses: Sequence[Clause], documents: Sequence[Document], encoder: Encoder) -> None:
        self.name = f"{_CHUNK}-token chunks, vectors"
        self._clauses = by_text(clauses)
        splitter = SentenceSplitter(chunk_size=_CHUNK, chunk_overlap=0)
        nodes = splitter.get_nodes_from_documents([LlamaDocument(text=d.source, id_=d.document_id) for d in documents])
        chunks = VectorStoreIndex(nodes, embed_model=SameWeights(encoder))
        self._search = chunks.as_retriever(similarity_top_k=RETRIEVED, embed_model=SameWeights(encoder))

    def reply(self, case: Case) -> Reply:
        """Sentences of the two nearest chunks."""
        started = time.perf_counter()
        found = self._search.retrieve(case.question)
        chunks = [hit.node.get_content() for hit in found[:_TOP]]
        said = [best_sentence(case.question, chunk) for chunk in chunks]
        seconds = time.perf_counter() - started
        cited = [one for chunk, words in zip(chunks, said, strict=True) for one in _cited(chunk, words, self._clauses)]
        return Reply("answered", "\n".join(said), tuple(cited), seconds,
                     clauses_found(case.question, found, self._clauses))  # fmt: skip


class OneLeg:
    """Clauses found by one bare leg of the search (no synonyms, no places), answered with a sentence of each of the
    two best."""

    def __init__(self, clauses: Sequence[Clause], leg: str, name: str, encoder: Encoder) -> None:
        self.name = name
        self._text = {clause.clause_id: clause.text for clause in clauses}
        spoken = {c.clause_id: spoken_row(c) if c.cells else c.text for c in clauses}
        self._searched = index(Passages(spoken, ()), encoder)
        self._leg = LEGS.index(leg)

    def reply(self, case: Case) -> Reply:
        """Sentences of the two best clauses."""
        started = time.perf_counter()
        scored = self._searched.scorer.scored(understand(case.question))
        order = scored.legs[self._leg].argsort(kind="stable")[::-1]
        ranked = (self._searched.owners[at] for at in scored.positions[order])
        found = tuple(dict.fromkeys(ranked))[:RETRIEVED]
        said = [best_sentence(case.question, self._text[clause_id]) for clause_id in found[:_TOP]]
        seconds = time.perf_counter() - started
        cited = tuple(Cited(clause_id, self._text[clause_id]) for clause_id in found[:_TOP])
        return Reply("answered" if said else "not_found", "\n".join(said), cited, seconds, found)


def targets(settings: Settings) -> Iterator[Target]:
    """Tiaowen, Tiaowen without each of its parts, and the peers, one after the other (each is opened when it is
    asked for, so that only one is in memory)."""
    from indexing.embedding import open_encoder

    whole = Assistant.open(settings)
    yield InProcess(whole, "Tiaowen")
    for part in PARTS:
        yield InProcess(Assistant.open(settings, without=frozenset({part})), f"– without {part}")
    clauses, documents = whole.read()
    encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads)
    yield LlamaCitations(clauses, list(documents.values()), encoder)
    yield FixedChunks(clauses, list(documents.values()), encoder)
    yield OneLeg(clauses, "vectors", "clauses, vectors only", encoder)
    yield OneLeg(clauses, "words", "clauses, BM25 only", encoder)


def by_text(clauses: Sequence[Clause]) -> list[tuple[str, str, str]]:
    """`(clause id, text, folded text)` of each clause that says enough to be told apart."""
    return [(c.clause_id, c.text, squeezed(c.text)) for c in clauses if len(squeezed(c.text)) >= 4]


def _cited(chunk: str, said: str, clauses: Sequence[tuple[str, str, str]]) -> list[Cited]:
    """The clauses of a chunk in which a sentence of the answer stands; all of them where none can be told."""
    inside = _inside(chunk, clauses)
    sentences = [s for s in re.split(r"\[\d+\]|\n", said) if len(squeezed(s)) >= 6]
    exact = [one for one in inside if any(squeezed(s) in squeezed(one.quote) or squeezed(one.quote) in squeezed(s) for s in sentences)]
    return exact or inside


def _inside(chunk: str, clauses: Sequence[tuple[str, str, str]]) -> list[Cited]:
    """The clauses that a chunk holds, whole or by an end that is cut."""
    folded = squeezed(chunk)
    return [
        Cited(clause_id, text) for clause_id, text, bare in clauses
        if bare in folded or folded in bare or (len(bare) > 40 and (bare[:30] in folded or bare[-30:] in folded))
    ]  # fmt: skip


def clauses_found(question: str, hits: Sequence[Any], clauses: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """The clauses of the chunks found, in the chunks' order, each once."""
    return tuple(dict.fromkeys(i for hit in hits for i in clauses_in(question, hit.node.get_content(), clauses)))


def clauses_in(question: str, chunk: str, clauses: Sequence[tuple[str, str, str]]) -> list[str]:
    """The clauses that a chunk holds, those nearest to the question first, so that a large chunk is not ranked down for
    what else it holds."""
    return [one.clause_id for one in sorted(_inside(chunk, clauses), key=lambda one: -shared(question, one.quote))]
