"""A question in the words in which it is understood, and what the asker is told of that.

What was typed by its sound is put right, short forms of titles are written out, and English is put into Chinese; every other question stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.abbreviations import Abbreviations
from assistant.answer import Status
from assistant.conversation import MAX_HISTORY
from assistant.english import English, Rendered
from assistant.settings import MAX_QUESTION
from assistant.spelling import Change, Spelled, Spelling


@dataclass(frozen=True, slots=True)
class Worded:
    """A question and those before it as they are understood."""

    text: str
    history: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    english: Rendered | None = None

    def notes(self, status: Status) -> list[str]:
        """How the question was read, a line each; none where it was read as typed."""
        told = "，".join(f"按“{change.read}”理解“{change.typed}”" for change in self.changes)
        return ([f"{told}。"] if told else []) + ([self.english.note(status)] if self.english else [])


class Wording:
    """Reads the questions put to one corpus."""

    def __init__(self, spelling: Spelling, english: English, abbreviations: Abbreviations | None = None) -> None:
        self._spelling = spelling
        self._english = english
        self._abbreviations = abbreviations

    def read(self, text: str, history: Sequence[str] = ()) -> Worded:
        """The question in `text` and the earlier ones of `history`, as they are understood."""
        earlier: list[str] = []
        for question in history[-MAX_HISTORY:]:
            question = question[:MAX_QUESTION]
            rendered = self._english.render(question, after=bool(earlier))
            earlier.append(rendered.text if rendered else self._put_right(question).text)
        rendered = self._english.render(text, after=bool(earlier))
        if rendered is not None:
            return Worded(rendered.text, tuple(earlier), english=rendered)
        spelled = self._put_right(text)
        return Worded(spelled.text, tuple(earlier), spelled.changes)

    def _put_right(self, text: str) -> Spelled:
        """What was typed by its sound, then what was shortened, in the words of the corpus."""
        spelled = self._spelling.read(text)
        if self._abbreviations is None:
            return spelled
        written = self._abbreviations.read(spelled.text)
        return Spelled(written.text, (*spelled.changes, *written.changes))
