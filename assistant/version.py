"""The version of what is installed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def installed_version() -> str:
    """The version of the installed package, `0` when it runs from a bare checkout."""
    try:
        return version("tiaowen")
    except PackageNotFoundError:
        return "0"
