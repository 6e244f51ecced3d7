"""What can be set from outside: the data folder, the encoder, threads. Read once, at the door."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import SettingsError

# The parts that an evaluation may switch off to see what each is worth: three legs of the search, the words that
# synonyms add, answers from facts (figures, units, table cells) and from complete lists, and the last check.
PARTS = ("words", "bigrams", "vectors", "synonyms", "facts", "lists", "verification")
MAX_TEXT = 20_000  # characters of a text to verify
MAX_QUESTION = 2000  # characters; longer texts are documents, not questions


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data live and what encodes.

    `encoder` is None for the bundled model, else a sentence-transformers name or a local folder.
    """

    home: Path
    encoder: str | None = None
    threads: int = 2

    @property
    def snapshot(self) -> Path:
        """The folder of the index."""
        return self.home / "snapshot"

    @property
    def threads_asking(self) -> int:
        """The threads that encode one question.

        One for the bundled model: a second saves half a millisecond of seven, takes twice the processor, and is wanted
        by the next question. Another model may be large: it gets all.
        """
        return 1 if self.encoder in (None, "bundled") else self.threads

    @property
    def models(self) -> Path:
        """The folder of prepared models."""
        return self.home / "models"

    @classmethod
    def from_environment(cls, home: Path | None = None) -> Settings:
        """Settings from TIAOWEN_HOME, TIAOWEN_ENCODER and TIAOWEN_THREADS; `home` overrides the first.

        Raises SettingsError for a value that cannot be used.
        """
        chosen = home or Path(os.environ.get("TIAOWEN_HOME") or default_home())
        if chosen.exists() and not chosen.is_dir():
            raise SettingsError(
                f"the data folder {str(chosen)!r} is a file; name a folder with --home or TIAOWEN_HOME"
            )
        threads = os.environ.get("TIAOWEN_THREADS", "2")
        if not threads.isdigit() or not 1 <= int(threads) <= 256:
            raise SettingsError(f"TIAOWEN_THREADS is {threads!r}; set a number from 1 to 256")
        return cls(chosen.expanduser(), os.environ.get("TIAOWEN_ENCODER") or None, int(threads))


def default_home() -> Path:
    """The user's data folder (XDG base directory rule)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "tiaowen"
