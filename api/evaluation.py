"""The commands `tiaowen eval …`: a run with its report, comparison, floors, drafts, peers, others' data, facts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.arguments import whole
from api.opening import catalog_of, opened, settings_of
from api.rendering import Progress, emit, print_lines
from corpus.errors import QuestionError

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.catalog import Catalog
    from eval.cases import Case
    from eval.run import Difference, Run
    from eval.targets import Target

BELOW: Final = 1  # the exit code where a floor is broken
_SHOWN: Final = ("correct", "figure_fidelity", "citation_f1", "refusal", "no_false_refusal", "recall@1", "recall@5", "rr")


def add_evaluation(
    commands: Any, command: Callable[..., argparse.ArgumentParser], json_option: dict[str, Any]
) -> None:
    """Add `eval` and its parts to the command line."""
    scored = command("eval", evaluate, "评测 / score answers against cases, with a report")
    scored.add_argument("--cases", type=Path, metavar="CASES.jsonl", help="评测题 / the cases; default the bundled ones")
    scored.add_argument("--url", metavar="URL", help="评一个 /v1/ask 服务 / score a server with POST /v1/ask")
    scored.add_argument("--chat", metavar="URL", help="评一个对话模型 / score an OpenAI-compatible address (…/v1)")
    scored.add_argument("--model", metavar="NAME", help="its model, with --chat")
    scored.add_argument("--answers", type=Path, metavar="ANSWERS.jsonl", help="评现成的回答 / score answers made elsewhere")
    scored.add_argument("--against", type=Path, metavar="RUN.json", help="与前一次比较 / show what changed since that run")
    scored.add_argument("--out", type=Path, metavar="DIR", help="报告放哪里 / where the report goes; default DATA/runs")
    scored.add_argument("--json", **json_option)
    parts = scored.add_subparsers(title="parts", dest="what", metavar="PART")

    def part(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = parts.add_parser(name, help=help, description=help)
        added.add_argument("--home", type=Path, metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        added.set_defaults(run=run)
        return added

    part("facts", facts, "事实 / precision and recall of the facts read from the bundled documents").add_argument(
        "--json", **json_option
    )
    versus = part("compare", compare, "比较两次 / what changed from one run to another")
    versus.add_argument("before", type=Path, metavar="A.json")
    versus.add_argument("now", type=Path, metavar="B.json")
    part("check", check, "守底线 / run the bundled cases and hold the committed floors; exit 1 below one")
    drafted = part("draft", draft, "反馈成题 / a reported reply as the draft of a case")
    drafted.add_argument("reply", type=Path, metavar="REPLY.json", help="回答的 JSON / what `ask --json` printed")
    drafted.add_argument("--id", dest="case_id", metavar="ID", help="题号 / the id of the case")
    part("peers", peers, "同场比较 / LlamaIndex, single legs and Tiaowen without its parts, by the same ruler").add_argument(
        "--json", **json_option
    )
    mutated = part("verifier", verifier, "核对器 / change one thing in true statements and count what the verifier finds")
    mutated.add_argument("--limit", type=whole, metavar="N", help="只用 N 句 / N statements only, drawn with the seed")
    mutated.add_argument("--seed", type=int, metavar="N", help="种子 / the seed; default the committed one")
    mutated.add_argument("--json", **json_option)
    claimed = part("claims", claims, "对吗 / true and false statements put as questions: is a false one called right? exit 1 if one is")
    claimed.add_argument("--limit", type=whole, metavar="N", help="只用 N 句 / N statements only, drawn with the seed")
    claimed.add_argument("--seed", type=int, metavar="N", help="种子 / the seed; default the committed one")
    claimed.add_argument("--json", **json_option)
    lied = part("model", model, "语言模型 / replies of a lying model: does a wrong word get out? exit 1 if one does")
    lied.add_argument("--limit", type=whole, metavar="N", help="几次回答，默认 1000 / how many replies, default 1000")
    lied.add_argument("--seed", type=int, metavar="N", help="种子 / the seed; default the committed one")
    lied.add_argument("--json", **json_option)
    found = part("retrieval", retrieval, "检索 / search leg by leg over a set given by path")
    found.add_argument("--squad", type=Path, metavar="FILE.json", help="SQuAD 格式 / a SQuAD-format file (DRCD, CMRC2018)")
    found.add_argument("--corpus", type=Path, metavar="CORPUS.jsonl", help="{id, text}")
    found.add_argument("--queries", type=Path, metavar="QUERIES.jsonl", help="{id, text, positive_ids, answers?}")
    found.add_argument("--limit", type=whole, metavar="N", help="只问前 N 题 / the first N questions only")
    found.add_argument("--json", **json_option)


def evaluate(arguments: argparse.Namespace) -> int:
    """Run the cases against a target; print the table, write the JSON and the HTML page."""
    from eval.report import compared, lines, write_page
    from eval.run import KeptRun, difference

    before = KeptRun.read(arguments.against) if arguments.against else None
    made = _run(arguments)
    folder: Path = arguments.out or settings_of(arguments).home / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"run-{made.made.replace(':', '')}"
    kept, shown = stem.with_suffix(".json"), stem.with_suffix(".html")
    made.save(kept)
    change: Difference | None = None
    changes: list[str] = []
    if before is not None:
        # Compared as it was kept, so that `eval compare` over the two files says the same.
        now = KeptRun.read(kept)
        change = difference(before, now)
        changes = ["", *compared(before, now, change)]
    write_page(shown, made, before, change)
    if arguments.json:
        held = made.to_json()
        held.pop("outcomes")
        emit(held)
    else:
        print_lines([*lines(made), *changes])
    print(f"eval: {kept}\neval: {shown}", file=sys.stderr)
    return 0


def _run(arguments: argparse.Namespace) -> Run:
    from assistant.assistant import Assistant
    from eval.cases import bundled_cases, load_cases
    from eval.targets import AnswersFile, AskUrl, ChatUrl, InProcess

    given = [name for name in ("url", "chat", "answers") if getattr(arguments, name)]
    if len(given) > 1:
        raise QuestionError(f"--{given[0]} and --{given[1]} were both given; give one of them")
    if arguments.chat and not arguments.model:
        raise QuestionError("--chat needs the name of its model; give --model NAME")
    # Only the assistant of this machine needs the model; whatever else is asked is scored with the catalog alone.
    context: AbstractContextManager[Assistant | Catalog] = catalog_of(arguments) if given else opened(arguments)
    with context as held:
        clauses, documents = held.read()
        cases = load_cases(arguments.cases or bundled_cases(), clauses)
        target: Target
        if isinstance(held, Assistant):
            target = InProcess(held)
        elif arguments.url:
            target = AskUrl(arguments.url)
        elif arguments.chat:
            import os

            target = ChatUrl(arguments.chat, arguments.model, clauses, documents, key=os.environ.get("TIAOWEN_LLM_API_KEY"))
        else:
            target = AnswersFile(arguments.answers, clauses, documents)
        return _scored(cases, target, held.units(), held.corpus_digest)


def _scored(cases: list[Case], target: Target, units: list[str], corpus: str) -> Run:
    from eval.run import run

    with Progress(sys.stderr, what="eval") as progress:
        return run(cases, target, units=units, corpus=corpus, progress=lambda done, total: progress(target.name, done, total))


def compare(arguments: argparse.Namespace) -> int:
    """Print what changed from one run to another."""
    from eval.report import compared
    from eval.run import KeptRun, difference

    before, now = KeptRun.read(arguments.before), KeptRun.read(arguments.now)
    print_lines(compared(before, now, difference(before, now)))
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Run the bundled cases over the index and hold the committed floors."""
    from eval.cases import bundled_cases, load_cases
    from eval.report import committed_floors, floors
    from eval.targets import InProcess

    with opened(arguments) as assistant:
        clauses, _ = assistant.read()
        cases = load_cases(bundled_cases(), clauses)
        made = _scored(cases, InProcess(assistant), assistant.units(), assistant.corpus_digest)
    faults = floors(committed_floors(), made)
    print_lines(faults or [f"all floors hold: correct {made.summary.overall['correct']}"])
    return BELOW if faults else 0


