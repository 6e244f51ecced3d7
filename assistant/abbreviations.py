"""Short forms in a question, read as the titles write them: 老农津贴 where a document is called 老年农民福利津贴…条例.

Official language shortens two words to their first characters (老年农民: 老农). A short form is read so only where it is a
word of its own, the corpus does not use it, and the titles hold exactly one pair of words that it can stand for.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from assistant.spelling import Change, Spelled
from corpus.normalize import in_script, normal, normalize, script_of

if TYPE_CHECKING:
    from assistant.documents import Documents
    from indexing.lexical import LexicalIndex

RARE: Final = 0.65
"""How rare in general Chinese (`WordCutter.rarity`) a short form is at least: 学生 is no short form of 学前生活."""
LONGEST: Final = 400  # characters; a longer text is pasted, not typed
_RUN: Final = re.compile(r"[\u4e00-\u9fff]{2,64}")


class Abbreviations:
    """The short forms that the titles of one corpus explain."""

    def __init__(self, lexical: LexicalIndex, documents: Documents) -> None:
        self._lexical = lexical
        self._documents = documents

    @cached_property
    def _titles(self) -> str:
        """All titles, a line each; folded when the first word is looked for."""
        return "\n".join(dict.fromkeys(normal(document.title) for document in self._documents.by_id.values()))

    def read(self, text: str) -> Spelled:
        """`text` with its short forms written out, and what was changed."""
        if len(text) > LONGEST:
            return Spelled(text)
        folded = normalize(text)
        script = script_of(text)
        pieces: list[str] = []
        changes: list[Change] = []
        last = 0
        for run in _RUN.finditer(folded.text):
            at = run.start()
            for word in self._lexical.cutter.cut(run.group()):
                full = self._full(word)
                if full is not None:
                    span = folded.span(at, at + len(word))
                    pieces += [text[last : span.start], in_script(full, script)]
                    changes.append(Change(span.of(text), in_script(full, script)))
                    last = span.end
                at += len(word)
        return Spelled("".join(pieces) + text[last:], tuple(dict.fromkeys(changes))) if changes else Spelled(text)

    def _full(self, word: str) -> str | None:
        """The two words of a title that `word` shortens; None where it is in use, or stands for none or for several."""
        if len(word) != 2 or self._lexical.bigrams.holders(word) or self._lexical.cutter.rarity(word) < RARE:
            return None
        shape = rf"{re.escape(word[0])}[\u4e00-\u9fff]{re.escape(word[1])}[\u4e00-\u9fff]"
        found = {full for full in re.findall(f"(?=({shape}))", self._titles) if list(map(len, self._lexical.cutter.cut(full))) == [2, 2]}
        return found.pop() if len(found) == 1 else None
