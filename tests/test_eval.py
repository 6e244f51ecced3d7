"""The harness: cases that are refused, measures worked by hand, targets, runs kept and compared, the page, drafts."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.errors import QuestionError, SourceError
from eval.cases import CATEGORIES, Case, bundled_cases, datasheet, load_cases
from eval.drafts import Replayed, draft, read_reply, replayed
from eval.measures import Cited, Measure, Reply, mean, quantile, retrieval, score, summary
from eval.report import compared, floors, lines, matrix, page
from eval.run import KeptRun, Run, difference, run
from eval.targets import AnswersFile, AskUrl, ChatUrl, InProcess, clause_names, named_clauses
from eval.thirdparty import Passages, index, measured, read_jsonl, read_squad, table
from tests.conftest import NUMBER, CountingEncoder, FakeAssistant

CLAUSE = f"{NUMBER}:一"


def record(**changed: Any) -> dict[str, Any]:
    """A case line over the fake assistant's clause."""
    line: dict[str, Any] = {
        "id": "a-1", "category": "subsidy", "question": "开园奖补多少？", "status": ["answered"], "gold": [CLAUSE],
        "atoms": [["3000元/托位"], ["45万元"]],
        "evidence": [[{"clause": CLAUSE, "quote": "补助标准为3000元/托位"}], [{"clause": CLAUSE, "quote": "最高不超过45万元"}]],
        "forbidden": ["5000"], "why": "标准与上限都要说",
    }  # fmt: skip
    return line | changed


def case(**changed: Any) -> Case:
    """The same as a case."""
    return Case.from_json(record(**changed))


def written(folder: Path, *records: dict[str, Any], name: str = "cases.jsonl") -> Path:
    """A file of records, one a line."""
    path = folder / name
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


