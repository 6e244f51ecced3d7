"""What readers think of the answers, kept as lines of a file in the data folder."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

from corpus.errors import LimitError

MOST_BYTES: Final = 20 * 1024 * 1024
"""Where the file ends: feedback is open to everybody, the disk is not."""


class Feedback:
    """The file at `path`; it is made when the first line comes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()

    def keep(self, said: dict[str, Any]) -> None:
        """Add one line with the time. Raises LimitError where the file is full, OSError where it cannot be written."""
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="seconds"), **said}, ensure_ascii=False) + "\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if os.fstat(handle).st_size > MOST_BYTES:
                    raise LimitError(f"{self._path.name!r} has reached {MOST_BYTES:,} bytes; move it away and go on", 3600)
                os.write(handle, line.encode("utf-8"))
            finally:
                os.close(handle)
