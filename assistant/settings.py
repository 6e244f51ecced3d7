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

    `encoder` is None for the bundled model, else a sentence-transformers name or a local folder; `reranker` likewise a
    CrossEncoder, None for none.
    """

    home: Path
    encoder: str | None = None
    threads: int = 2
    reranker: str | None = None

    @property
    def snapshot(self) -> Path:
        """The folder of the index."""
        return self.home / "snapshot"

    @property
    def models(self) -> Path:
        """The folder of prepared models."""
        return self.home / "models"

    @classmethod
    def from_environment(cls, home: Path | None = None) -> Settings:
        """Settings from TIAOWEN_HOME, TIAOWEN_ENCODER, TIAOWEN_THREADS and TIAOWEN_RERANKER; `home` overrides the first.

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
        encoder, reranker = (os.environ.get(name) or None for name in ("TIAOWEN_ENCODER", "TIAOWEN_RERANKER"))
        return cls(chosen.expanduser(), encoder, int(threads), reranker)


def default_home() -> Path:
    """The user's data folder (XDG base directory rule)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "tiaowen"
