"""What can be set from outside: the data folder, the encoder, threads, a language model. Read once, at the door."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from corpus.errors import SettingsError

# The parts that an evaluation may switch off to see what each is worth: three legs of the search, the words that
# synonyms add, answers from facts (figures, units, table cells) and from complete lists, and the last check.
PARTS = ("words", "bigrams", "vectors", "synonyms", "facts", "lists", "verification")
MAX_TEXT = 20_000  # characters of a text to verify
MAX_CITED = 99  # clauses given with it: a number in brackets has two digits
MAX_QUESTION = 2000  # characters; longer texts are documents, not questions
# What a language model may do: nothing; say the answer of the rules in smoother words; write from clauses.
MODES = ("off", "polish", "compose")
TIMEOUT = 30.0  # seconds that a model has for its whole reply, all attempts together
TOKENS = 8000  # of prompt and reply together


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A language model at an OpenAI-compatible address: seconds it has for a whole reply, and tokens of prompt and
    reply together. `repr` leaves out the key."""

    base_url: str
    name: str
    key: str = field(default="", repr=False)
    timeout: float = TIMEOUT
    tokens: int = TOKENS

    @classmethod
    def from_environment(cls) -> ModelSettings | None:
        """The model that TIAOWEN_LLM_BASE_URL and TIAOWEN_LLM_MODEL name; None where neither is set.

        Raises SettingsError where one of the two is missing or a value cannot be used.
        """
        url = os.environ.get("TIAOWEN_LLM_BASE_URL", "").strip()
        name = os.environ.get("TIAOWEN_LLM_MODEL", "").strip()
        if not url and not name:
            return None
        if not url or not name:
            given, missing = ("TIAOWEN_LLM_MODEL", "TIAOWEN_LLM_BASE_URL") if name else ("TIAOWEN_LLM_BASE_URL", "TIAOWEN_LLM_MODEL")
            raise SettingsError(f"{given} is set without {missing}; set both, or neither for no model")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        except ValueError:
            usable = False
        if not usable:  # not repeated: a key may stand in it
            raise SettingsError("TIAOWEN_LLM_BASE_URL is no address of a server; set one like http://127.0.0.1:11434/v1, with the key in TIAOWEN_LLM_API_KEY")
        key = os.environ.get("TIAOWEN_LLM_API_KEY", "").strip()
        if not (key.isascii() and key.isprintable()):
            raise SettingsError("TIAOWEN_LLM_API_KEY holds characters that no header can carry; set the key alone")
        timeout = _within("TIAOWEN_LLM_TIMEOUT", TIMEOUT, 0.1, 600, "seconds")
        return cls(url, name, key, timeout, int(_within("TIAOWEN_LLM_TOKENS", TOKENS, 500, 1_000_000, "tokens")))


def _within(name: str, default: float, least: float, most: float, what: str) -> float:
    """The number that the variable `name` holds. Raises SettingsError where it is none from `least` to `most`."""
    text = os.environ.get(name, "").strip()
    try:
        value = float(text) if text else default
        fits = least <= value <= most
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError(f"{name} is {text!r}; set {what} from {least:g} to {most:g}")
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data live, what encodes, and which language model may speak.

    `encoder` is None for the bundled model, else a sentence-transformers name or a local folder; `reranker`
    likewise a CrossEncoder, None for none. Without `model`
    nothing is ever sent anywhere and `mode` is off.
    """

    home: Path
    encoder: str | None = None
    threads: int = 2
    model: ModelSettings | None = None
    mode: str = "off"
    reranker: str | None = None

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
        """Settings from TIAOWEN_HOME, TIAOWEN_ENCODER, TIAOWEN_THREADS, TIAOWEN_RERANKER and the variables of a language
        model; `home` overrides the first.

        Raises SettingsError for a value that cannot be used, and for a mode without a model.
        """
        chosen = home or Path(os.environ.get("TIAOWEN_HOME") or default_home())
        if chosen.exists() and not chosen.is_dir():
            raise SettingsError(
                f"the data folder {str(chosen)!r} is a file; name a folder with --home or TIAOWEN_HOME"
            )
        threads = os.environ.get("TIAOWEN_THREADS", "2")
        if not threads.isdigit() or not 1 <= int(threads) <= 256:
            raise SettingsError(f"TIAOWEN_THREADS is {threads!r}; set a number from 1 to 256")
        model = ModelSettings.from_environment()
        mode = chosen_mode(os.environ.get("TIAOWEN_LLM_MODE", "").strip() or "off", model, "TIAOWEN_LLM_MODE")
        encoder, reranker = (os.environ.get(name) or None for name in ("TIAOWEN_ENCODER", "TIAOWEN_RERANKER"))
        return cls(chosen.expanduser(), encoder, int(threads), model, mode, reranker)


def chosen_mode(mode: str, model: ModelSettings | None, name: str = "the mode") -> str:
    """`mode`, where it is one of `MODES` and has the model it needs; SettingsError where not."""
    if mode not in MODES:
        raise SettingsError(f"{name} is {mode!r}; choose {', '.join(MODES[:-1])} or {MODES[-1]}")
    if mode != "off" and model is None:
        raise SettingsError(f"{name} is {mode!r}, but no language model is set; set TIAOWEN_LLM_BASE_URL and TIAOWEN_LLM_MODEL, or choose off")
    return mode


def default_home() -> Path:
    """The user's data folder (XDG base directory rule)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "tiaowen"