# ---- cases ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": ["maybe"]}, "maybe"),
        ({"status": []}, "no status"),
        ({"category": "weather"}, "weather"),
        ({"question": " "}, "empty question"),
        ({"atoms": "3000"}, "list of strings"),
        ({"atoms": [["3000元/托位"]]}, "1 atoms but 2 groups"),
        ({"gold": [f"{NUMBER}:九"]}, "no clause"),
        ({"evidence": [[{"clause": CLAUSE, "quote": "补助标准为5000元/托位"}], []]}, "does not stand in"),
        ({"evidence": [[{"clause": "X:1", "quote": "补"}], []]}, "no clause 'X:1'"),
        ({"mirror": "b-9"}, "mirror 'b-9'"),
    ],
)
def test_a_case_that_does_not_hold_is_refused_with_its_line(
    tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    """What is wrong in a file of cases is named with the line it stands on."""
    path = written(tmp_path, record(id="ok"), record(**changed))
    with pytest.raises(SourceError, match=r"cases\.jsonl line 2") as raised:
        load_cases(path, [FakeAssistant().answering])
    assert reason in str(raised.value)


def test_an_id_twice_broken_json_and_a_lacking_key_are_refused(tmp_path: Path) -> None:
    """The second of two equal ids, a line that is no JSON and a line without a question name their lines."""
    with pytest.raises(SourceError, match="line 2: id 'a-1' stands on line 1 too"):
        load_cases(written(tmp_path, record(), record()))
    lacking = record()
    del lacking["question"]
    with pytest.raises(SourceError, match="line 1 is no case: lacks 'question'"):
        load_cases(written(tmp_path, lacking))
    path = tmp_path / "broken.jsonl"
    path.write_text("\n{not json\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"broken\.jsonl line 2"):
        load_cases(path)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no cases"):
        load_cases(path)


def test_the_bundled_cases_hold_and_are_balanced(bundled_documents) -> None:
    """At least 250 cases, every category with ten or more, all evidence verbatim; the datasheet states the counts."""
    cases = load_cases(bundled_cases(), [c for d in bundled_documents for c in d.clauses])
    counts = datasheet(cases)
    assert len(cases) >= 250 and set(counts) == set(CATEGORIES) and min(counts.values()) >= 10
    sheet = (bundled_cases().parent / "policy_qa.md").read_text(encoding="utf-8")
    assert f"{len(cases)} cases" in sheet
    assert [name for name, count in counts.items() if f"| {name} | {count} |" not in sheet] == []


# ---- measures ---------------------------------------------------------------------------------------------


def reply(answer: str, *cited: str, status: str = "answered", **more: Any) -> Reply:
    """A reply that cites clauses by id, each with the same words."""
    quote = "补助标准为3000元/托位，最高不超过45万元。（牵头单位：区财政局）"
    return Reply(status, answer, tuple(Cited(i, quote) for i in cited), 0.02, **more)


def test_a_right_answer_has_every_measure_at_one() -> None:
    """All atoms, nothing forbidden, the right clause: no reason is given."""
    scored = score(case(), reply("3000元/托位，最高45万元", CLAUSE, retrieved=(CLAUSE, "b")))
    assert scored.right and scored.reasons == ()
    ones = {"correct", "completeness", "figure_fidelity", "citation_f1", "span_recall", "no_false_refusal", "recall@1", "rr"}
    assert {name for name in ones if scored.values[name] != 1.0} == set()
    assert scored.values["span_precision"] < 1.0  # the clause says more than the atoms


@pytest.mark.parametrize(
    ("given", "measure", "value", "reason"),
    [
        (reply("3000元/托位", CLAUSE), "completeness", 0.5, "lacks 45万元"),
        (reply("3000元/托位，最高45万元，不是5000", CLAUSE), "correct", 0.0, "says 5000"),
        (reply("3000元/托位，最高45万元，共600人", CLAUSE), "figure_fidelity", 2 / 3, "no cited clause holds"),
        (reply("3000元/托位，最高45万元", "X:1"), "citation_recall", 0.0, "cites no right clause"),
        (reply("3000元/托位，最高45万元", CLAUSE, "X:1"), "citation_precision", 0.5, ""),
        (reply("没有查到", status="not_found"), "no_false_refusal", 0.0, "refuses what the corpus holds"),
        (Reply(error="HTTP 500"), "completeness", 0.0, "silent: HTTP 500"),
        (Reply(error="HTTP 500"), "figure_fidelity", 0.0, "silent"),
        (Reply(error="HTTP 500"), "citation_f1", 0.0, "silent"),
    ],
)
def test_a_fault_lowers_its_measure_and_gives_the_reason(given: Reply, measure: str, value: float, reason: str) -> None:
    """Each fault is seen by the measure that is there for it; a silent case has the worst value."""
    scored = score(case(), given)
    assert scored.values[measure] == pytest.approx(value)
    assert reason in "; ".join(scored.reasons)


def test_refusals_are_measured_where_only_they_are_right() -> None:
    """An answer to what the corpus does not hold fails; a refusal passes and has no citation to measure."""
    absent = case(category="unanswerable", status=["not_found"], gold=[], atoms=[], evidence=[])
    assert score(absent, reply("没有查到", status="not_found")).values["refusal"] == 1.0
    wrong = score(absent, reply("3000元/托位", CLAUSE))
    assert (wrong.values["refusal"], wrong.right) == (0.0, False)
    assert "citation_f1" not in wrong.values
    assert score(absent, Reply(error="timeout")).values["refusal"] == 0.0


@pytest.mark.parametrize(
    ("answer", "lead", "responsible"),
    [
        ("牵头单位：区财政局；责任单位：区教委、区妇联", 1.0, 1.0),
        ("牵头单位：区教委；责任单位：区财政局、区妇联", 0.0, 0.5),
        ("由区财政局牵头，区教委配合", 1.0, 2 / 3),
        ("区财政局", 1.0, 0.0),
        ("没有查到", 0.0, 0.0),
    ],
)
def test_units_are_measured_apart(answer: str, lead: float, responsible: float) -> None:
    """Lead and responsible units have an F1 each; a unit in the other role does not count."""
    names = ["区财政局", "区教委", "区妇联"]
    both = {"lead": ["区财政局"], "responsible": ["区教委", "区妇联"]}
    assert score(case(category="lead_unit", **both), reply(answer, CLAUSE), names).values["lead_f1"] == pytest.approx(lead)
    scored = score(case(category="responsible_units", **both), reply(answer, CLAUSE), names)
    assert scored.values["responsible_f1"] == pytest.approx(responsible)


def test_retrieval_by_hand() -> None:
    """Recall, nDCG and reciprocal rank of a list worked out on paper."""
    found = retrieval(["x", "a", "y", "b"], ["a", "b"])
    assert (found["recall@1"], found["recall@5"], found["rr"]) == (0.0, 1.0, 0.5)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))
    assert retrieval([], ["a"]) == {"recall@1": 0, "recall@5": 0, "recall@10": 0, "ndcg@10": 0, "rr": 0.0}


