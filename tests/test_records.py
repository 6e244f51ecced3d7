"""What the corpus holds, over HTTP: documents, sources, clauses, facts, samples, search and streams."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.schemas import (
    AnswerReply,
    ClauseReply,
    DocumentDetailReply,
    DocumentsReply,
    FactsReply,
    SamplesReply,
    SearchReply,
)
from assistant.settings import Settings
from corpus.load import bundled

YUBEI, CLAUSE = "渝北府办发〔2024〕6号", "渝北府办发〔2024〕6号:二/(三)/11"


@pytest.fixture(scope="module")
def client(assistant, built_home):
    """A client of the service over the bundled documents."""
    with TestClient(create_app(Settings(built_home), assistant)) as client:
        yield client


def test_the_documents_are_listed_a_page_at_a_time(client):
    """All pages together are the catalog in its order; the link leads to the next one until there is none."""
    got, address = [], "/v1/documents?limit=2"
    while address:
        response = client.get(address)
        page = DocumentsReply.model_validate(response.json())
        assert page.total == 5 and page.limit == 2 and page.offset == len(got)
        got += [one.document_id for one in page.items]
        address = response.links.get("next", {}).get("url")
    assert len(set(got)) == 5 and YUBEI in got


@pytest.mark.parametrize(
    ("asked", "count"),
    [("place=渝北", 1), ("place=江蘇", 1), ("issuer=大兴", 1), ("year=2024", 3), ("q=穗府办", 1), ("place=上海", 0), ("place=重庆&year=2022", 0)],
)
def test_the_documents_are_filtered(client, asked, count):
    """By place, issuer, year of issue and words, in either script, all of them together."""
    assert client.get(f"/v1/documents?{asked}").json()["total"] == count


@pytest.mark.parametrize("asked", ["limit=0", "limit=1001", "offset=-1", "year=12", "year=x", "offset=99999999999999999999"])
def test_a_page_that_cannot_be_is_422(client, asked):
    """Limits of the numbers are said, not silently moved."""
    assert client.get(f"/v1/documents?{asked}").json()["code"] == "request"


@pytest.mark.parametrize("written", [YUBEI, quote(YUBEI, safe="")])
def test_a_document_with_its_outline(client, assistant, written):
    """Its headings and clauses in the order of the text, each a slice of the source; facts are counted."""
    detail = DocumentDetailReply.model_validate(client.get(f"/v1/documents/{written}").json())
    source = assistant.source(YUBEI)
    assert detail.characters == len(source) and detail.script == "hans"
    starts = [entry.start for entry in detail.outline]
    assert starts == sorted(starts)
    cited = [entry for entry in detail.outline if entry.clause_id]
    assert [entry.clause_id for entry in cited] == [line["clause_id"] for line in assistant.clauses(YUBEI)]
    assert all(source[entry.start : entry.end] == assistant.clause(entry.clause_id).citation.clause.text for entry in cited)
    assert detail.counts["subsidy"] >= 9 and detail.counts["lead_units"] > 10
    facts = client.get(f"/v1/facts?kind=tasks&document_id={YUBEI}&limit=1000").json()
    assert [one.model_dump() for one in detail.facts.tasks] == facts["items"] and detail.facts.targets and detail.facts.subsidies


def test_the_source_is_the_text_that_offsets_count_in(client, assistant):
    """Character for character, as plain text that no browser takes for a page."""
    response = client.get(f"/v1/documents/{YUBEI}/source")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.content.decode("utf-8") == assistant.source(YUBEI)


@pytest.mark.parametrize("written", [CLAUSE, quote(CLAUSE, safe=""), quote(CLAUSE)])
def test_a_clause_with_its_neighbours(client, assistant, written):
    """Ids hold brackets and slashes and work in an address, encoded or not; the neighbours lead there and back."""
    clause = ClauseReply.model_validate(client.get(f"/v1/clauses/{written}").json())
    assert clause.clause_id == CLAUSE and clause.lead_units == ["区财政局", "区卫生健康委"]
    assert assistant.source(YUBEI)[clause.start : clause.end] == clause.text
    after = client.get(f"/v1/clauses/{clause.next}").json()
    assert after["previous"] == CLAUSE and after["start"] >= clause.end


def test_the_first_and_the_last_clause_have_one_neighbour(client, assistant):
    """At the ends of a document there is nothing before and nothing after, not a clause of another one."""
    ids = [line["clause_id"] for line in assistant.clauses(YUBEI)]
    assert client.get(f"/v1/clauses/{ids[0]}").json()["previous"] is None
    assert client.get(f"/v1/clauses/{ids[-1]}").json()["next"] is None


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/documents/没有", "document_not_found"),
        ("/v1/documents/没有/source", "document_not_found"),
        ("/v1/documents/..%2F..%2Fetc%2Fpasswd", "document_not_found"),
        ("/v1/clauses/没有:一", "clause_not_found"),
        ("/v1/facts?document_id=没有", "document_not_found"),
        ("/static/..%2Fapp.py", "route_not_found"),
        ("/static/none.js", "route_not_found"),
    ],
)
def test_what_is_not_there_is_404(client, path, code):
    """Each kind has its code; a path that climbs out names nothing."""
    response = client.get(path)
    assert (response.status_code, response.json()["code"]) == (404, code)


def test_what_a_caller_has_is_not_sent_again(client):
    """The tag of a reply brings 304 without a body; another address has another tag."""
    first = client.get(f"/v1/clauses/{CLAUSE}")
    again = client.get(f"/v1/clauses/{CLAUSE}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/v1/documents").headers["etag"] != first.headers["etag"]
    page = client.get("/")
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304


def test_long_replies_are_packed(client):
    """A source text comes packed where the caller can unpack it."""
    assert client.get(f"/v1/documents/{YUBEI}/source").headers["content-encoding"] == "gzip"
    plain = client.get(f"/v1/documents/{YUBEI}/source", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    ("asked", "least", "each"),
    [
        ("kind=tasks&place=渝北&unit=卫健委", 5, lambda fact: fact["unit"] == "区卫生健康委"),
        ("kind=targets&indicator=千人口托位数&year=2025", 2, lambda fact: fact["year"] == 2025),
        ("kind=subsidies&place=渝北区", 5, lambda fact: fact["kind"] == "subsidy" and "元" in fact["unit"]),
    ],
)
def test_facts_by_filter(client, assistant, asked, least, each):
    """Every record passes the filter, and its figure stands where it says."""
    found = FactsReply.model_validate(client.get(f"/v1/facts?{asked}").json())
    assert found.total == len(found.items) >= least
    for fact in (one.model_dump() for one in found.items):
        assert each(fact), fact
        if "start" in fact:
            assert assistant.source(fact["document_id"])[fact["start"] : fact["end"]] == fact["text"]


def test_facts_as_a_table_hold_the_same(client):
    """The CSV has every record in one piece, readable by a spreadsheet, with the values of the JSON."""
    whole = client.get("/v1/facts?kind=subsidies&limit=1000").json()["items"]
    response = client.get("/v1/facts?kind=subsidies&format=csv&limit=1")
    assert response.headers["content-type"].startswith("text/csv") and "attachment" in response.headers["content-disposition"]
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["clause_id"], row["text"]) for row in rows] == [(fact["clause_id"], fact["text"]) for fact in whole]


def test_a_cell_is_never_a_formula():
    """What a document prints like a formula is text in the spreadsheet; numbers stay numbers."""
    from api.records import _csv

    table = _csv([{"a": "=HYPERLINK(1)", "b": -5.0, "c": ["+x", "y"], "d": None}]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(table)))[1] == ["'=HYPERLINK(1)", "-5.0", "'+x；y", ""]


def test_samples_are_answered(client):
    """What is offered to begin with has an answer, for both readers."""
    samples = SamplesReply.model_validate(client.get("/v1/samples").json())
    assert samples.parent and samples.clerk
    for question in (*samples.parent, *samples.clerk):
        assert client.post("/v1/ask", json={"question": question}).json()["status"] == "answered"


def test_search_finds_the_clause(client):
    """The best hit carries its place, and as many come as were asked for."""
    found = SearchReply.model_validate(client.post("/v1/search", json={"query": "渝北开园奖补", "k": 3}).json())
    assert [hit.rank for hit in found.hits] == [1, 2, 3] and found.hits[0].clause_id == CLAUSE


def test_a_stream_ends_with_the_answer_of_ask(client):
    """Understood, citations, statements in their order, and last the very object that `/v1/ask` gives."""
    body = {"question": "渝北区开园奖补每家最多多少钱？"}
    with client.stream("POST", "/v1/ask/stream", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        events = [part.split("\ndata: ") for part in "".join(response.iter_text()).split("\n\n") if part]
    names = [name.removeprefix("event: ") for name, _ in events]
    data = [json.loads(text) for _, text in events]
    assert names == ["understood", "citations", *["statement"] * (len(names) - 3), "done"]
    answer = client.post("/v1/ask", json=body).json()
    assert {**data[-1], "timings_ms": 0} == {**answer, "timings_ms": 0}
    assert data[1] == answer["citations"] and data[2:-1] == answer["statements"]
    AnswerReply.model_validate(data[-1])


def test_a_question_that_cannot_be_asked_is_no_stream(client):
    """The problem comes with its status before anything is streamed."""
    response = client.post("/v1/ask/stream", json={"question": " "})
    assert (response.status_code, response.json()["code"]) == (422, "question")


def test_the_script_of_the_answer_can_be_chosen(client):
    """The words change, the quotation and the facts do not; the reply has an id of its own."""
    asked = {"question": "渝北区开园奖补每家最多多少钱？"}
    own, hant = client.post("/v1/ask", json=asked).json(), client.post("/v1/ask", json={**asked, "script": "hant"}).json()
    assert "獎補" in hant["answer"] and hant["citations"] == own["citations"] and hant["reply_id"] != own["reply_id"]
    assert client.post("/v1/ask", json={**asked, "script": "latin"}).status_code == 422


def test_feedback_is_kept_as_a_line(assistant, tmp_path):
    """Verdict, reason and the reply's id with the time; the question only where it was sent; a wrong form is refused."""
    with TestClient(create_app(Settings(tmp_path / "home"), assistant)) as client:
        said = {"reply_id": "0123456789abcdef", "verdict": "down", "reason": "wrong_clause", "comment": "第11项\n才对"}
        assert client.post("/v1/feedback", json={**said, "more": 1}).status_code == 201
        assert client.post("/v1/feedback", json={**said, "reply_id": "../x"}).status_code == 422
        assert client.post("/v1/feedback", json={**said, "comment": "长" * 2001}).status_code == 422
    (line,) = (tmp_path / "home" / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
    kept = json.loads(line)
    assert kept.pop("time") and kept == said


def test_the_description_names_every_route_with_its_errors(client):
    """Each operation has a summary and describes its replies; every problem has the one form."""
    described = client.get("/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"] and operation["responses"], (method, path)
            problems = [reply["content"] for status, reply in operation["responses"].items() if int(status) >= 400]
            assert all("application/problem+json" in content for content in problems), (method, path)


def test_the_page_speaks_both_scripts():
    """Every string of the page has its Traditional form: the conversion of the Simplified one, or one chosen for its readers."""
    import re

    from corpus.normalize import script_of

    text = (bundled().parent.parent / "api" / "static" / "strings.js").read_text(encoding="utf-8")
    pairs = re.findall(r'^  (\w+): \["(.*)", "(.*)"\],$', text, re.MULTILINE)
    assert len(pairs) > 80 and len({key for key, _, _ in pairs}) == len(pairs)
    for key, hans, hant in pairs:
        assert hans and hant and re.findall(r"\{\d\}", hans) == re.findall(r"\{\d\}", hant), key
        assert script_of(hans) == "hans" or hans == hant, key
    used = "".join((bundled().parent.parent / "api" / "static" / f"{name}.js").read_text(encoding="utf-8") for name in ("app", "ask", "browse", "tables", "admin", "source", "service"))
    asked = set(re.findall(r'\bt\("(\w+)"', used))
    assert asked <= {key for key, _, _ in pairs}
