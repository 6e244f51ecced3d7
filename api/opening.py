"""What a command works on: the settings, the assistant or the catalog of its data folder, closed at the end.

The imports stand in the functions, because the command line must answer `--help` before anything heavy is loaded.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.catalog import Catalog
    from assistant.settings import Settings


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings of the environment, with the data folder of `--home` where one was given."""
    from assistant.settings import Settings

    return Settings.from_environment(arguments.home)


def opened(arguments: argparse.Namespace) -> closing[Assistant]:
    """The assistant over the data folder, closed at the end."""
    from assistant.assistant import Assistant

    return closing(Assistant.open(settings_of(arguments)))


def catalog_of(arguments: argparse.Namespace) -> closing[Catalog]:
    """The documents of the data folder without a model, closed at the end."""
    from assistant.catalog import Catalog

    return closing(Catalog.over(settings_of(arguments)))