def test_a_measure_prints_and_parses() -> None:
    """What is printed comes back to three digits; other text is refused."""
    measure = mean("correct", [1.0] * 90 + [0.0] * 10)
    assert measure.low < 0.9 < measure.high and measure.n == 100
    again = Measure.parse("correct", str(measure))
    assert (again.value, again.n) == (pytest.approx(measure.value), 100)
    assert again.low == pytest.approx(measure.low, abs=5e-4)
    with pytest.raises(ValueError, match="no measure"):
        Measure.parse("correct", "0.9")


def test_the_interval_is_the_same_each_time_and_shrinks_with_more_cases() -> None:
    """The bootstrap has a fixed seed; four times the cases give about half the width."""
    few, many = mean("m", [1.0, 0.0] * 50), mean("m", [1.0, 0.0] * 200)
    assert mean("m", [1.0, 0.0] * 50) == few
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(0.5, abs=0.12)
    assert [quantile([1, 2, 3, 4], share) for share in (0.5, 0.95, 0.0)] == [2, 4, 1]


def test_script_parity_counts_pairs_that_come_out_alike() -> None:
    """A pair of which only one is right is a breach of parity."""
    pair = [case(id="m-1", category="mirrored", mirror="m-2"), case(id="m-2", category="mirrored", mirror="m-1")]
    right, wrong = reply("3000元/托位，最高45万元", CLAUSE), reply("3000元/托位", CLAUSE)
    for second, parity in ((right, 1.0), (wrong, 0.0)):
        scored = {"m-1": score(pair[0], right), "m-2": score(pair[1], second)}
        assert summary(pair, scored, [0.1, math.inf]).overall["script_parity"].value == parity


# ---- targets ----------------------------------------------------------------------------------------------


class _Server(BaseHTTPRequestHandler):
    """A server that plays what the test put into `script`: a status with a body, or nothing at all."""

    script: Any = None
    seen: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append((self.path, body))
        status, text = type(self).script
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[_Server]]]:
    """A scripted server on loopback: its address, and the class that holds script and requests."""
    handler = type("Scripted", (_Server,), {"seen": []})
    opened = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=opened.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{opened.server_port}", handler
    opened.shutdown()
    opened.server_close()
    thread.join()


def catalogue() -> tuple[list[Any], dict[str, Any]]:
    """Clauses and documents of the fake assistant."""
    fake = FakeAssistant()
    return [fake.answering, fake.long], {NUMBER: fake.document}


def test_an_address_is_asked_and_its_failures_are_silence(server: tuple[str, type[_Server]]) -> None:
    """An Answer comes back as a reply; an error status, no JSON and another form come back as silence."""
    url, handler = server
    answer = {"status": "answered", "answer": "3000元/托位", "citations": [{"clause_id": CLAUSE, "quote": "3000元/托位"}]}
    handler.script = (200, json.dumps(answer))
    found = AskUrl(url + "/").reply(case(history=["渝北的呢？"]))
    assert (found.status, found.citations) == ("answered", (Cited(CLAUSE, "3000元/托位"),))
    assert handler.seen == [("/v1/ask", {"question": "开园奖补多少？", "history": ["渝北的呢？"]})]
    for script, reason in (((500, "{}"), "HTTP 500"), ((200, "no json"), "JSON"), ((200, "[]"), "Error")):
        handler.script = script
        assert reason in (AskUrl(url).reply(case()).error or "")
    assert AskUrl("http://127.0.0.1:9", timeout=2).reply(case()).error
    with pytest.raises(QuestionError, match="no address"):
        AskUrl("ftp://somewhere")


def test_a_chat_model_is_asked_and_its_citations_are_read_out_of_its_text(server: tuple[str, type[_Server]]) -> None:
    """Clause ids, and 文号 with label, are found in the text; a refusal without citation is not_found."""
    url, handler = server
    clauses, documents = catalogue()
    target = ChatUrl(url, "m", clauses, documents, key="k")
    said = f"每个托位3000元 [{CLAUSE}]。场地见《{documents[NUMBER].title}》第二。"
    handler.script = (200, json.dumps({"choices": [{"message": {"content": said}}]}))
    found = target.reply(case())
    assert [one.clause_id for one in found.citations] == [CLAUSE, f"{NUMBER}:二"]
    assert handler.seen[0][0] == "/chat/completions" and handler.seen[0][1]["model"] == "m"
    handler.script = (200, json.dumps({"choices": [{"message": {"content": "没有查到。"}}]}))
    assert target.reply(case()).status == "not_found"
    for script in ((200, "{}"), (200, json.dumps({"choices": []})), (429, "")):
        handler.script = script
        assert target.reply(case()).error


