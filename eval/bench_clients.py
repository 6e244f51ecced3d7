"""Many clients of one service at once, in a process of their own: what they asked, how long each reply took.

`python -m eval.bench_clients` reads a `Task` as JSON from standard input and prints `begun`, `partway` once the
share `Task.partway` of the replies is there, and last an `Outcome` as JSON. The clients keep their connections and
read nothing of a reply but its length, so that they take little of the processor from the service.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PATIENCE: Final = 60.0  # seconds until a reply counts as lost
SAMPLES: Final = 200  # times that the memory of the service is looked at
_TIMINGS: Final = re.compile(rb'"timings_ms": ?\{[^{}]*\}')
"""The one part of a reply that may differ each time. Within the texts of a reply the quotation marks are escaped."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to ask of the service at `url`, `(question, history)` each, by how many clients at once. `pid` is the
    process of the service where its memory and its processor time can be read, else 0. With a `rate` so many requests a
    second fall due, and one that no client is free for waits: its milliseconds count from when it fell due. Without, a
    client asks its next question as soon as it has a reply."""

    url: str
    pid: int
    clients: int
    asked: Sequence[tuple[str, Sequence[str]]]
    partway: float = 0.5
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The service when `done` replies had been given: the memory and the processor time of all its processes."""

    done: int
    bytes: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: by question its milliseconds, its status (0 where the connection broke, or no reply came in
    time) and the digest of its reply without the timings (empty where the status is not 200)."""

    seconds: float
    milliseconds: list[float]
    statuses: list[int]
    digests: list[str]
    client_cpu_seconds: float
    samples: list[Sample]

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Outcome:
        """The outcome that a client process printed."""
        return cls(**{**said, "samples": [Sample(**one) for one in said["samples"]]})


def digest(body: bytes) -> str:
    """What tells two replies apart, whatever their timings: 16 hexadecimal digits."""
    return hashlib.sha256(_TIMINGS.sub(b"", body)).hexdigest()[:16]


def usage(pid: int) -> tuple[int, float]:
    """The bytes held in memory by a process and those it started, and the seconds of processor time they took; a
    page that several of them map counts for each. Zeros where the system does not say (it is Linux's /proc)."""
    held, ticks = 0, 0
    for one in _family(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text(encoding="utf-8")
            stat = Path(f"/proc/{one}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        resident = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        held += int(resident.group(1)) * 1024 if resident else 0
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    return held, ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


class _Load:
    """One task under way."""

    def __init__(self, task: Task) -> None:
        place = urlsplit(task.url)
        self._host, self._port = place.hostname or "127.0.0.1", place.port or 80
        self._path = f"{place.path.rstrip('/')}/v1/ask"
        self._task = task
        self._left = iter(enumerate(task.asked))
        self._done = 0
        self._began = 0.0
        self._every = max(1, len(task.asked) // SAMPLES)
        self.milliseconds = [0.0] * len(task.asked)
        self.statuses = [0] * len(task.asked)
        self.digests = [""] * len(task.asked)
        self.samples: list[Sample] = []

    async def run(self) -> None:
        self._look()
        self._began = time.perf_counter()
        await asyncio.gather(*(self._client() for _ in range(min(self._task.clients, len(self._task.asked)))))
        self._look()

    async def _client(self) -> None:
        """Ask what nobody has asked yet over one connection, and over a new one after each that breaks."""
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        for at, (question, history) in self._left:
            body = json.dumps({"question": question, "history": list(history)}).encode()
            head = (
                f"POST {self._path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            started = await self._due(at)
            try:
                async with asyncio.timeout(PATIENCE):
                    connection = connection or await asyncio.open_connection(self._host, self._port)
                    connection[1].write(head.encode() + body)
                    status, reply = await _reply(connection[0])
            except (OSError, EOFError, ValueError, TimeoutError):
                status, reply = 0, b""
                if connection is not None:
                    connection[1].close()
                connection = None
            self.milliseconds[at] = (time.perf_counter() - started) * 1000
            self.statuses[at] = status
            self.digests[at] = digest(reply) if status == 200 else ""
            self._count()
        if connection is not None:
            connection[1].close()

    async def _due(self, at: int) -> float:
        """When the request at `at` falls due, and not before then."""
        if not self._task.rate:
            return time.perf_counter()
        due = self._began + at / self._task.rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        return due

    def _count(self) -> None:
        self._done += 1
        if self._done % self._every == 0:
            self._look()
        if self._done == max(1, int(len(self._task.asked) * self._task.partway)):
            _say("partway")

    def _look(self) -> None:
        if self._task.pid and (not self.samples or self.samples[-1].done < self._done):
            self.samples.append(Sample(self._done, *usage(self._task.pid)))


async def _reply(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next reply; ValueError where its head says no length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"\r\ncontent-length: *(\d+)\r\n", head)
    if length is None:
        raise ValueError("a reply of unknown length")
    return int(head.split(b" ", 2)[1]), await reader.readexactly(int(length.group(1)))


def carry_out(task: Task) -> Outcome:
    """Ask everything of `task` and say what came of it."""
    load = _Load(task)
    started, spent = time.perf_counter(), time.process_time()
    asyncio.run(load.run())
    return Outcome(
        time.perf_counter() - started, load.milliseconds, load.statuses, load.digests,
        time.process_time() - spent, load.samples,
    )  # fmt: skip


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Carries out the task on standard input."""
    task = Task(**json.loads(sys.stdin.read()))
    _say("begun")
    _say(json.dumps(asdict(carry_out(task))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
