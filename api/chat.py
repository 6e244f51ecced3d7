"""A conversation in the terminal: questions with what was said before, commands behind a slash, citations on demand.

Without a terminal (piped input) there is no prompt and no colour: one answer after another on standard output, messages
on standard error. Nothing is written to disk; the history of the input line lasts as long as the conversation.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from api.rendering import (
    INDENT,
    columns,
    marked,
    marks_of,
    model_line,
    reference,
    shortened,
    table_lines,
    wrapped,
)
from assistant.question import understand
from corpus.errors import QuestionError, TiaowenError
from corpus.normalize import normal
from corpus.places import Gazetteer, mentions, resolve

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.catalog import Neighbourhood
    from corpus.document import Clause, Place

SCRIPTS: Final = {"hans": "简体 / Simplified", "hant": "繁體 / Traditional", "auto": "随提问 / as the question"}
COMMANDS: Final = (
    ("/source N", "第 N 条依据的全文和前后条；~N 是最接近的第 N 条；也可写条款 ID / the clause behind [N] in full, or of an id"),
    ("/place 渝北区", "没说哪里的问题就问那里；不写地名则取消 / the place of questions that name none; alone: drop it"),
    ("/script hans|hant|auto", "回答用简体、繁体，或随提问 / the script of the answers"),
    ("/documents", "有哪些文件 / the documents"),
    ("/new", "忘掉之前的问题 / forget the questions before"),
    ("/help", "这些命令 / these commands"),
    ("/quit", "结束；输入结束也是 / leave; so does the end of input"),
)
_BEGINNING: Final = 24  # characters of a neighbouring clause without a heading
_BYE: Final = "再见 / bye"


class Chat:
    """One conversation with an assistant; `width` gives the columns of the terminal."""

    def __init__(self, assistant: Assistant, width: Callable[[], int]) -> None:
        self._assistant = assistant
        self._width = width
        self._history: list[str] = []
        self._cited: list[str] = []  # clause ids of the last answer
        self._nearest: list[str] = []
        self._script = "auto"
        self._place: Place | None = None
        places = dict.fromkeys(s.document.place for s in assistant.documents() if s.document.place)
        self._gazetteer = Gazetteer(places)
        self.over = False

    @property
    def prompt(self) -> str:
        """What stands before the input: the place that holds, if there is one."""
        return f"{self._place.name}> " if self._place else "> "

    def reply(self, line: str) -> Iterator[str]:
        """The lines to print for one line of input, as they come. Raises a TiaowenError where it cannot be answered; the
        conversation can go on after it."""
        text = line.strip()
        if text:
            yield from self._command(text) if text[0] in "/／" else self._answer(text)

    # ---- questions -------------------------------------------------------------------------------------------

    def _answer(self, question: str) -> Iterator[str]:
        asked = self._placed(question)
        script = None if self._script == "auto" else self._script
        if self._assistant.mode == "off":
            answer = self._assistant.ask(asked, self._history, script=script).to_json()
            told: tuple[str, ...] = ()
        else:
            answer, told = yield from self._as_it_comes(asked, script)
        self._history.append(asked)
        self._cited = [one["clause_id"] for one in answer["citations"]]
        self._nearest = [one["clause_id"] for one in answer["nearest"]]
        yield from self._answer_lines(answer, told)

    def _as_it_comes(self, asked: str, script: str | None) -> Generator[str, None, tuple[dict[str, Any], tuple[str, ...]]]:
        """The statements as a model says them and they are verified; then the answer, and what of it was told."""
        answer: dict[str, Any] = {}
        told: list[str] = []
        for name, payload in self._assistant.stream(asked, self._history, script=script):
            if name == "done":
                answer = payload.to_json()
            elif name == "statement":
                told.append(payload["text"])
                yield from wrapped(f"{payload['text']}{marks_of(payload)}", self._width())
        return answer, tuple(told)

    def _placed(self, question: str) -> str:
        """The question with the place that holds, where it names neither a place nor a document."""
        if self._place is None:
            return question
        named = understand(question, self._gazetteer)
        if named.places or named.document_number or named.titles:
            return question
        return f"{''.join(self._place.path)}{question}"

    def _answer_lines(self, answer: Mapping[str, Any], told: tuple[str, ...]) -> Iterator[str]:
        """The statements with their marks, those `told` already left out, then one line for each citation; the words
        behind it are for `/source`."""
        width = self._width()
        for paragraph in marked(answer).split("\n"):
            if not told or not paragraph.startswith(told):
                yield from wrapped(paragraph, width)
        if answer["model"]:
            yield from wrapped(model_line(answer["mode"], answer["model"]), width)
        if answer["clarification"] and answer["clarification"] not in answer["answer"]:
            yield from wrapped(answer["clarification"], width)
        marks = [(f"[{number}]", one) for number, one in enumerate(answer["citations"], 1)]
        marks += [(f"[~{number}]", one) for number, one in enumerate(answer["nearest"], 1)]
        if marks:
            yield ""
        for mark, citation in marks:
            yield from _hanging(mark, reference(citation), width)
        if answer["follow_ups"]:
            yield ""
            yield from (f"→ {question}" for question in answer["follow_ups"])

    # ---- commands --------------------------------------------------------------------------------------------

    def _command(self, text: str) -> Iterable[str]:
        name, _, rest = text[1:].partition(" ")
        commands: dict[str, Callable[[str], Iterable[str]]] = {
            "source": self._source, "place": self._set_place, "script": self._set_script, "documents": self._documents,
            "new": self._new, "help": self._help, "quit": self._quit,
        }  # fmt: skip
        run = commands.get(name.lower())
        if run is None:
            raise QuestionError(f"there is no command {'/' + name!r}; /help lists the commands, a question needs no slash")
        return run(rest.strip())

    def _source(self, which: str) -> Iterator[str]:
        found = self._assistant.clause(self._clause_meant(which))
        return self._clause_lines(found)

    def _clause_meant(self, which: str) -> str:
        """The id of the clause that `N`, `~N` or an id names; QuestionError where the last answer has no such one."""
        if ":" in which:
            return which
        number = normal(which).strip("[] ").removeprefix("~").removeprefix("～")
        ids = self._nearest if "~" in normal(which) or not self._cited else self._cited
        if not ids:
            raise QuestionError("there is no citation yet; ask first, then /source 1 shows the clause behind [1]")
        if not number and len(ids) == 1:
            return ids[0]
        if not (number.isascii() and number.isdecimal() and 1 <= int(number) <= len(ids)):
            mark = "~" if ids is self._nearest else ""
            raise QuestionError(f"the last answer has no citation {which!r}; give a number from {mark}1 to {mark}{len(ids)}: /source {mark}1")
        return ids[int(number) - 1]

    def _clause_lines(self, found: Neighbourhood) -> Iterator[str]:
        width, citation = self._width(), found.citation.to_json()
        yield from wrapped(reference(citation), width)
        yield f"{INDENT}{citation['clause_id']}"
        yield ""
        for paragraph in citation["quote"].split("\n"):
            yield from (f"{INDENT}{line}" for line in wrapped(paragraph, width - len(INDENT)))
        yield ""
        yield f"{citation['source_file']} [{citation['start']}, {citation['end']})"
        for label, units in (("牵头单位", citation["lead_units"]), ("责任单位", citation["responsible_units"])):
            if units:
                yield from wrapped(f"{label}：{'、'.join(units)}", width)
        for label, clause_id in (("上一条", found.previous), ("下一条", found.next)):
            if clause_id is not None:
                yield from wrapped(f"{label}：{_briefly(self._assistant.clause(clause_id).citation.clause)}", width)
                yield f"{INDENT}{clause_id}"  # whole, to be copied

    def _set_place(self, text: str) -> Iterator[str]:
        if not text:
            self._place = None
            yield "不再限定地点 / no place holds now"
            return
        places = resolve(mentions(normal(text), self._gazetteer))
        if len(places) != 1:
            raise QuestionError(f"{text!r} is not one place that is known; name a province, city or county: /place 渝北区")
        self._place = places[0]
        known = any(place.holds(places[0]) or places[0].holds(place) for place in self._gazetteer.held)
        yield f"没说哪里的问题都问：{''.join(places[0].path)} / the place of questions that name none"
        if not known:
            yield "现有文件中没有那里的 / there are no documents of it"

    def _set_script(self, text: str) -> Iterator[str]:
        chosen = text.lower()
        if chosen not in SCRIPTS:
            raise QuestionError(f"{text!r} is no script; give one of hans, hant, auto: /script hant")
        self._script = chosen
        yield SCRIPTS[chosen]

    def _documents(self, _: str) -> Iterator[str]:
        records = [summary.to_json() for summary in self._assistant.documents()]
        return table_lines(
            [("ID", "日期", "条款", "标题"), *((r["document_id"], r["issued"] or "-", str(r["clauses"]), r["title"]) for r in records)]
        )

    def _new(self, _: str) -> Iterator[str]:
        self._history, self._cited, self._nearest = [], [], []
        yield "之前的问题都忘掉了 / the questions before are forgotten"

    def _help(self, _: str) -> Iterator[str]:
        filled = max(columns(command) for command, _ in COMMANDS)
        for command, what in COMMANDS:
            yield from _hanging(f"{command}{' ' * (filled - columns(command))}", what, self._width(), filled + 2)

    def _quit(self, _: str) -> Iterable[str]:
        self.over = True
        return ()


def talk(assistant: Assistant, width: Callable[[], int]) -> int:
    """Talks until the input ends or the person leaves; 0, whatever was asked."""
    chat = Chat(assistant, width)
    if not sys.stdin.isatty():
        _piped(chat)
    else:
        _spoken(chat)
    return 0


def _piped(chat: Chat) -> None:
    """One answer after another, an empty line between them."""
    said = False
    for raw in sys.stdin.buffer:
        lines: list[str] = []
        try:
            lines = list(chat.reply(_decoded(raw)))
        except TiaowenError as error:
            _complain(error)
        if lines:
            _print(["", *lines] if said else lines)
            said = True
        if chat.over:
            return


def _spoken(chat: Chat) -> None:
    """Prompt, answer, prompt; Ctrl-C ends an answer that is under way, and at the prompt the conversation."""
    # Its presence alone gives `input` a line that can be edited and gone back in. Nothing is kept.
    with suppress(ImportError):
        import readline  # noqa: F401
    styled = _dimmed if _colours() else iter
    _print(["问吧；/help 列出命令，/quit 结束 / ask; /help lists the commands, /quit leaves"])
    while not chat.over:
        try:
            line = _input(chat.prompt)
        except (EOFError, KeyboardInterrupt):
            print()
            break
        try:
            _print(styled(_closed(chat.reply(_whole(line)))))
        except TiaowenError as error:
            _complain(error)
        except KeyboardInterrupt:
            _print(["", "已打断 / interrupted"])
    _print([_BYE])


def _input(prompt: str) -> str:
    """A line of a person; the prompt goes to the terminal even where standard output does not."""
    if sys.stdout.isatty():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError(f"the line is not UTF-8 (byte {error.start}); send UTF-8") from None


def _whole(line: str) -> str:
    """The line, if its bytes were text in the terminal's encoding."""
    if any("\ud800" <= character <= "\udfff" for character in line):
        raise QuestionError("the question is not valid text in the terminal's encoding; use UTF-8")
    return line


