"""LlamaIndex, met where its users are: a retriever, a query engine, a parser of documents into clauses.

The only room that imports llama_index. Nodes carry a clause's text and its facts as metadata; node ids are
clause ids, so that whatever LlamaIndex does with them can still be cited.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager, CBEventType, EventPayload
from llama_index.core.node_parser import NodeParser
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import (
    BaseNode,
    MetadataMode,
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    TextNode,
)
from llama_index.core.schema import Document as LlamaDocument
from llama_index.core.utils import get_tqdm_iterable

from assistant.answer import clause_json
from corpus.load import parse, unique_ids
from corpus.reading import RawSource

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


class PolicyNodeParser(NodeParser):
    """LlamaIndex documents cut into clauses: a node a clause, with its units, figures and table cells as metadata.

    A document's text is read as a policy file is; its `file_name` (or `file_path`) names it where it has no document
    number and no title. Node ids are clause ids; `start_char_idx` and `end_char_idx` count code points in the text of the
    LlamaIndex document, which each node has as its source, with the clauses before and after it as previous and next.
    Raises SourceError for a document in which there is nothing to cite.
    """

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores this parser."""
        return "PolicyNodeParser"

    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        read = [_read(node) for node in get_tqdm_iterable(nodes, show_progress, "Parsing nodes")]
        found: list[BaseNode] = []
        for node, document in zip(nodes, unique_ids(read), strict=True):
            for clause in document.clauses:
                made = node_of(clause, document)
                made.relationships[NodeRelationship.SOURCE] = node.as_related_node_info()
                # Where a file lies says nothing of what a clause is about, but would weigh more than a short one.
                made.excluded_embed_metadata_keys += [*node.excluded_embed_metadata_keys, "file_path"]
                made.excluded_llm_metadata_keys += [*node.excluded_llm_metadata_keys, "file_path"]
                found.append(made)
        return found

    async def _aparse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        return await asyncio.to_thread(self._parse_nodes, nodes, show_progress, **kwargs)

    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, LlamaDocument]
    ) -> list[BaseNode]:
        # LlamaIndex looks each node's words up in the text, and finds the first of two rows that read alike.
        places = [(node.start_char_idx, node.end_char_idx) for node in nodes if isinstance(node, TextNode)]
        done = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        for node, (start, end) in zip(done, places, strict=True):
            assert isinstance(node, TextNode)
            node.start_char_idx, node.end_char_idx = start, end
        return done


class PolicyRetriever(BaseRetriever):
    """Tiaowen's hybrid search as a LlamaIndex retriever: the `k` best clauses, best first."""

    def __init__(self, assistant: Assistant, k: int = 5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._assistant = assistant
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(query_bundle.query_str, self._k)
        return [NodeWithScore(node=node_of(hit.clause, hit.document), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class PolicyQueryEngine(BaseQueryEngine):
    """The assistant as a LlamaIndex query engine.

    The response is Tiaowen's answer word for word; its source nodes are the cited clauses (for not_found the
    nearest ones), and `metadata["answer"]` holds the whole answer of the JSON contract. An answer goes out once every
    statement of it is verified, so there is none to stream: `streaming=True` raises ValueError.
    """

    def __init__(
        self, assistant: Assistant, *, callback_manager: CallbackManager | None = None, streaming: bool = False
    ) -> None:
        if streaming:
            raise ValueError("PolicyQueryEngine does not stream: an answer goes out when it is verified; leave streaming=False")
        super().__init__(callback_manager)
        self._assistant = assistant
        self._retriever = PolicyRetriever(assistant, callback_manager=self.callback_manager)

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The clauses that the search finds for a question, best first; the answer may rest on others."""
        return self._retriever.retrieve(query_bundle)

    def _query(self, query_bundle: QueryBundle) -> Response:
        payload: dict[str, Any] = {EventPayload.QUERY_STR: query_bundle.query_str}
        with self.callback_manager.event(CBEventType.QUERY, payload=payload) as event:
            response = self._answered(query_bundle)
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        payload: dict[str, Any] = {EventPayload.QUERY_STR: query_bundle.query_str}
        # The event begins and ends here: handlers keep what is open by thread and task.
        with self.callback_manager.event(CBEventType.QUERY, payload=payload) as event:
            response = await asyncio.to_thread(self._answered, query_bundle)
            event.on_end(payload={EventPayload.RESPONSE: response})
        return response

    def _answered(self, query_bundle: QueryBundle) -> Response:
        answer = self._assistant.ask(query_bundle.query_str)
        shown = answer.citations or answer.nearest
        nodes = [NodeWithScore(node=node_of(c.clause, c.document), score=1.0) for c in shown]
        return Response(response=answer.answer, source_nodes=nodes, metadata={"answer": answer.to_json()})


def _read(node: BaseNode) -> Document:
    """The policy document in the text of a LlamaIndex document. Raises SourceError."""
    text = node.get_content(MetadataMode.NONE)
    name = str(node.metadata.get("file_name") or Path(str(node.metadata.get("file_path") or node.node_id)).name)
    return parse(RawSource(name, text, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()))
