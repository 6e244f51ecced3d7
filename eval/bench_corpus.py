"""How fast files become clauses, on one core and without models: `tiaowen bench corpus`.

The text is that of the bundled documents, repeated to the size asked for. Processor seconds are counted, so
that other work on the machine does not; the peak of memory is that of Python's own allocations.
"""

from __future__ import annotations

import time
import tracemalloc
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

from corpus.load import bundled, parse
from corpus.reading import RawSource, read

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class CorpusSpeed:
    """What parsing costs: one megabyte of documents, one long document, and how memory grows."""

    bytes_parsed: int
    clauses: int
    seconds: float
    long_characters: int
    long_clauses: int
    long_seconds: float
    peak_bytes_few: int  # peak while 5 documents are parsed one after the other
    peak_bytes_many: int  # the same for 50: flat where nothing is kept

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The figures as a person reads them."""
        per_megabyte = self.seconds / self.bytes_parsed * MEGABYTE
        return [
            f"parsing           {per_megabyte:.2f} s a megabyte ({self.bytes_parsed:,} bytes, {self.clauses:,} clauses)",
            f"a long document   {self.long_seconds:.2f} s for {self.long_characters:,} characters, {self.long_clauses:,} clauses",
            f"peak memory       {self.peak_bytes_few / 2**20:.1f} MiB over 5 documents, {self.peak_bytes_many / 2**20:.1f} MiB over 50",
        ]


def measure() -> CorpusSpeed:
    """Parse and count; some seconds."""
    sources = [read(path) for path in sorted(bundled().glob("*.txt"))]
    for source in sources:
        parse(source)  # load the conversion tables once
    done = clauses = 0
    started = time.process_time()
    for source in cycle(sources):
        clauses += len(parse(source).clauses)
        done += len(source.text.encode())
        if done >= MEGABYTE:
            break
    seconds = time.process_time() - started
    long = RawSource("long.txt", long_document(), "")
    started = time.process_time()
    long_clauses = len(parse(long).clauses)
    long_seconds = time.process_time() - started
    return CorpusSpeed(
        done, clauses, seconds, len(long.text), long_clauses, long_seconds, _peak(sources, 5), _peak(sources, 50)
    )


def long_document() -> str:
    """A regulation of 3,000 articles, about 300 printed pages."""
    articles = (
        f"第{number}条 各级人民政府应当在{2020 + number % 8}年底前对符合条件的机构给予每人每月{number}元的补贴，"
        f"覆盖率达到{number % 100}%以上，并按照规定公开。（责任单位：市财政局、市卫生健康委）"
        for number in range(1, 3001)
    )
    return "某市托育服务条例\n" + "\n".join(articles) + "\n"


def _peak(sources: list[RawSource], count: int) -> int:
    tracemalloc.start()
    for number, source in enumerate(cycle(sources)):
        if number == count:
            break
        parse(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