def _closed(lines: Iterable[str]) -> Iterator[str]:
    """The lines with an empty one behind them, nothing for none."""
    line: str | None = None
    for line in lines:
        yield line
    if line is not None:
        yield ""


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


def _complain(error: TiaowenError) -> None:
    sys.stdout.flush()
    print(f"tiaowen: {' '.join(str(error).split())}", file=sys.stderr, flush=True)


def _colours() -> bool:
    """Whether the terminal can show faint text and nobody asked for none (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") not in ("", "dumb")


def _dimmed(lines: Iterable[str]) -> Iterator[str]:
    """The lines; what is beside the answer (citations, questions that may follow) is faint."""
    beside = False
    for line in lines:
        beside = beside or line.startswith(("[1]", "[~1]", "→"))
        yield f"\x1b[2m{line}\x1b[0m" if beside and line else line


def _hanging(mark: str, text: str, width: int, indent: int = len(INDENT)) -> Iterator[str]:
    """`text` behind `mark`, its further lines indented."""
    indent = max(indent, columns(mark) + 1)
    for number, line in enumerate(wrapped(text, max(width - indent, 8))):
        yield (" " * indent if number else mark + " " * (indent - columns(mark))) + line


def _briefly(clause: Clause) -> str:
    words = clause.heading or shortened(" ".join(clause.text.split()), _BEGINNING)
    return clause.label if words in clause.label else f"{clause.label} {words}"
