"""Where a pattern stands in a text, found once.

What a number asks about the words before it would otherwise be searched anew for each number, and a paragraph of a
whole annex would be read as often as it holds numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right


class Occurrences:
    """The places of a pattern in `[start, end)` of a text, in order, as `[start, end)` of the text."""

    def __init__(self, pattern: re.Pattern[str], text: str, start: int = 0, end: int | None = None) -> None:
        self.spans = [found.span() for found in pattern.finditer(text, start, len(text) if end is None else end)]
        self._starts = [a for a, _ in self.spans]
        self._ends = [b for _, b in self.spans]

    def first_from(self, at: int) -> tuple[int, int] | None:
        """The first place that begins at `at` or behind it."""
        number = bisect_left(self._starts, at)
        return self.spans[number] if number < len(self.spans) else None

    def last_to(self, at: int) -> tuple[int, int] | None:
        """The last place that ends at `at` or before it."""
        number = bisect_right(self._ends, at)
        return self.spans[number - 1] if number else None

    def within(self, start: int, end: int) -> list[tuple[int, int]]:
        """The places that lie in `[start, end)` whole."""
        return self.spans[bisect_left(self._starts, start) : bisect_right(self._ends, end)]
