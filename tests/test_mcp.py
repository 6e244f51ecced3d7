"""The tools for agents over the Model Context Protocol: what a client of the official SDK sees, in memory and through a
real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.types import CallToolResult

from api.mcp_server import server_of
from assistant.facts import Role

ROOT = Path(__file__).parent.parent
QUESTION = "渝北区开园奖补每家最多多少钱？"
OPENING = "渝北府办发〔2024〕6号:二/(三)/11"
OPENING_MESSAGE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
TOOLS = {"ask", "search", "get_clause", "lookup_fact", "compare", "verify_text"}


def with_client(server: Any, work: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:
    """What `work` gives with a client of `server`."""

    async def run() -> Any:
        async with Client(server, mode=mode, read_timeout_seconds=120) as client:
            return await work(client)

    return anyio.run(run)


@pytest.fixture
def call(assistant) -> Callable[..., CallToolResult]:
    """Calls a tool over the bundled documents, in memory."""

    def call(tool: str, **arguments: Any) -> CallToolResult:
        async def work(client: Client) -> CallToolResult:
            return await client.call_tool(tool, arguments)

        return with_client(server_of(assistant), work)

    return call


def text(result: CallToolResult) -> str:
    """The text of a result, which is its only content."""
    (content,) = result.content
    assert content.type == "text"
    return content.text


def without_timings(reply: dict[str, Any]) -> dict[str, Any]:
    """A reply of the JSON contract without what may differ between two runs."""
    return {key: value for key, value in reply.items() if key != "timings_ms"}


# ---- what is offered -------------------------------------------------------------------------------------------


def test_every_tool_says_what_it_takes_and_gives(assistant) -> None:
    """Each tool has a description, each of its arguments too, and schemas of input and output."""

    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = with_client(server_of(assistant), listed)
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert len(tool.description) > 80
        assert tool.title
        assert tool.annotations.read_only_hint is True
        arguments = tool.input_schema["properties"]
        assert [name for name, said in arguments.items() if not said.get("description")] == []
        assert tool.output_schema["type"] == "object"
        assert tool.output_schema["properties"]


# ---- the tools -------------------------------------------------------------------------------------------------


def test_ask_gives_the_answer_of_the_assistant(assistant, call) -> None:
    """The structured result is the JSON contract; the text has the statements with their marks and the clause ids."""
    result = call("ask", question=QUESTION)
    assert without_timings(result.structured_content) == without_timings(assistant.ask(QUESTION).to_json())
    assert "最高不超过45万元，补助周期为2年，每年各补助50%。[1]\n" in text(result)
    assert text(result).startswith("status: answered\n")
    assert text(result).endswith(f"\n[1] = {OPENING}")


def test_ask_reads_a_question_with_its_history(call) -> None:
    """A follow-up is understood with the earlier questions, and without them it is not."""
    followed = call("ask", question="那由谁牵头？", history=[QUESTION]).structured_content
    assert "牵头单位：区财政局、区卫生健康委" in followed["answer"]
    assert "区财政局" not in call("ask", question="那由谁牵头？").structured_content["answer"]


def test_ask_says_when_the_documents_do_not_hold_it(call) -> None:
    """Not found is a result and no error; the nearest clauses are marked as no evidence."""
    result = call("ask", question="深圳市托育补贴多少钱")
    assert (result.is_error, result.structured_content["status"]) == (False, "not_found")
    assert "\n[1] = " not in text(result)
    assert "\n[~] = " in text(result)


def test_search_gives_the_hits_of_the_assistant(assistant, call) -> None:
    """`k` clauses in the order and with the scores of the search."""
    result = call("search", query="托育机构补助", k=3)
    hits = assistant.search("托育机构补助", 3)
    found = result.structured_content["hits"]
    assert [(one["clause_id"], one["score"]) for one in found] == [(hit.clause.clause_id, hit.score) for hit in hits]
    assert [one["quote"] for one in found] == [hit.clause.text for hit in hits]
    assert all(f"{rank}. {hit.clause.clause_id} " in text(result) for rank, hit in enumerate(hits, 1))


def test_get_clause_leads_through_a_document(assistant, call) -> None:
    """Following `next` from the first clause reads the whole document, and `previous` leads back."""
    document_id = OPENING.split(":")[0]
    ids = [clause["clause_id"] for clause in assistant.clauses(document_id)]
    first, second, last = (call("get_clause", clause_id=i).structured_content for i in (ids[0], ids[1], ids[-1]))
    assert (first["previous"], first["next"], second["previous"], last["next"]) == (None, ids[1], ids[0], None)
    opening = call("get_clause", clause_id=OPENING)
    said = opening.structured_content
    assert assistant.source(document_id)[said["start"] : said["end"]] == said["text"]
    assert said["text"] in text(opening)
    assert said["lead_units"] == ["区财政局", "区卫生健康委"]


def test_lookup_fact_gives_complete_records_page_by_page(assistant, call) -> None:
    """Pages of any size join to all the facts, and each says the total."""
    whole = [task.to_json() for task in assistant.facts.tasks(place="渝北", unit="卫健委")]
    pages = [
        call("lookup_fact", kind="tasks", place="渝北", unit="卫健委", limit=9, offset=offset).structured_content
        for offset in (0, 9, 18)
    ]
    assert [fact for page in pages for fact in page["facts"]] == whole
    assert {page["total"] for page in pages} == {len(whole)} == {22}
    assert "22 tasks, of which 1–9\n" in text(call("lookup_fact", kind="tasks", place="渝北", unit="卫健委", limit=9))


def test_lookup_fact_says_figures_with_their_terms(call) -> None:
    """A subsidy comes with its cap and conditions, a target with its comparator and year."""
    (paid, _) = call("lookup_fact", kind="subsidies", place="渝北", indicator="开园").structured_content["facts"]
    assert (paid["text"], paid["cap"]) == ("3000元/托位", "每家机构补助金额最高不超过45万元")
    aimed = text(call("lookup_fact", kind="targets", place="廣州", indicator="千人口托位數", year=2025))
    assert "| 力争达到 5.8个 | 穗府办〔2024〕3号:二" in aimed
    assert text(call("lookup_fact", kind="targets", place="深圳")) == "0 targets"


def test_lookup_fact_by_role(assistant, call) -> None:
    """The roles in the records are those of the clauses."""
    found = call("lookup_fact", kind="tasks", place="渝北", unit="卫健委").structured_content["facts"]
    leads = assistant.facts.tasks(place="渝北", unit="卫健委", role=Role.LEAD)
    assert [fact["clause_id"] for fact in found if fact["role"] == "lead"] == [task.clause.clause_id for task in leads]


def test_compare_puts_figures_side_by_side(call) -> None:
    """A place that states nothing says so, and only comparable figures are ranked."""
    result = call("compare", places=["渝北区", "广州市", "大兴"], indicator="千人口托位数", year=2025)
    rows = {row["place"]: [fact["text"] for fact in row["facts"]] for row in result.structured_content["rows"]}
    assert rows == {"渝北区": ["5.0个"], "广州市": ["5.8个"], "大兴": []}
    (ranking,) = result.structured_content["rankings"]
    assert [(one["place"], one["value"]) for one in ranking["places"]] == [("广州市", 5.8), ("渝北区", 5.0)]
    assert "大兴:\n  未规定" in text(result)
    assert text(result).endswith("广州市 力争达到5.8个 > 渝北区 达5.0个")


def test_compare_ranks_nothing_that_has_other_years(call) -> None:
    """Targets of 2024 and of 2025 are not higher and lower."""
    ranked = call("compare", places=["广州", "大兴"], indicator="普惠托位占比").structured_content["rankings"]
    assert [(one["year"], [p["value"] for p in one["places"]]) for one in ranked] == [(2025, [60.0, 30.0])]


def test_compare_puts_a_question_to_each_place(assistant, call) -> None:
    """Each place has the answer that it has when it is asked about alone."""
    result = call("compare", places=["渝北区", "深圳市"], question="开园奖补多少钱？")
    rows = result.structured_content["rows"]
    assert [row["answer"] for row in rows] == [assistant.ask(f"{row['place']}开园奖补多少钱？").answer for row in rows]
    assert [row["status"] for row in rows] == ["answered", "not_found"]


def test_verify_text_finds_the_wrong_statement(assistant, call) -> None:
    """The verdicts are those of the assistant; with clause ids only those are held against the text."""
    draft = "渝北区每个托位补3000元。由区总工会牵头。"
    result = call("verify_text", text=draft)
    assert result.structured_content == assistant.verify(draft).to_json()
    assert [one["verdict"] for one in result.structured_content["statements"]] == ["supported", "contradicted"]
    assert text(result).startswith("not every statement is supported\n")
    assert call("verify_text", text="补助标准为3000元/托位。[1]", clause_ids=[OPENING]).structured_content["supported"]


# ---- what goes wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {"question": " "}, "the question is empty"),
        ("ask", {"question": "问" * 2001}, "2,001 characters"),
        ("ask", {}, "question: Field required"),
        ("ask", {"question": 5}, "question: Input should be a valid string"),
        ("search", {"query": "托育", "k": 0}, "k: Input should be greater than or equal to 1"),
        ("get_clause", {"clause_id": "无"}, "no clause '无'"),
        ("lookup_fact", {"kind": "wishes"}, "kind: Input should be 'targets', 'subsidies' or 'tasks'"),
        ("compare", {"places": ["渝北", "广州"]}, "give either an indicator or a question"),
        ("compare", {"places": ["渝北"], "indicator": "托位"}, "places: List should have at least 2 items"),
        ("verify_text", {"text": ""}, "the text is empty"),
        ("verify_text", {"text": "补3000元。[2]", "clause_ids": [OPENING]}, "[2] names no clause"),
        ("nothing", {}, "Unknown tool"),
    ],
)
def test_a_wrong_call_is_one_line(call, tool: str, arguments: dict[str, Any], said: str) -> None:
    """What the caller can mend comes back as a tool error of one line, never as a traceback."""
    result = call(tool, **arguments)
    assert result.is_error
    assert said in text(result)
    assert "\n" not in text(result)


def test_an_unforeseen_error_says_nothing_of_the_inside(fake_assistant, caplog: pytest.LogCaptureFixture) -> None:
    """The model reads only that the tool failed; the log has what happened."""

    async def work(client: Client) -> CallToolResult:
        return await client.call_tool("ask", {"question": "炸"})

    result = with_client(server_of(fake_assistant), work)
    assert (result.is_error, text(result)) == (True, "Error executing tool ask")
    assert "a secret of the inside" in caplog.text


# ---- resources -------------------------------------------------------------------------------------------------


def test_source_texts_are_resources(assistant) -> None:
    """Each document is listed and read character for character; an unknown one is an error of one line."""

    async def work(client: Client) -> tuple[list[str], list[str], str]:
        listed = (await client.list_resources()).resources
        read = [(await client.read_resource(str(one.uri))).contents[0].text for one in listed]
        with pytest.raises(MCPError) as missing:
            await client.read_resource("tiaowen://source/nothing")
        return [one.name for one in listed], read, str(missing.value)

    names, read, missing = with_client(server_of(assistant), work)
    assert names == [summary.document.document_id for summary in assistant.documents()]
    assert read == [assistant.source(name) for name in names]
    assert missing == "no document 'nothing'; `tiaowen documents` lists the ids"


# ---- a real process ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_process_serves_a_client_of_the_sdk(assistant, built_home: Path, mode: str) -> None:
    """`tiaowen mcp` answers over standard input and output, in the present protocol and in the one before it."""
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "api.cli", "--home", str(built_home), "mcp"], env={"PYTHONPATH": str(ROOT)}, cwd=ROOT
    )

    async def work(client: Client) -> tuple[set[str], CallToolResult, CallToolResult]:
        names = {tool.name for tool in (await client.list_tools()).tools}
        right = await client.call_tool("ask", {"question": QUESTION})
        return names, right, await client.call_tool("get_clause", {"clause_id": "无"})

    names, right, wrong = with_client(command, work, mode)
    assert names == TOOLS
    assert without_timings(right.structured_content) == without_timings(assistant.ask(QUESTION).to_json())
    assert (wrong.is_error, text(wrong)) == (True, "no clause '无'; `tiaowen clauses` lists the ids")


def test_nothing_but_the_protocol_is_on_standard_output(built_home: Path) -> None:
    """Every line is a JSON-RPC message, bad lines included; the end of the input ends the process with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "--home", str(built_home), "mcp"],
        input=f"{json.dumps(OPENING_MESSAGE)}\nno message\n", cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert messages
    assert all(message["jsonrpc"] == "2.0" for message in messages)
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_it(built_home: Path) -> None:
    """A process that waits for input ends at once, with one line and the code of an interrupted command."""
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "--home", str(built_home), "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        process.stdin.write(json.dumps(OPENING_MESSAGE).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr.read() == b"tiaowen: interrupted\n"


def test_without_an_index_one_line_says_what_to_run(run, own_home: Path) -> None:
    """Nothing is served where there is nothing to answer from."""
    code, out, err = run("mcp")
    assert (code, out) == (2, "")
    assert "run `tiaowen build` first" in err
