"""The documents of a corpus, found by place, number and title without looking at each of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from corpus.document import Document, Place
from corpus.normalize import normal
from corpus.origin import of_the_state
from corpus.places import Gazetteer
from indexing.store import bracketed, document_numbers

_LEAST = 8  # characters of a title's end that name it; 5 of a law, whose names are short
_LAST = "\U0010ffff"


class Documents:
    """What a snapshot's documents are, by id in corpus order, and where to find them."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self.by_id = documents
        self._at: dict[tuple[str, ...], list[str]] = {}
        self._within: dict[tuple[str, ...], list[str]] = {}
        self._numbered: dict[str, list[tuple[str, str]]] = {}
        titles: dict[str, list[str]] = {}
        for document_id, document in documents.items():
            path = document.place.path if document.place is not None else ()
            self._at.setdefault(path, []).append(document_id)
            for length in range(1, len(path)):
                self._within.setdefault(path[:length], []).append(document_id)
            number = bracketed(document.document_number or "")
            # A number without a year in brackets (令第179号) is looked for as it stands.
            for key in document_numbers(number) or ([""] if number else []):
                self._numbered.setdefault(key, []).append((number, document_id))
            titles.setdefault(re.sub(r"\s+", "", normal(document.title)), []).append(document_id)
        self._titles = titles
        spoken = sorted((_spoken(title)[::-1], title) for title in titles)
        self._ends = [end for end, _ in spoken]  # titles from their last character on, in order
        self._title_of_end = [title for _, title in spoken]

    @cached_property
    def placeless(self) -> list[str]:
        """The documents without a place: national ones, and those whose place is not known."""
        return self._at.get((), [])

    @cached_property
    def national(self) -> list[str]:
        """The documents that hold everywhere: issued by an organ of the state, and of no place."""
        return [i for i in self.placeless if _of_the_state(self.by_id[i])]

    def places(self) -> list[Place]:
        """The places that have a document, each once."""
        return list(dict.fromkeys(d.place for d in self.by_id.values() if d.place is not None))

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The names by which questions mean places, these documents' own first."""
        return Gazetteer(self.places())

    def of(self, place: Place) -> list[str]:
        """The documents of this very place."""
        return self._at.get(place.path, [])

    def inside(self, place: Place) -> list[str]:
        """The documents of places below this one."""
        return self._within.get(place.path, [])

    def holding(self, place: Place) -> list[str]:
        """The documents of places above this one, the nearest place last."""
        return [i for length in range(1, len(place.path)) for i in self._at.get(place.path[:length], ())]

    def matching(self, places: Sequence[Place]) -> list[str]:
        """The documents of the places asked for: the place itself, or, where it has none, places inside it, or else
        those above."""
        found: list[str] = []
        for place in places:
            found.extend(self.of(place) or self.inside(place) or self.holding(place))
        return list(dict.fromkeys(found))

    def numbered(self, number: str) -> list[str]:
        """The documents whose number stands in `number`."""
        wanted = bracketed(number)
        keys = [*document_numbers(wanted), ""]
        return [i for key in keys for held, i in self._numbered.get(key, ()) if held in wanted]

    def titled(self, quoted: Iterable[str]) -> list[str]:
        """The documents whose title is in one of `quoted` (《…》), or has it in itself."""
        found: list[str] = []
        for words in quoted:
            bare = re.sub(r"\s+", "", words)
            if len(bare) >= 4:
                found.extend(i for title, ids in self._titles.items() if bare in title or title in bare for i in ids)
        return found

    def spelled(self, text: str) -> list[str]:
        """The documents whose title a text spells out, whole or its own end (人口与计划生育法): those of the longest
        such end."""
        bare = re.sub(r"[\s“”]", "", text)
        longest = 0
        found: list[str] = []
        for end in range(5, len(bare) + 1):
            behind = bare[:end][::-1]
            at = bisect_left(self._ends, behind)
            # The keys next to where the text would stand share most with it.
            shared = max((_shared(behind, self._ends[i]) for i in (at - 1, at) if 0 <= i < len(self._ends)), default=0)
            least = 5 if behind.startswith(("法", "例条")) else _LEAST
            if shared < max(least, longest):
                continue
            first, last = bisect_left(self._ends, behind[:shared]), bisect_left(self._ends, behind[:shared] + _LAST)
            ids = [i for title in self._title_of_end[first:last] for i in self._titles[title]]
            found = ids if shared > longest else [*found, *ids]
            longest = shared
        named = set(found)
        return [i for i in self.by_id if i in named] if named else []


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _of_the_state(document: Document) -> bool:
    names = (normal(name) for name in (*document.issuers, document.title))
    return of_the_state(names, normal(document.document_number) if document.document_number else None)


def _spoken(title: str) -> str:
    """A title as a question spells it: without what stands in parentheses."""
    return re.sub(r"\([^()]*\)|[\s“”]", "", title)
