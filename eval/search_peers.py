"""The searches that a user would otherwise build, over the same texts with the same model: `bench retrieval`.

LlamaIndex as its documentation builds it (`VectorStoreIndex`, `SentenceSplitter` and the BM25 retriever at their
defaults, fused by reciprocal rank), and plain sentence-transformers with a flat FAISS index. Their model is the one
Tiaowen uses, in torch at full precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llama_index.core import Document as LlamaDocument
from llama_index.core import VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES

from corpus.errors import SettingsError
from eval.peers import SameWeights

if TYPE_CHECKING:
    from indexing.embedding import Encoder

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """What a search gives back: the id of the text it is of, and its words."""

    text_id: str
    words: str


class LlamaSearch:
    """`VectorStoreIndex` over `SentenceSplitter` chunks; with `fused`, its BM25 retriever too, by reciprocal rank."""

    def __init__(self, texts: Mapping[str, str], encoder: Encoder, *, fused: bool = False) -> None:
        documents = [LlamaDocument(text=text, id_=text_id) for text_id, text in texts.items()]
        nodes = SentenceSplitter().get_nodes_from_documents(documents)
        model = SameWeights(encoder)
        index = VectorStoreIndex(nodes, embed_model=model)
        search: Any = index.as_retriever(similarity_top_k=DEPTH, embed_model=model)
        if fused:
            search = QueryFusionRetriever(
                [search, _bm25(nodes)], similarity_top_k=DEPTH, num_queries=1, mode=FUSION_MODES.RECIPROCAL_RANK, use_async=False,
                llm=MockLLM(),
            )  # fmt: skip
        self._search = search

    def find(self, question: str) -> list[Piece]:
        """The nearest chunks, best first."""
        return [Piece(str(hit.node.ref_doc_id), hit.node.get_content()) for hit in self._search.retrieve(question)]


class FlatSearch:
    """Each text one vector, compared with a question's one by one."""

    def __init__(self, texts: Mapping[str, str], encoder: Encoder) -> None:
        from indexing.dense import flat

        self._ids, self._texts = list(texts), texts
        self._encoder = encoder
        self._index = flat(encoder.encode_passages(list(texts.values())))

    def find(self, question: str) -> list[Piece]:
        """The nearest texts, best first."""
        positions = self._index.search(self._encoder.encode_queries([question]), DEPTH)[1][0]
        return [Piece(self._ids[at], self._texts[self._ids[at]]) for at in positions]


def _bm25(nodes: Any) -> Any:
    try:
        from llama_index.retrievers.bm25 import BM25Retriever
    except ImportError as error:
        raise SettingsError(
            "LlamaIndex's BM25 retriever is not installed; `pip install 'tiaowen[peers]'` adds it"
        ) from error
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=DEPTH)