def test_the_longest_name_of_a_clause_wins() -> None:
    """二（三）11 is not taken for 二（三）1."""
    names = {"甲〔2024〕6号二(三)1": "a", "甲〔2024〕6号二(三)11": "b"}
    assert named_clauses("见甲〔2024〕6号 二（三）11", names) == ["b"]
    assert named_clauses("见甲", {}) == []
    assert clause_names(*catalogue())[f"{NUMBER}:一"] == CLAUSE


def test_answers_made_elsewhere_are_scored_and_gaps_are_silence(tmp_path: Path) -> None:
    """Citations as ids, as objects, or in the text; a case without a line is silent; a bad line is named."""
    clauses, documents = catalogue()
    path = written(
        tmp_path,
        {"id": "a-1", "answer": "3000元/托位", "citations": [CLAUSE], "timings_ms": {"total": 12}},
        {"id": "a-2", "answer": f"3000元/托位（{CLAUSE}）"},
        {"id": "a-3", "status": "answered", "answer": "x", "citations": [{"clause_id": CLAUSE, "quote": "3000元/托位"}]},
    )
    target = AnswersFile(path, clauses, documents)
    replies = [target.reply(case(id=f"a-{i}")) for i in (1, 2, 3, 4)]
    assert [[c.clause_id for c in r.citations] for r in replies] == [[CLAUSE], [CLAUSE], [CLAUSE], []]
    assert replies[0].seconds == 0.012 and replies[3].error == "no answer in the file"
    path.write_text('{"id": "a-1"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match="line 1 is no answer"):
        AnswersFile(path, clauses, documents)


# ---- runs, reports, floors --------------------------------------------------------------------------------


class _Told:
    """A target that gives replies by case id."""

    name = "told <b>"

    def __init__(self, **replies: Reply) -> None:
        self._replies = replies

    def reply(self, case: Case) -> Reply:
        return self._replies.get(case.case_id, Reply(error="silent"))


def made(**replies: Reply) -> Run:
    """A run over two cases."""
    cases = [case(id="a"), case(id="b", question="</script><script>alert(1)</script>")]
    return run(cases, _Told(**replies), corpus="c" * 64)


RIGHT, WRONG = reply("3000元/托位，最高45万元", CLAUSE), reply("3000元/托位", CLAUSE)


def test_a_run_is_kept_read_back_and_compared(tmp_path: Path) -> None:
    """What broke and what was mended is told by case, in the comparison and nowhere else."""
    before, now = made(a=RIGHT, b=WRONG), made(a=WRONG, b=RIGHT)
    for name, one in (("before", before), ("now", now)):
        one.save(tmp_path / f"{name}.json")
    kept = [KeptRun.read(tmp_path / f"{name}.json") for name in ("before", "now")]
    change = difference(*kept)
    assert (change.broke, change.mended) == (("a",), ("b",))
    said = "\n".join(compared(*kept, change))
    assert "broke: 1" in said and "lacks 45万元" in said and "correct" in said
    assert kept[0].measures["correct"].value == 0.5
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    for name, reason in (("x.json", "is no run"), ("absent.json", "no run at")):
        with pytest.raises(SourceError, match=reason):
            KeptRun.read(tmp_path / name)


def test_the_table_names_every_measure_and_every_wrong_case() -> None:
    """The terminal shows means, intervals, categories, and the reason for each wrong case."""
    said = "\n".join(lines(made(a=RIGHT)))
    assert "correct              0.500" in said and "subsidy" in said and "silent: silent" in said
    assert matrix([("x", made(a=RIGHT, b=RIGHT).summary.overall, {"p50": 3.0})], ["correct", "clarify"])[-1] == (
        "| x | 1.000 | – | 3 |"
    )


def test_the_page_is_one_file_and_holds_no_markup_of_a_case() -> None:
    """No address is loaded, every element closes, and a question with markup stays text."""
    before, now = made(a=RIGHT, b=WRONG), made(a=WRONG, b=RIGHT)
    kept = KeptRun(before.target, before.made, before.corpus, before.cases, {}, {}, {"a": {"right": True, "reasons": []}})
    held = page(now, kept, difference(kept, KeptRun(now.target, now.made, "", "", {}, {}, {"a": {"right": False, "reasons": []}})))
    assert "alert(1)" in held and "<script>alert" not in held and "told <b>" not in held
    assert "http://" not in held and "https://" not in held and "{{" not in held

    class Reader(HTMLParser):
        scripts: list[str] = []  # noqa: RUF012 - one reader, one page
        inside = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.inside = tag == "script" and ("type", "application/json") in attrs
            assert not any(name in ("src", "href") and not (value or "").startswith("#") for name, value in attrs)

        def handle_data(self, data: str) -> None:
            if self.inside:
                self.scripts.append(data)
            self.inside = False

    reader = Reader()
    reader.feed(held)
    assert [one["id"] for one in json.loads(reader.scripts[0])] == ["a", "b"]


def test_floors_name_what_lies_below_them() -> None:
    """A value below its floor, and a floor for what was not measured, are faults; the others are not."""
    whole = made(a=RIGHT, b=WRONG)
    assert floors({"measures": {"correct": 0.5}, "categories": {"subsidy": 0.5}}, whole) == []
    faults = floors({"measures": {"correct": 0.6, "clarify": 1.0}, "categories": {"target": 0.1}}, whole)
    assert [fault.split(":")[0] for fault in faults] == ["correct", "clarify", "target"]


def test_the_assistant_of_this_process_is_a_target(assistant) -> None:
    """It answers, shows its search, and a question that cannot be asked is silence, not an exception."""
    target = InProcess(assistant)
    found = target.reply(case(question="渝北区开园奖补每个托位补多少？"))
    assert found.status == "answered" and found.retrieved and found.retrieved[0].startswith("渝北府办发")
    assert "2,001 characters" in (target.reply(case(question="问" * 2001)).error or "")


# ---- drafts -----------------------------------------------------------------------------------------------


def test_a_reported_reply_becomes_a_case_and_replays(assistant, tmp_path: Path) -> None:
    """The draft loads as a case over the corpus; the reply's id says whether it was made in this setting."""
    given = assistant.ask("渝北区开园奖补每个托位补多少？").to_json()
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    read = read_reply(path)
    assert replayed(read, assistant) == Replayed(True, True)
    other = dict(read, reply_id="0" * 16, answer="补5000元")
    assert replayed(other, assistant) == Replayed(False, False)
    clauses, _ = assistant.read()
    drafted = load_cases(written(tmp_path, draft(read, "new-1")), clauses)[0]
    assert drafted.case_id == "new-1" and ("3000元/托位",) in drafted.atoms
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(SourceError, match="no reply"):
        read_reply(path)


def test_a_reply_id_tells_questions_and_histories_apart(assistant) -> None:
    """Another question, another history: another id; the same again: the same id."""
    ids = {assistant.reply_id("开园奖补"), assistant.reply_id("开园奖补", ["渝北"]), assistant.reply_id("租金补助")}
    assert len(ids) == 3 and assistant.reply_id("开园奖补") in ids


# ---- what others made -------------------------------------------------------------------------------------


def squad(folder: Path) -> Path:
    """A small SQuAD-format file."""
    paragraphs = [
        {"context": "甲河長三百公里。甲河流入乙海。", "qas": [{"id": "q1", "question": "甲河流入哪個海？", "answers": [{"text": "乙海"}]}]},
        {"context": "丙山高两千米。山上有寺。", "qas": [{"id": "q2", "question": "丙山有多高？", "answers": [{"text": "两千米"}]}]},
    ]  # fmt: skip
    path = folder / "set.json"
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")
    return path


def test_a_squad_file_is_measured_leg_by_leg(assistant, models_folder: Path, tmp_path: Path) -> None:
    """Each leg and all fused find the paragraph; the best sentence holds the answer, in the other script too."""
    from indexing.embedding import open_encoder

    passages = read_squad(squad(tmp_path))
    found = measured(passages, index(passages, open_encoder(None, models_folder)))
    assert set(found) == {"words", "bigrams", "vectors", "fused"}
    assert (found["fused"]["recall@1"].value, found["fused"]["extractive"].value) == (1.0, 1.0)
    assert "2 questions" in table(found)[-1]


class OneByOne(CountingEncoder):
    """Reports after every text, as the real encoders do after every batch."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        return np.concatenate([super(OneByOne, self).encode_passages([text], progress) for text in texts])


def test_the_progress_of_an_index_counts_segments() -> None:
    """Done rises to the number of segments, which is given each time; a long passage is more than one."""
    passages = Passages({"long": "甲河流入乙海，丙山高两千米，山上有寺。" * 30, "short": "丙山高两千米。"}, ())
    seen: list[tuple[int, int]] = []
    retriever = index(passages, OneByOne(), lambda done, total: seen.append((done, total)))
    segments = len(retriever.passage_ids)
    assert segments > len(passages.texts)
    assert seen == [(done, segments) for done in range(1, segments + 1)]


def test_a_pair_of_jsonl_files_is_read_and_broken_sets_are_named(tmp_path: Path) -> None:
    """A lacking key, no JSON, an unknown passage and no questions each say where."""
    corpus = written(tmp_path, {"id": "p", "text": "甲"}, name="corpus.jsonl")
    queries = written(tmp_path, {"id": "q", "text": "甲？", "positive_ids": ["p"]}, name="queries.jsonl")
    assert read_jsonl(corpus, queries).questions[0].positive == ("p",)
    for row, reason in (({"id": "q", "text": "甲"}, "line 1 lacks positive_ids"), ({"id": "q", "text": "甲", "positive_ids": ["z"]}, "not in the corpus")):
        with pytest.raises(SourceError, match=reason):
            read_jsonl(corpus, written(tmp_path, row, name="bad.jsonl"))
    bad = tmp_path / "bad.json"
    bad.write_text('{"data": [{}]}', encoding="utf-8")
    with pytest.raises(SourceError, match="no SQuAD-format file"):
        read_squad(bad)
    with pytest.raises(SourceError, match="cannot be read"):
        read_squad(tmp_path / "absent.json")


# ---- peers ------------------------------------------------------------------------------------------------


def test_the_stand_in_answers_from_the_numbered_sources_of_the_real_prompt() -> None:
    """Of each source below the template's example the nearest sentence, with its number."""
    from eval.peers import Extractive

    prompt = (
        "several numbered sources of information:\n------\nSource 1:\n甲河长。甲河流入乙海。\n\nSource 2:\n丙山高。\n\n------\n"
        "Query: 甲河流入哪？\nAnswer: "
    )
    assert Extractive().complete(prompt).text == "甲河流入乙海。[1]\n丙山高。[2]"


def test_the_configured_model_answers_for_the_peers(
    server: tuple[str, type[_Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With address and model set, prompts go to that server and nowhere else; without, sentences are extracted."""
    from eval.peers import Configured, Extractive, configured_model

    url, handler = server
    assert type(configured_model()) is Extractive and handler.seen == []
    monkeypatch.setenv("TIAOWEN_LLM_BASE_URL", url)
    monkeypatch.setenv("TIAOWEN_LLM_MODEL", "m")
    handler.script = (200, json.dumps({"choices": [{"message": {"content": "乙海[1]"}}]}))
    model = configured_model()
    assert isinstance(model, Configured) and model.complete("Source 1:\n甲河").text == "乙海[1]"
    assert handler.seen[0][1]["messages"] == [{"role": "user", "content": "Source 1:\n甲河"}]
    handler.script = (200, json.dumps({"choices": []}))
    with pytest.raises(ValueError, match="another form"):
        model.complete("x")


def test_a_peer_cites_the_clauses_that_its_sentences_stand_in() -> None:
    """Of the clauses in a chunk those that hold a sentence of the answer; all of them where none can be told."""
    from eval.peers import _by_text, _cited

    clauses, _ = catalogue()
    held = _by_text(clauses)
    chunk = "\n".join(clause.text for clause in clauses)
    assert [c.clause_id for c in _cited(chunk, "补助标准为3000元/托位，最高不超过45万元。[1]", held)] == [CLAUSE]
    assert len(_cited(chunk, "别的话，与它们无关。", held)) == 2


def test_a_part_that_is_switched_off_makes_no_difference_elsewhere_and_some_where_it_counts(assistant, built_home: Path) -> None:
    """Without facts an amount is told in whole sentences; without lists a count is not told; the check changes
    nothing where every line is supported."""
    from assistant.assistant import Assistant
    from assistant.settings import PARTS, Settings

    asked = "渝北的实施方案一共布置了多少项重点任务？"
    whole = assistant.ask(asked).answer
    without = {part: Assistant.open(Settings(built_home), without=frozenset({part})) for part in PARTS}
    assert "20" in whole and without["lists"].ask(asked).answer != whole
    assert without["verification"].ask(asked).answer == whole
    lead = "渝北区开园奖补由谁牵头？"
    assert without["facts"].ask(lead).answer != assistant.ask(lead).answer
    for part in PARTS:
        without[part].close()
