"""What the command line prints: answers, hits and lists as plain text for a person, records as JSON for a program.

Widths are terminal columns: a Chinese character takes two. Text is only ever shortened in the middle, and the
gap is marked …, so that both ends of a quotation can be found in the source.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self, TextIO

QUOTE_LIMIT: Final = 300
"""Characters of a quotation shown in full; a longer one loses its middle."""
SNIPPET_LIMIT: Final = 120
INDENT: Final = "    "
_WIDE: Final = frozenset("WF")
_HANGING: Final = frozenset("，。、；：？！）】》」』”’,.;:?!)]}%％…")


def columns(text: str) -> int:
    """The terminal columns that `text` takes; `columns("第1条")` is 5."""
    return sum(_columns_of(character) for character in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of `text` within `width` columns; whitespace runs become one space.

    A word of Latin letters or digits stays whole where it fits a line, so that `3000元` is not torn apart, and
    closing punctuation may stand one character beyond the width, because it must not open a line (避头尾).
    """
    line, filled = "", 0
    for piece in _pieces(" ".join(text.split())):
        size = columns(piece)
        if filled and filled + size > width and piece not in _HANGING:
            yield line.rstrip()
            line, filled = "", 0
            if piece == " ":
                continue
        line, filled = line + piece, filled + size
    if line.strip():
        yield line.rstrip()


def shortened(text: str, limit: int = QUOTE_LIMIT) -> str:
    """`text` if it has at most `limit` characters, else its two ends around ` … `."""
    if len(text) <= limit:
        return text
    kept = limit - 3
    head = kept * 2 // 3
    return f"{text[:head].rstrip()} … {text[len(text) - (kept - head) :].lstrip()}"


def reference(citation: Mapping[str, Any]) -> str:
    """Where the words stand, in one line: title, document number, clause label and heading.

    For example `…行动实施方案（渝北府办发〔2024〕6号）二（三）11 实施开园激励性奖补政策`.
    """
    number = f"（{citation['document_number']}）" if citation["document_number"] else " "
    label, heading = citation["clause_label"], citation["heading"]
    named = f" {heading}" if heading and heading not in label else ""
    return f"{citation['document_title']}{number}{label}{named}"


def answer_lines(answer: Mapping[str, Any], width: int) -> Iterator[str]:
    """The answer of the JSON contract for a person: what is said, then each citation with its words and place.

    Each statement ends with the numbers of its citations, counted from one; the nearest clauses, which support
    nothing, are marked `[~]`, and questions that may follow are marked `→`.
    """
    for paragraph in marked(answer).split("\n"):
        yield from wrapped(paragraph, width)
    if answer["clarification"] and answer["clarification"] not in answer["answer"]:
        yield from wrapped(answer["clarification"], width)
    if answer.get("model"):
        yield from wrapped(model_line(answer["mode"], answer["model"]), width)
    for number, citation in enumerate(answer["citations"], 1):
        yield ""
        yield from _citation_lines(f"[{number}]", citation, width)
    for citation in answer["nearest"]:
        yield ""
        yield from _citation_lines("[~]", citation, width)
    if answer["follow_ups"]:
        yield ""
        yield from (f"→ {question}" for question in answer["follow_ups"])


def model_line(mode: str, model: Mapping[str, Any]) -> str:
    """What a language model did for a reply, in one line, for example `（模型 m：采用 2 句，退回 1 句）`."""
    if mode != "off":
        cut = "" if model["outcome"] == "used" else f"，{model['outcome']}"
        return f"（模型 {model['name']}：采用 {model['kept']} 句，退回 {model['rejected']} 句{cut}）"
    why = f"{model['outcome']} {model['detail']}" if model["detail"] else model["outcome"]
    return f"（模型 {model['name']} 未采用：{why}；以上是规则的回答）"


