"""The commands `tiaowen bench …`: speed of a build and of answers, of reading, of the search, of the service."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from api.arguments import count, whole
from api.opening import settings_of
from api.rendering import emit, print_lines
from corpus.errors import SettingsError

FAILED: Final = 1  # the exit code where a request failed or was answered amiss


def add_measuring(command: Callable[..., argparse.ArgumentParser], json_option: dict[str, Any]) -> None:
    """Add `bench` to the command line."""
    measured = command("bench", bench, "测速 / measure build, cold start and answers on this machine")
    measured.add_argument(
        "what", nargs="?", choices=["corpus", "retrieval", "api"],
        help="corpus: 只测读文件 / reading files only; retrieval: 检索，与同行并排 / the search, beside its peers; "
        "api: 并发之下的 HTTP 服务 / the service under load",
    )  # fmt: skip
    measured.add_argument("--corpus", type=Path, metavar="CORPUS.jsonl", help="retrieval: passages, {id, text} a line")
    measured.add_argument("--queries", type=Path, metavar="QUERIES.jsonl", help="retrieval: {id, text, positive_ids} a line")
    measured.add_argument("--limit", type=whole, metavar="N", help="retrieval: only the first N questions")
    measured.add_argument(
        "--clauses", type=whole, metavar="N", help="retrieval: Tiaowen alone over N generated clauses (1000000 takes an hour)"
    )
    measured.add_argument("--encoded", type=whole, metavar="N", help="passages of those that are really encoded, default 2000")
    measured.add_argument("--requests", type=whole, default=2000, metavar="N", help="api: of each kind, default 2000")
    measured.add_argument("--clients", type=whole, default=32, metavar="N", help="api: at once, default 32")
    measured.add_argument(
        "--rate", type=whole, default=0, metavar="N", help="api: 每秒到点的请求数 / requests that fall due in a second; without, as fast as they are answered"
    )
    measured.add_argument("--url", metavar="URL", help="api: 已在运行的服务 / a service that already runs")
    measured.add_argument("--reload", action="store_true", help="api: 中途重建语料 / rebuild the corpus under load")
    measured.add_argument("--runs", type=count, default=5, metavar="N", help="repetitions, default 5")
    measured.add_argument("--json", **json_option)


def bench(arguments: argparse.Namespace) -> int:
    """Measures a build, a cold start and warm answers on this machine, in a data folder of its own."""
    if arguments.what == "corpus":
        from eval.bench_corpus import measure as measure_corpus

        speed = measure_corpus()
        if arguments.json:
            emit(speed.to_json())
        else:
            print_lines(speed.lines())
        return 0

    def say(line: str) -> None:
        print(f"bench: {line}", file=sys.stderr, flush=True)

    if arguments.what == "retrieval":
        return _bench_retrieval(arguments, say)
    if arguments.what == "api":
        return _bench_api(arguments, say)
    from eval.bench import measure

    report = measure(settings_of(arguments), runs=arguments.runs, say=say)
    if arguments.json:
        emit(report.to_json())
    else:
        print_lines(report.lines())
    return 0


def _bench_retrieval(arguments: argparse.Namespace, say: Callable[[str], None]) -> int:
    """The search beside its peers, or over many clauses."""
    from dataclasses import asdict

    from eval.bench_retrieval import ENCODED, compare, compared_lines, grow, grown_lines

    settings = settings_of(arguments)
    if (arguments.corpus is None) != (arguments.queries is None):
        raise SettingsError("--corpus and --queries go together; give both, or neither for the policy questions")
    if arguments.clauses is not None:
        grown = grow(settings, arguments.clauses, arguments.encoded or ENCODED, say)
        emit(asdict(grown)) if arguments.json else print_lines(grown_lines(grown))
        return 0
    found = compare(settings, arguments.corpus, arguments.queries, arguments.limit, say)
    if arguments.json:
        for one in found:
            emit(asdict(one) | {"per_second": one.per_second})
    else:
        print_lines(compared_lines(found))
    return 0


def _bench_api(arguments: argparse.Namespace, say: Callable[[str], None]) -> int:
    """The service under load; `FAILED` where a request failed or was answered otherwise than alone."""
    from eval.bench_api import measure

    report = measure(
        settings_of(arguments), requests=arguments.requests, clients=arguments.clients, rate=arguments.rate,
        url=arguments.url, reload=arguments.reload, say=say,
    )  # fmt: skip
    if arguments.json:
        emit(report.to_json())
    else:
        print_lines(report.lines())
    return 0 if report.sound else FAILED
