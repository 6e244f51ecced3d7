"""The kinds of number that an argument of the command line may be; argparse says what is amiss in one line."""

from __future__ import annotations

import argparse
from typing import Final

MOST_HITS: Final = 100


def count(text: str) -> int:
    """A whole number from 1 to `MOST_HITS`."""
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_HITS:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MOST_HITS}")


def whole(text: str) -> int:
    """A whole number from 1."""
    if text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= 1:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")


def port(text: str) -> int:
    """A port number, 0 to 65535."""
    if text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port, 0 to 65535")
