"""Tiaowen for agents: the assistant's tools over the Model Context Protocol, on standard input and output.

The only room that imports `mcp`. While it serves, nothing but the protocol goes to standard output; what is logged goes
to standard error. An error of Tiaowen's own is a tool error of one line, any other says only that the tool failed.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Final, NoReturn
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.mcpserver.resources import FunctionResource
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field, ValidationError

from api import tools
from api.schemas import AnswerReply, ClauseReply, VerificationReply
from assistant.answer import Citation
from assistant.assistant import Assistant
from assistant.facts import Kind
from corpus.errors import DocumentNotFoundError, QuestionError, TiaowenError

INSTRUCTIONS: Final = (
    "Tiaowen answers questions about Chinese policy documents from their own clauses. Start with `ask`: it takes a question "
    "in Chinese (either script), and every statement of its answer rests on the clauses it cites; where the documents do not "
    "hold what is asked, it says so, and no answer should be made up instead. Quote figures only as they are printed. "
    "`verify_text` holds what you have written against the clauses before it is sent on."
)
MOST_FACTS: Final = 200
MOST_PLACES: Final = 20
LISTED: Final = 200
"""Documents listed as resources; any other is read by its address all the same."""
_SOURCE: Final = "tiaowen://source/"
_READS: Final = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Question = Annotated[str, Field(description="The question, in Chinese, at most 2,000 characters: 渝北区开园奖补每家最多多少钱？")]
History = Annotated[list[str] | None, Field(description="The earlier questions of the conversation, oldest first; a question may lean on them (那由谁牵头？).")]  # fmt: skip
Place = Annotated[str | None, Field(description="A province, city, county, town or street: 渝北区. A region finds what lies within it too.")]  # fmt: skip
Unit = Annotated[str | None, Field(description="An organ under any of its names: 卫健委, 渝北区卫生健康委.")]
Year = Annotated[int | None, Field(description="The year that a figure holds for: 2025.", ge=1900, le=2200)]
Indicator = Annotated[str | None, Field(description="Words in what a figure is about, in the clause's heading, or in a task: 千人口托位数, 开园.")]  # fmt: skip


class _Server(MCPServer[Any]):
    """The SDK's server, whose message about wrong arguments is one line."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None) -> Any:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.__cause__.errors()]
            raise ToolError(f"{name} cannot be called so: {'; '.join(wrong)}") from None


def server_of(assistant: Assistant, version: str = "") -> MCPServer[Any]:
    """A server of the tools over an open assistant, and of its documents' source texts as resources."""
    server = _Server("tiaowen", title="Tiaowen 条文", instructions=INSTRUCTIONS, version=version, log_level="WARNING")
    for tool, title in _tools(assistant):
        server.add_tool(tool, title=title, annotations=_READS)
    _add_sources(server, assistant)
    return server


def serve(assistant: Assistant, version: str = "") -> None:
    """Serves on standard input and output until the input ends; Ctrl-C ends the process with 130."""
    # The thread that waits for a line of input cannot be woken, and the interpreter would wait for it.
    signal.signal(signal.SIGINT, _interrupted)
    # Before the SDK does so in its own way; it leaves logging alone that is set up.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="tiaowen: %(name)s: %(message)s")
    server_of(assistant, version).run("stdio")


def _interrupted(number: int, _: object) -> NoReturn:
    os.write(sys.stderr.fileno(), b"tiaowen: interrupted\n")
    os._exit(128 + number)


