"""LlamaIndex, met where its users are: the retriever as a BaseRetriever, the assistant as a query engine.

The only room that imports llama_index. Nodes carry a clause's text and its facts as metadata; node ids are
clause ids, so that whatever LlamaIndex does with them can still be cited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.answer import clause_json

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from corpus.document import Clause, Document


def node_of(clause: Clause, document: Document) -> TextNode:
    """A clause as a node: `id_` is the clause id, `text` its verbatim words, `metadata` the contract's clause.

    `start_char_idx` and `end_char_idx` are code-point offsets into the document's source text.
    """
    metadata = {key: value for key, value in clause_json(clause, document).items() if key != "text"}
    return TextNode(
        id_=clause.clause_id,
        text=clause.text,
        metadata=metadata,
        start_char_idx=clause.span.start,
        end_char_idx=clause.span.end,
        # Facts are for filters and for people, not for the embedding or the prompt.
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=[
            key for key in metadata if key not in ("clause_id", "document_title", "label")
        ],
    )


class PolicyRetriever(BaseRetriever):
    """Tiaowen's hybrid search as a LlamaIndex retriever: the `k` best clauses, best first."""

    def __init__(self, assistant: Assistant, k: int = 5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._assistant = assistant
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(query_bundle.query_str, self._k)
        return [NodeWithScore(node=node_of(hit.clause, hit.document), score=hit.score) for hit in hits]


class PolicyQueryEngine(BaseQueryEngine):
    """The assistant as a LlamaIndex query engine.

    The response is Tiaowen's answer word for word; its source nodes are the cited clauses (for not_found the
    nearest ones), and `metadata["answer"]` holds the whole answer of the JSON contract.
    """

    def __init__(self, assistant: Assistant, **kwargs: Any) -> None:
        super().__init__(callback_manager=None, **kwargs)
        self._assistant = assistant

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._assistant.ask(query_bundle.query_str)
        shown = answer.citations or answer.nearest
        nodes = [NodeWithScore(node=node_of(c.clause, c.document), score=1.0) for c in shown]
        return Response(response=answer.answer, source_nodes=nodes, metadata={"answer": answer.to_json()})

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        import asyncio

        return await asyncio.to_thread(self._query, query_bundle)
