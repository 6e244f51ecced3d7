"""Tiaowen inside LlamaIndex: documents parsed into clauses, the retriever and the query engine of `tiaowen ask`.

    python examples/llama_index_example.py [QUESTION]

It needs an index (`make run` or `tiaowen build`) in the data folder that TIAOWEN_HOME names, and no network.
"""
# ruff: noqa: T201  # it talks to a person on standard output

from __future__ import annotations

import sys

from llama_index.core import SimpleDirectoryReader

from assistant.assistant import Assistant
from assistant.llama import PolicyNodeParser, PolicyQueryEngine, PolicyRetriever
from assistant.settings import Settings
from corpus.errors import TiaowenError
from corpus.load import bundled

QUESTION = "渝北区开园奖补每家最多多少钱？"


def main(question: str) -> None:
    """Prints some parsed clauses, the nearest ones to the question, and the answer with the clauses it cites."""
    documents = SimpleDirectoryReader(str(bundled()), required_exts=[".txt"]).load_data()
    nodes = PolicyNodeParser().get_nodes_from_documents(documents)
    print(f"PolicyNodeParser: {len(documents)} documents, {len(nodes)} nodes")
    for parsed in nodes:
        paid = [figure["text"] for figure in parsed.metadata["figures"] if figure["kind"] == "subsidy"]
        if paid:
            print(f"  {parsed.node_id}  {'、'.join(parsed.metadata['lead_units'])}  {'、'.join(paid)}")

    assistant = Assistant.open(Settings.from_environment())
    try:
        print("PolicyRetriever")
        for node in PolicyRetriever(assistant, k=3).retrieve(question):
            print(f"  {node.score:.3f}  {node.node_id}  {node.metadata['heading'] or ''}".rstrip())

        response = PolicyQueryEngine(assistant).query(question)
        print(f"PolicyQueryEngine ({response.metadata['answer']['status']})")
        print("  " + str(response).replace("\n", "\n  "))
        for node in response.source_nodes:
            place = f"{node.metadata['source_file']} [{node.metadata['start']}, {node.metadata['end']})"
            print(f"  └ {node.node_id}  {place}")
    finally:
        assistant.close()


if __name__ == "__main__":
    try:
        main(" ".join(sys.argv[1:]) or QUESTION)
    except TiaowenError as error:
        sys.exit(f"{error}")