def _tools(assistant: Assistant) -> Sequence[tuple[Callable[..., CallToolResult], str]]:
    """The tools and their titles; what a tool is for is its docstring, which the model reads."""

    def ask(question: Question, history: History = None) -> Annotated[CallToolResult, AnswerReply]:
        """Answer a question about the policy documents: money, targets, conditions, deadlines, who leads or is responsible,
        lists, comparisons, whether a claim is right. Each statement says by number which citations it rests on; a citation
        quotes the clause word for word. `status` is answered, partial, clarify (say which place is meant), not_found (the
        documents do not hold it: `nearest` are clauses near by, no evidence) or out_of_scope."""
        return _told(lambda: assistant.ask(question, history or ()).to_json(), tools.answer_text)

    def search(
        query: Annotated[str, Field(description="Words or a question, at most 2,000 characters.")],
        k: Annotated[int, Field(description="How many clauses.", ge=1, le=100)] = 10,
    ) -> Annotated[CallToolResult, tools.SearchResult]:
        """Find the clauses nearest to a query, best first, each with its words, units and figures. Use it to look around; to
        answer a question use `ask`, which also tells when nothing found is an answer."""

        def found() -> dict[str, Any]:
            hits = assistant.search(query, k)
            return {"query": query, "hits": [{**Citation(hit.document, hit.clause).to_json(), "score": hit.score} for hit in hits]}

        return _told(found, tools.search_text)

    def get_clause(
        clause_id: Annotated[str, Field(description="As other tools give it: 渝北府办发〔2024〕6号:二/(三)/11")],
    ) -> Annotated[CallToolResult, ClauseReply]:
        """Read one clause in full by its id: its words and offsets in the source text, the headings above it, its lead and
        responsible units, its figures and table cells, and the ids of the clauses before and after it."""
        return _told(lambda: assistant.clause(clause_id).to_json(), tools.clause_text)

    def lookup_fact(
        kind: Annotated[Kind, Field(description="targets: figures to be reached; subsidies: amounts that are paid; tasks: which unit leads or is responsible for what.")],
        place: Place = None,
        unit: Unit = None,
        year: Year = None,
        indicator: Indicator = None,
        limit: Annotated[int, Field(description="How many facts at most.", ge=1, le=MOST_FACTS)] = 50,
        offset: Annotated[int, Field(description="How many facts to pass over, for the next page.", ge=0)] = 0,
    ) -> Annotated[CallToolResult, tools.FactsResult]:  # fmt: skip
        """List the facts of the documents as records, complete and in their order: targets (指标), subsidies (补助) with
        their caps, periods and conditions, or tasks by unit. Filters add up; `total` counts all facts that pass them. No
        fact found means that the documents state none under these filters, not that none exists elsewhere."""

        def found() -> dict[str, Any]:
            facts = assistant.facts.listed(kind, place=place, unit=unit, year=year, indicator=indicator)
            page = [fact.to_json() for fact in facts[offset : offset + limit]]
            return {"kind": kind, "total": len(facts), "offset": offset, "facts": page}

        return _told(found, tools.facts_text)

    def compare(
        places: Annotated[list[str], Field(description="The places: [\"渝北区\", \"广州市\"].", min_length=2, max_length=MOST_PLACES)],
        indicator: Annotated[str | None, Field(description="What to compare figures of: 千人口托位数, 开园. Or give a question.")] = None,
        question: Annotated[str | None, Field(description="A question to put to each place, without a place in it: 托位建设补助多少？ Or give an indicator.")] = None,
        year: Year = None,
    ) -> Annotated[CallToolResult, tools.CompareResult]:  # fmt: skip
        """Put places side by side. With `indicator`: every target and subsidy of that name in each place, an empty list where
        a place states none, and rankings over the figures that can be compared (one indicator, unit and year). With
        `question`: the answer that each place's documents give to it. Give one of the two."""
        return _told(lambda: _compared(assistant, places, indicator, question, year), tools.compare_text)

    def verify_text(
        text: Annotated[str, Field(description="Statements in Chinese, at most 20,000 characters; [1] behind one names the first of clause_ids.")],
        clause_ids: Annotated[list[str] | None, Field(description="The clauses to hold it against, at most 99; without, the best are looked for.")] = None,
    ) -> Annotated[CallToolResult, VerificationReply]:  # fmt: skip
        """Hold a text against the clauses, statement by statement and atom by atom (numbers, years, units, places, negations,
        wording). A statement is supported, contradicted (the clause says another thing at that place) or unsupported (no
        clause says it). Use it on what you have written before you pass it on."""
        return _told(lambda: assistant.verify(text, clause_ids).to_json(), tools.verification_text)

    return (
        (ask, "Answer a policy question"), (search, "Search the clauses"), (get_clause, "Read a clause"),
        (lookup_fact, "List facts"), (compare, "Compare places"), (verify_text, "Verify a text"),
    )  # fmt: skip


def _told(work: Callable[[], dict[str, Any]], text: Callable[[dict[str, Any]], str]) -> CallToolResult:
    """The result of `work`, as data and as text; an error of Tiaowen's own as a tool error of one line."""
    try:
        result = work()
    except TiaowenError as error:
        return CallToolResult(content=[_text(str(error))], is_error=True)
    return CallToolResult(content=[_text(text(result))], structured_content=result)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _compared(
    assistant: Assistant, places: Sequence[str], indicator: str | None, question: str | None, year: int | None
) -> dict[str, Any]:
    """The places side by side. Raises QuestionError where not exactly one of indicator and question is given."""
    if bool(indicator and indicator.strip()) == bool(question and question.strip()):
        raise QuestionError("give either an indicator or a question to compare, and not both")
    rows: list[dict[str, Any]] = []
    rankings: list[dict[str, Any]] = []
    if indicator:
        found = assistant.facts.compared(places, indicator, year)
        for place, values in found.rows:
            facts = [value.to_json() for value in values]
            rows.append({"place": place, "facts": facts, "status": None, "answer": None, "statements": [], "citations": []})
        rankings = [ranking.to_json() for ranking in found.rankings]
    else:
        for place in places:
            when = f"{year}年" if year else ""
            reply = assistant.ask(f"{place}{when}{question}").to_json()
            rows.append({"place": place, "facts": [], **{key: reply[key] for key in ("status", "answer", "statements", "citations")}})
    return {"indicator": indicator, "question": question, "year": year, "rows": rows, "rankings": rankings}


def _add_sources(server: MCPServer[Any], assistant: Assistant) -> None:
    """The source texts: the first documents listed, any document by its id."""

    def source(document_id: str) -> str:
        """The source text of a document, in which `start` and `end` count characters."""
        try:
            return assistant.source(document_id)
        except DocumentNotFoundError as error:
            raise ResourceNotFoundError(str(error)) from None

    server.resource(f"{_SOURCE}{{document_id}}", name="source", title="Source text of a document", mime_type="text/plain")(source)
    for summary in assistant.documents()[:LISTED]:
        said = summary.to_json()
        document_id = said["document_id"]
        about = " ".join(filter(None, (said["document_number"], said["issued"], f"{said['clauses']} clauses")))
        uri = f"{_SOURCE}{quote(document_id, safe='')}"
        server.add_resource(
            FunctionResource(
                uri=uri, name=document_id, title=said["title"], description=about, mime_type="text/plain", fn=partial(source, document_id)
            )
        )
