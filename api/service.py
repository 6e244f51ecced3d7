"""What can be set about the service: keys, limits, origins. Read once, at the door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpus.errors import SettingsError

OPEN_RATE: Final = 600
"""Requests a minute for one key or address where the service listens to other machines and nothing else is set."""
MAX_BODY: Final = 1024 * 1024
"""Bytes of a request that is no upload: 20,000 characters of text to verify, escaped, with room to spare."""
MAX_HEADERS: Final = 16 * 1024
"""Bytes of all headers of a request."""
PATIENCE: Final = 30.0
"""Seconds in which a request's body must have come."""
_SHORTEST_KEY: Final = 16
_ROLES: Final = ("admin", "read")


@dataclass(frozen=True, slots=True)
class Service:
    """The keys that may write, those that may read (none: everybody), requests a minute for each key or address (0:
    as many as come), and the origins whose pages may call (none: only its own)."""

    admin_keys: frozenset[str] = frozenset()
    read_keys: frozenset[str] = frozenset()
    rate: int = 0
    origins: tuple[str, ...] = ()
    patience: float = PATIENCE

    @classmethod
    def from_environment(cls, *, local: bool = True, environment: Mapping[str, str] = os.environ) -> Service:
        """The service as TIAOWEN_ADMIN_KEYS, TIAOWEN_READ_KEYS, TIAOWEN_KEYS_FILE, TIAOWEN_RATE and
        TIAOWEN_CORS_ORIGINS say; `local` where it listens on this machine only.

        Raises SettingsError for a value that cannot be used.
        """
        keys = {"admin": _listed(environment, "TIAOWEN_ADMIN_KEYS"), "read": _listed(environment, "TIAOWEN_READ_KEYS")}
        if environment.get("TIAOWEN_KEYS_FILE"):
            for role, key in _file_keys(Path(environment["TIAOWEN_KEYS_FILE"]).expanduser()):
                keys[role].append(key)
        for role in _ROLES:
            for key in keys[role]:
                if len(key) < _SHORTEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
                    raise SettingsError(
                        f"a key for {role} has {len(key)} characters; use {_SHORTEST_KEY} or more printable ASCII characters"
                    )
        rate = environment.get("TIAOWEN_RATE") or str(0 if local else OPEN_RATE)
        if not rate.isascii() or not rate.isdigit() or len(rate) > 7:
            raise SettingsError(f"TIAOWEN_RATE is {rate!r}; set requests a minute, 0 for no limit")
        origins = tuple(_listed(environment, "TIAOWEN_CORS_ORIGINS"))
        for origin in origins:
            if not origin.startswith(("http://", "https://")) or origin.rstrip("/") != origin:
                raise SettingsError(f"TIAOWEN_CORS_ORIGINS holds {origin!r}; write origins as https://example.org")
        return cls(frozenset(keys["admin"]), frozenset(keys["read"]), int(rate), origins)


def _listed(environment: Mapping[str, str], name: str) -> list[str]:
    return [piece.strip() for piece in environment.get(name, "").split(",") if piece.strip()]


def _file_keys(path: Path) -> list[tuple[str, str]]:
    """The role and key of each line (`admin KEY`, `read KEY`); empty lines and those with # are passed over."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SettingsError(f"TIAOWEN_KEYS_FILE {str(path)!r} cannot be read ({reason}); check the path") from None
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or words[0] not in _ROLES:
            raise SettingsError(f"TIAOWEN_KEYS_FILE {str(path)!r} line {number}: write `admin KEY` or `read KEY`")
        found.append((words[0], words[1]))
    return found