def verification_lines(verification: Mapping[str, Any], width: int) -> Iterator[str]:
    """What was found about a text, for a person: each statement with its verdict (✓ supported, ✗ contradicted,
    ? unsupported), under it what does not stand in the clause, then the clauses."""
    marks = {"supported": "✓", "contradicted": "✗", "unsupported": "?"}
    for statement in verification["statements"]:
        cited = marks_of(statement)
        lines = wrapped(f"{' '.join(statement['text'].split())}{cited}", width - len(INDENT))
        for number, line in enumerate(lines):
            yield (INDENT if number else marks[statement["verdict"]].ljust(len(INDENT))) + line
        for atom in statement["atoms"]:
            if atom["verdict"] == "supported":
                continue
            held = f" → {atom['evidence']['quote']}" if atom["evidence"] else ""
            yield from _indented(f"{marks[atom['verdict']]} {atom['kind']}: {shortened(atom['text'], SNIPPET_LIMIT)}{shortened(held)}", width)
    for number, citation in enumerate(verification["citations"], 1):
        yield ""
        yield from _citation_lines(f"[{number}]", citation, width)


def print_lines(lines: Iterable[str]) -> None:
    """Prints each line, in the terminal's encoding."""
    for line in lines:
        print(line)


def emit(record: object) -> None:
    """Writes `record` as one JSON line in UTF-8, whatever the terminal's encoding is."""
    sys.stdout.buffer.write(json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows as aligned columns; the last column is not padded."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


class Progress:
    """Shows how far a build (or whatever `what` says) is: a bar for each stage on a terminal, else one line a stage.

    An instance is the `progress` callback of a build; used as a context manager it closes the open bar.
    """

    def __init__(self, stream: TextIO, bar: Callable[[str, int], _Bar] | None = None, *, what: str = "build") -> None:
        self._stream = stream
        self._what = what
        self._bar = bar or (_terminal_bar(stream) if stream.isatty() else None)
        self._stage: str | None = None
        self._open: _Bar | None = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Shows that `done` of the `total` steps of `stage` are done."""
        if stage != self._stage:
            self._close()
            self._stage, self._done = stage, 0
            if self._bar:
                self._open = self._bar(stage, total)
            else:
                print(f"{self._what}: {stage} ({total})", file=self._stream, flush=True)
        if self._open:
            self._open.update(done - self._done)
        self._done = done

    def _close(self) -> None:
        if self._open:
            self._open.close()
        self._open = None


class _Bar(Protocol):
    def update(self, n: float = ..., /) -> object: ...
    def close(self) -> object: ...


def _terminal_bar(stream: TextIO) -> Callable[[str, int], _Bar]:
    """A maker of bars on `stream`; the library is loaded only when a build runs on a terminal."""
    from tqdm import tqdm

    def bar(stage: str, total: int) -> _Bar:
        shape = "{desc:<12} {percentage:3.0f}% {bar} {n_fmt}/{total_fmt} {elapsed}"
        made: _Bar = tqdm(total=total, desc=stage, file=stream, bar_format=shape, dynamic_ncols=True)
        return made

    return bar


def marks_of(statement: Mapping[str, Any]) -> str:
    """The numbers of a statement's citations, counted from one: `[1][2]`."""
    return "".join(f"[{index + 1}]" for index in statement["citations"])


def marked(answer: Mapping[str, Any]) -> str:
    """The answer's text with `[1][2]` behind each statement that stands in it."""
    text: str = answer["answer"]
    marked, done = "", 0
    for statement in answer["statements"]:
        start = text.find(statement["text"], done)
        if start < 0:
            continue
        end = start + len(statement["text"])
        marked += text[done:end] + marks_of(statement)
        done = end
    return marked + text[done:]


def _citation_lines(mark: str, citation: Mapping[str, Any], width: int) -> Iterator[str]:
    """One citation: a marked reference, the quoted words, and the file with the code points they stand at."""
    lead = mark.ljust(len(INDENT))
    for number, line in enumerate(wrapped(reference(citation), width - len(INDENT))):
        yield (INDENT if number else lead) + line
    yield from _indented(f"“{shortened(' '.join(citation['quote'].split()))}”", width)
    yield f"{INDENT}{citation['source_file']} [{citation['start']}, {citation['end']})"


def _indented(text: str, width: int) -> Iterable[str]:
    return (INDENT + line for line in wrapped(text, width - len(INDENT)))


def _pieces(text: str) -> Iterator[str]:
    """`text` cut where a line may break: Latin words and numbers whole, every other character alone."""
    word = ""
    for character in text:
        if character.isascii() and (character.isalnum() or character in ".-_/"):
            word += character
            continue
        if word:
            yield word
            word = ""
        yield character
    if word:
        yield word


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