def draft(arguments: argparse.Namespace) -> int:
    """Print a case made of a reported reply, and say whether the reply comes out again."""
    from eval.drafts import draft as drafted
    from eval.drafts import read_reply, replayed

    reply = read_reply(arguments.reply)
    with opened(arguments) as assistant:
        again = replayed(reply, assistant)
    if not again.same_setting:
        print("tiaowen: the reply was made with another corpus or version; it is drafted as it was given", file=sys.stderr)
    if not again.same_answer:
        print("tiaowen: asked again, the question is answered otherwise today", file=sys.stderr)
    emit(drafted(reply, arguments.case_id))
    return 0


def peers(arguments: argparse.Namespace) -> int:
    """Run the bundled cases against Tiaowen, its ablations and its peers; print the table as Markdown."""
    from eval.cases import bundled_cases, load_cases
    from eval.peers import targets
    from eval.report import matrix

    with catalog_of(arguments) as catalog:
        clauses, _ = catalog.read()
        units, digest = catalog.units(), catalog.corpus_digest
    cases = load_cases(bundled_cases(), clauses)
    runs = [_scored(cases, target, units, digest) for target in targets(settings_of(arguments))]
    if arguments.json:
        for made in runs:
            emit({"target": made.target, "measures": {n: str(m) for n, m in made.summary.overall.items()},
                  "latency_ms": made.summary.latency_ms})  # fmt: skip
        return 0
    print_lines(matrix([(r.target, r.summary.overall, r.summary.latency_ms) for r in runs], _SHOWN))
    return 0


