"""Where the routes find the assistant: opened once, opened again when the index on disk is another, closed when no
request works with it any more."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Final

from assistant.assistant import Assistant
from assistant.building import Added, add, remove
from assistant.settings import Settings
from corpus.errors import TiaowenError

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at whether the index on disk is still the one that is open."""

Stamp = tuple[int, int]  # inode and time of change of the manifest


class Lease:
    """An assistant with the number of requests that work with it; closed when it is retired and none is left."""

    def __init__(self, assistant: Assistant, *, own: bool) -> None:
        self.assistant = assistant
        self._own = own
        self._lock = Lock()
        self._users = 0
        self._retired = False

    def take(self) -> bool:
        """Whether one more request may work with it: not once it is retired."""
        with self._lock:
            if self._retired:
                return False
            self._users += 1
            return True

    def give_back(self) -> None:
        """One request less."""
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last and self._own:
            self.assistant.close()

    def retire(self) -> None:
        """No further request; closed now, or by the last that still works with it."""
        with self._lock:
            idle, self._retired = self._users == 0 and not self._retired, True
        if idle and self._own:
            self.assistant.close()


class Desk:
    """The assistant of the service.

    A desk whose folder holds no index yet says so to every caller and looks again at the next, so a service started
    before the first build begins to answer when the build is done. When the folder is built anew, the new index is
    opened beside the old one, which goes on answering until then: no request waits for it and none is dropped.
    """

    def __init__(self, settings: Settings, assistant: Assistant | None = None, *, clock: Callable[[], float] = monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._fixed = assistant is not None
        self._lease = Lease(assistant, own=False) if assistant is not None else None
        self._stamp: Stamp | None = None
        self._looked = clock()
        self._lock = Lock()
        self._opening = Lock()

    @contextmanager
    def assistant(self) -> Iterator[Assistant]:
        """The open assistant, which stays open until the block ends; `SnapshotError` if there is no usable index."""
        while True:
            lease = self._current()
            if lease.take():
                break
        try:
            yield lease.assistant
        finally:
            lease.give_back()

    def add(self, paths: list[Path], *, replacing: bool) -> Added:
        """Put documents into the index and open it anew; raises what `building.add` raises."""
        added = add(self.settings, paths, replacing=replacing)
        self.renew()
        return added

    def remove(self, document_id: str) -> None:
        """Take a document out of the index and open it anew; raises what `building.remove` raises."""
        remove(self.settings, document_id)
        self.renew()

    def renew(self) -> None:
        """Open the index on disk if it is not the one that is open; the old one is closed by its last user."""
        if self._fixed:
            return
        with self._opening:
            stamp = self._on_disk()
            if stamp == self._stamp and self._lease is not None:
                return
            assistant = Assistant.open(self.settings)
            while (now := self._on_disk()) != stamp:  # another build ended while this one was opened: half of each
                assistant.close()
                stamp, assistant = now, Assistant.open(self.settings)
            opened = Lease(assistant, own=True)
            with self._lock:
                old, self._lease, self._stamp = self._lease, opened, stamp
        if old is not None:
            old.retire()
            del old
            # The parts of an index hold on to each other; until they are looked for, each stays with its 100 MB and more.
            gc.collect()

    def close(self) -> None:
        """Closes the assistant if the desk opened it."""
        with self._lock:
            old = self._lease
            if not self._fixed:
                self._lease, self._stamp = None, None
        if old is not None and not self._fixed:
            old.retire()

    def _current(self) -> Lease:
        with self._lock:
            lease, due = self._lease, self._clock() - self._looked >= LOOK_EVERY
            if due:
                self._looked = self._clock()
        if lease is None:
            self.renew()
            with self._lock:
                assert self._lease is not None
                return self._lease
        if due and not self._fixed and self._on_disk() not in (self._stamp, None):
            Thread(target=self._renew_quietly, name="tiaowen-renew", daemon=True).start()
        return lease

    def _renew_quietly(self) -> None:
        """The index that is open goes on answering where the new one cannot be opened; the next look tries again."""
        if self._opening.locked():
            return
        try:
            self.renew()
        except TiaowenError:
            return

    def _on_disk(self) -> Stamp | None:
        try:
            held = (self.settings.snapshot / "manifest.json").stat()
        except OSError:
            return None  # a build is just putting the new one in place
        return held.st_ino, held.st_mtime_ns
