"""Tiaowen inside LlamaIndex: the retriever and the query engine over the same index as `tiaowen ask`.

    python examples/llama_index_example.py [QUESTION]

It needs an index (`make run` or `tiaowen build`) in the data folder that TIAOWEN_HOME names, and no network.
"""
# ruff: noqa: T201  # it talks to a person on standard output

from __future__ import annotations

import sys

from assistant.assistant import Assistant
from assistant.llama import PolicyQueryEngine, PolicyRetriever
from assistant.settings import Settings
from corpus.errors import TiaowenError

QUESTION = "渝北区开园奖补每家最多多少钱？"


def main(question: str) -> None:
    """Prints the nearest clauses, then the answer with the clauses it cites."""
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