def verifier(arguments: argparse.Namespace) -> int:
    """Change one thing in each true statement and print how often the verifier finds it, and its false alarms."""
    from eval.cases import bundled_cases, load_cases
    from eval.verifier import AIMS, SEED, Mutator, drawn, measure, statements_of, table

    seed = SEED if arguments.seed is None else arguments.seed
    with opened(arguments) as assistant, Progress(sys.stderr, what="eval") as progress:
        clauses, documents = assistant.read()
        asked = load_cases(bundled_cases())
        cases = drawn(statements_of(assistant, clauses, asked, seed), arguments.limit, seed)
        mutator = Mutator(clauses, documents, assistant.units(), seed)
        result = measure(cases, mutator, assistant.verifier, documents, lambda n, total: progress("verifier", n, total))
    if arguments.json:
        emit(result.to_json())
    else:
        print_lines(table(result))
    return 0 if result.detection >= AIMS[0] and result.false_alarms <= AIMS[1] else BELOW


def claims(arguments: argparse.Namespace) -> int:
    """Ask after true statements and after what one change makes of them, and print which were called right."""
    from eval.asked import affirmed, statements_asked, table, tallied
    from eval.verifier import SEED, Mutator, drawn

    seed = SEED if arguments.seed is None else arguments.seed
    with opened(arguments) as assistant, Progress(sys.stderr, what="eval") as progress:
        clauses, documents = assistant.read()
        cases = drawn(statements_asked(clauses), arguments.limit, seed)
        mutator = Mutator(clauses, documents, assistant.units(), seed)
        found = tallied(assistant, cases, mutator, lambda n, total: progress("claims", n, total))
    if arguments.json:
        emit({one.kind: {"asked": one.asked, "right": one.right, "wrong": one.wrong} for one in found})
    else:
        print_lines(table(found))
    return BELOW if affirmed(found) else 0


def model(arguments: argparse.Namespace) -> int:
    """Let a scripted model lie, and print what got past the checks; nothing leaves this machine."""
    from eval.adversary import REPLIES, measure, table
    from eval.cases import bundled_cases, load_cases
    from eval.verifier import SEED

    seed = SEED if arguments.seed is None else arguments.seed
    with Progress(sys.stderr, what="eval") as progress:
        found = measure(
            settings_of(arguments), load_cases(bundled_cases()), arguments.limit or REPLIES, seed, lambda n, total: progress("model", n, total)
        )
    if arguments.json:
        emit(found.to_json())
    else:
        print_lines(table(found))
    return BELOW if found.leaks else 0


def retrieval(arguments: argparse.Namespace) -> int:
    """Measure the search, leg by leg, over a set given by path."""
    from dataclasses import replace

    from eval.thirdparty import index, measured, read_jsonl, read_squad, table
    from indexing.embedding import open_encoder

    if arguments.squad and not (arguments.corpus or arguments.queries):
        passages = read_squad(arguments.squad)
    elif arguments.corpus and arguments.queries and not arguments.squad:
        passages = read_jsonl(arguments.corpus, arguments.queries)
    else:
        raise QuestionError("give --squad FILE, or --corpus FILE with --queries FILE")
    if arguments.limit is not None:
        passages = replace(passages, questions=passages.questions[: arguments.limit])
    settings = settings_of(arguments)
    encoder = open_encoder(settings.encoder, settings.models, threads=settings.threads)
    with Progress(sys.stderr, what="eval") as progress:
        searched = index(passages, encoder, lambda n, total: progress("encode", n, total))
        found = measured(passages, searched, lambda n, total: progress("ask", n, total))
    if arguments.json:
        emit({leg: {name: str(m) for name, m in of.items()} for leg, of in found.items()})
    else:
        print_lines(table(found))
    return 0


def facts(arguments: argparse.Namespace) -> int:
    """Print precision and recall of the facts read from the bundled documents."""
    from eval.facts import measure, table

    scores = measure()
    if arguments.json:
        emit({s.field: {"labelled": s.labelled, "precision": s.precision, "recall": s.recall} for s in scores})
    else:
        print_lines(table(scores))
    return 0
