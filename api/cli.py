"""The command `tiaowen`.

Nothing heavy is imported before a command needs it, so that `tiaowen --help` answers at once. What a program
reads (`--json`, `--batch`, `source`) is UTF-8 on standard output and nothing else; messages go to standard error.

Exit codes: 0 done (also when the answer is that the corpus does not hold it), 1 an error of Tiaowen's own or a check
that failed (`verify`: a statement is not supported), 2 something the caller can mend, 3 built, but not every file could be read, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from api.arguments import MOST_HITS, count, port
from api.evaluation import add_evaluation
from api.measuring import add_measuring
from api.opening import catalog_of, opened, settings_of
from api.rendering import (
    SNIPPET_LIMIT,
    Progress,
    answer_lines,
    emit,
    print_lines,
    shortened,
    table_lines,
    verification_lines,
)
from corpus.errors import QuestionError, SourceError, TiaowenError

if TYPE_CHECKING:
    from assistant.settings import Settings
    from corpus.lossless import Leak

INTERNAL: Final = 1
NOT_SUPPORTED: Final = 1
USAGE: Final = 2
SOME_FAILED: Final = 3
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

_MODEL_STEPS: Final = 3
_WIDEST: Final = 100
_NARROWEST: Final = 40


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command line `argv`; every error ends as one line on standard error."""
    arguments = _parser().parse_args(argv)
    _configure(sys.stdout, errors="replace")
    _configure(sys.stderr, errors="backslashreplace")
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except TiaowenError as error:
        return _said(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _said("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone, as in `tiaowen clauses | head`. The interpreter flushes once more when it ends;
        # that must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        where = f": {error.filename!r}" if error.filename is not None else ""
        return _said(f"{error.strerror or error}{where}", USAGE)
    except Exception as error:
        return _said(f"an error of its own, {type(error).__name__}: {error}; please report the command", INTERNAL)
    return code


def build(arguments: argparse.Namespace) -> int:
    """Reads the files, builds the index, and says what is in it; 3 if some file could not be read."""
    from assistant.building import build as build_index

    settings = settings_of(arguments)
    for path in arguments.paths:
        if not path.exists():
            raise SourceError(f"no file or folder at {str(path)!r}; check the path")
    with Progress(sys.stderr) as progress:
        _prepare_model(settings, progress)
        report = build_index(settings, arguments.paths, progress=progress)
    print(
        f"documents: {report.documents}, clauses: {report.clauses}, seconds: {report.seconds['total']:.1f}, "
        f"home: {str(settings.home)!r}"
    )
    for name, warning in report.warnings:
        print(f"tiaowen: note on {name}: {' '.join(warning.split())}", file=sys.stderr)
    for failure in report.failures:
        reason = " ".join(failure.reason.split())
        named = reason if failure.source_file in reason else f"{failure.source_file}: {reason}"
        print(f"tiaowen: {named}", file=sys.stderr)
    if not report.failures:
        return 0
    return _said(f"{len(report.failures)} of the files could not be read; the others are in the index", SOME_FAILED)


def add(arguments: argparse.Namespace) -> int:
    """Puts files beside those of the index; 3 if some file could not be read."""
    from assistant.building import add as add_documents

    settings = settings_of(arguments)
    for path in arguments.paths:
        if not path.exists():
            raise SourceError(f"no file or folder at {str(path)!r}; check the path")
    with Progress(sys.stderr) as progress:
        _prepare_model(settings, progress)
        done = add_documents(settings, arguments.paths, replacing=arguments.replace, progress=progress)
    for document in done.added:
        print(f"{'replaced' if document.document_id in done.replaced else 'added'} {document.document_id}")
    for document_id in done.unchanged:
        print(f"unchanged {document_id}")
    for failure in done.failures:
        print(f"tiaowen: {' '.join(failure.reason.split())}", file=sys.stderr)
    if not done.failures:
        return 0
    return _said(f"{len(done.failures)} of the files could not be read; the others are in the index", SOME_FAILED)


def _prepare_model(settings: Settings, progress: Callable[[str, int, int], None]) -> None:
    """Prepares the bundled model where it is wanted and missing, with its own stage of the progress shown."""
    from indexing.embedding import BUNDLED, bundled_folder, prepare_bundled

    if settings.encoder not in (None, BUNDLED):
        return
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        progress("model", done, _MODEL_STEPS)

    if not bundled_folder(settings.models).exists():
        progress("model", 0, _MODEL_STEPS)
    prepare_bundled(settings.models, step)


def ask(arguments: argparse.Namespace) -> int:
    """Prints the answer to a question, or to each question of a batch file."""
    if arguments.batch is not None:
        if arguments.question:
            raise QuestionError("a question and --batch were both given; give one of them")
        return _ask_batch(arguments)
    from assistant.question import check

    question = check(_text(" ".join(arguments.question)))
    with opened(arguments) as assistant:
        answer = assistant.ask(question, (), arguments.mode).to_json()
    if arguments.json:
        emit(answer)
        return 0
    print_lines(answer_lines(answer, _width()))
    return 0


def _ask_batch(arguments: argparse.Namespace) -> int:
    from api.batch import read_batch

    questions = read_batch(arguments.batch)
    with opened(arguments) as assistant:
        for asked in questions:
            try:
                answer = assistant.ask(asked.question, asked.history, arguments.mode)
            except QuestionError as error:
                raise QuestionError(f"{str(arguments.batch)!r} id {asked.id!r}: {error}") from error
            emit({"id": asked.id, **answer.to_json()})
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Prints what the corpus says to each statement of a text; 1 if it does not support every one."""
    text = _read_text(arguments.file)
    with opened(arguments) as assistant:
        found = assistant.verify(text, arguments.clause or None)
    if arguments.json:
        emit(found.to_json())
    else:
        print_lines(verification_lines(found.to_json(), _width()))
    return 0 if found.supported else NOT_SUPPORTED


def _read_text(name: str) -> str:
    """The text of the file `name`, `-` for standard input; QuestionError where it cannot be read as UTF-8."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise QuestionError(f"{name!r} cannot be read: {error.strerror}; name a text file, or - for standard input") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError(f"{name!r} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again") from None


def search(arguments: argparse.Namespace) -> int:
    """Prints the clauses nearest to a query, best first."""
    from assistant.retrieval import hit_json

    query = _text(" ".join(arguments.query))
    with opened(arguments) as assistant:
        hits = assistant.search(query, arguments.k)
    for rank, hit in enumerate(hits, 1):
        clause = hit.clause
        if arguments.json:
            emit(hit_json(hit, rank))
        else:
            print(f"{rank:>2}. {hit.score:.3f}  {clause.clause_id}  {clause.heading or ''}".rstrip())
            print(f"    {shortened(' '.join(clause.text.split()), SNIPPET_LIMIT)}")
    return 0


def clauses(arguments: argparse.Namespace) -> int:
    """Prints the clauses of all documents, or of one, in the order of the text."""
    with catalog_of(arguments) as catalog:
        if arguments.check:
            return _check(catalog.leaks(arguments.document))
        for clause in catalog.clauses(arguments.document):
            if arguments.json:
                emit(clause)
            else:
                print(f"{clause['clause_id']}  {clause['heading'] or ''}".rstrip())
                print(f"    {shortened(' '.join(clause['text'].split()), SNIPPET_LIMIT)}")
    return 0


def _check(leaks: dict[str, list[Leak]]) -> int:
    """Says for each document whether every code point stands in exactly one place; 1 if one does not."""
    for document_id, found in leaks.items():
        print(f"{document_id}: {'lossless' if not found else f'{len(found)} stretches lost or doubled'}")
        for leak in found:
            what = "lost" if leak.places == 0 else f"in {leak.places} places"
            print(f"    [{leak.span.start}, {leak.span.end}) {what}: {leak.text.strip()[:60]!r}")
    return INTERNAL if any(leaks.values()) else 0


def documents(arguments: argparse.Namespace) -> int:
    """Prints one line for each document in the index."""
    with catalog_of(arguments) as catalog:
        records = [summary.to_json() for summary in catalog.documents()]
    if arguments.json:
        for record in records:
            emit(record)
        return 0
    rows = [(r["document_id"], r["issued"] or "-", str(r["clauses"]), r["title"]) for r in records]
    print_lines(table_lines([("ID", "日期", "条款", "标题"), *rows]))
    for record in records:
        for warning in record["warnings"]:
            print(f"tiaowen: {record['document_id']}: {warning}", file=sys.stderr)
    return 0


def source(arguments: argparse.Namespace) -> int:
    """Writes the source text of a document, character for character, so that offsets can be counted in it."""
    with catalog_of(arguments) as catalog:
        text = catalog.source(arguments.document)
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Takes a document out of the index."""
    from assistant.building import remove as remove_document

    remove_document(settings_of(arguments), arguments.document)
    print(f"removed {arguments.document}")
    return 0


def serve(arguments: argparse.Namespace) -> int:
    """Answers over HTTP until it is stopped."""
    from api.app import create_app, run
    from api.door import is_local, listen
    from api.service import Service
    from assistant.catalog import Catalog

    settings = settings_of(arguments)
    service = Service.from_environment(local=is_local(arguments.host))
    Catalog.over(settings).close()  # without an index there is nothing to serve, which is better said at once
    with listen(arguments.host, arguments.port) as door:
        host, port = door.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"tiaowen: serving http://{shown}:{port} (the page at /, POST /v1/ask, GET /openapi.json)", file=sys.stderr)
        run(create_app(settings, service=service), door)
    return 0


def chat(arguments: argparse.Namespace) -> int:
    """Talks with a person in the terminal, or answers the lines of a pipe one after another."""
    from api.chat import talk

    with opened(arguments) as assistant:
        return talk(assistant, _width)


def mcp(arguments: argparse.Namespace) -> int:
    """Serves the tools for agents on standard input and output until the input ends."""
    from assistant.version import installed_version

    with opened(arguments) as assistant:
        # After the index: where there is none, one line must say so at once.
        from api.mcp_server import serve as serve_tools

        serve_tools(assistant, installed_version())
    return 0


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all others."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"tiaowen: {message}; see '{self.prog} --help'\n")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from assistant.version import installed_version

        print(f"tiaowen {installed_version()}")
        parser.exit(0)


def _parser() -> argparse.ArgumentParser:
    home: dict[str, Any] = {"type": Path, "metavar": "DIR", "help": "数据文件夹 / the data folder (also TIAOWEN_HOME)"}
    parser = _Parser(
        prog="tiaowen",
        description="条文：政策问答，句句有出处 / answers from policy documents, each with its exact clause",
        epilog="exit codes: 0 done, 1 internal error or a check that failed, 2 the message says what to mend, "
        "3 built but some files could not be read, 130 interrupted",
    )
    parser.add_argument("--home", default=None, **home)
    parser.add_argument("--version", action=_Version, nargs=0, help="版本 / print the version")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        # Suppressed, so that a --home before the command is not overwritten by the absence of one after it.
        added.add_argument("--home", default=argparse.SUPPRESS, **home)
        added.set_defaults(run=run)
        return added

    json_option: dict[str, Any] = {"action": "store_true", "help": "JSON，一行一条 / JSON, one record a line"}

    built = command("build", build, "建索引 / build the index; without PATH over the bundled documents")
    built.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="文件或文件夹 / files or folders")

    added = command("add", add, "加文件 / put files beside those of the index")
    added.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="文件或文件夹 / files or folders")
    added.add_argument("--replace", action="store_true", help="同文号的换成新的 / a document of the same number is replaced")

    asked = command("ask", ask, "提问 / answer a question with its citations")
    asked.add_argument("question", nargs="*", metavar="QUESTION", help="问题 / words are joined by spaces")
    asked.add_argument("--batch", type=Path, metavar="IN.jsonl", help="逐行回答 / lines {id, question, history?}")
    asked.add_argument("--json", **json_option)
    asked.add_argument(
        "--mode", choices=["off", "polish", "compose"],
        help="语言模型做什么 / what a language model may do: nothing, say the answer again, write from clauses; default TIAOWEN_LLM_MODE",
    )  # fmt: skip

    command("chat", chat, "对话 / talk: questions that lean on those before, /help for the commands")

    verified = command("verify", verify, "核对 / hold each statement of a text against the clauses; exit 1 if one is not supported")
    verified.add_argument("file", metavar="FILE", help="文本文件，- 是标准输入 / a text file, - for standard input")
    verified.add_argument(
        "--clause", action="append", metavar="ID", help="只对这一条 / hold it against this clause; again for more: [1] in the text is the first"
    )
    verified.add_argument("--json", **json_option)

    searched = command("search", search, "检索 / the clauses nearest to a query")
    searched.add_argument("query", nargs="+", metavar="QUERY")
    searched.add_argument("-k", type=count, default=10, metavar="N", help=f"1-{MOST_HITS}, default 10")
    searched.add_argument("--json", **json_option)

    listed = command("clauses", clauses, "列出条款 / list the clauses")
    listed.add_argument("--document", metavar="ID", help="只列这一份 / of one document only")
    listed.add_argument("--json", **json_option)
    listed.add_argument("--check", action="store_true", help="逐字核对无遗漏 / prove that no code point is lost or doubled")

    command("documents", documents, "列出文件 / list the documents").add_argument("--json", **json_option)
    command("source", source, "原文 / print the source text that offsets count in").add_argument("document", metavar="ID")
    command("remove", remove, "移出索引 / take a document out of the index").add_argument("document", metavar="ID")

    served = command("serve", serve, "HTTP 服务 / answer over HTTP")
    served.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1")
    served.add_argument("--port", type=port, default=8000, help="default 8000; 0 takes a free one")

    command("mcp", mcp, "给智能体的工具 / tools for agents: the Model Context Protocol on standard input and output")

    add_evaluation(commands, command, json_option)

    add_measuring(command, json_option)
    return parser


def _text(argument: str) -> str:
    """The argument, if its bytes were text in the terminal's encoding."""
    if any("\ud800" <= character <= "\udfff" for character in argument):
        raise QuestionError("the question is not valid text in the terminal's encoding; use UTF-8")
    return argument


def _width() -> int:
    from shutil import get_terminal_size

    return max(_NARROWEST, min(_WIDEST, get_terminal_size((_WIDEST, 24)).columns))


def _said(message: str, code: int) -> int:
    """Prints `message` as one line on standard error and returns `code`."""
    sys.stdout.flush()
    print(f"tiaowen: {' '.join(message.split())}", file=sys.stderr)
    return code


def _configure(stream: Any, *, errors: str) -> None:
    """Lets no character of a document be one that the terminal's encoding makes fatal."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=errors)


if __name__ == "__main__":
    sys.exit(main())
