"""The description of the service and the service itself, held together by requests that schemathesis makes up."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from api.app import create_app
from api.service import Service
from assistant.settings import Settings

ADMIN: Final = "an-admin-key-of-the-test"
EXAMPLES: Final = 15
"""Requests in form, and as many out of it, for each operation: enough to find a crash, few enough for every run."""
LEFT_OUT: Final = {
    "ignored_auth",  # keys are the gate's, and wanted for writing only; tests/test_gate.py has them
    "unsupported_method",  # the router answers it, with its own test in tests/test_api.py
    "negative_data_rejection",  # extra keys are ignored on purpose, as the contract says
}

ASKS_MORE: Final = {
    # That `polish` and `compose` need a language model is said in words only.
    "/v1/ask": {"positive_data_acceptance"},
    "/v1/ask/stream": {"positive_data_acceptance"},
    # That one of the messages must be a user's is said in words only.
    "/v1/chat/completions": {"positive_data_acceptance"},
    # So is that a text must hold something that can be verified: `ú` says nothing.
    "/v1/verify": {"positive_data_acceptance"},
}


def operations() -> list[tuple[str, str]]:
    """Each path and method of the description, but for uploads: they write an index and have their own tests."""
    paths = create_app(Settings(Path("nowhere"))).openapi()["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods if (path, method) != ("/v1/documents", "post")]


@pytest.fixture(scope="module")
def description(assistant, built_home, tmp_path_factory):
    """The schema of a service over the bundled documents, with a data folder of its own for what is written."""
    home = tmp_path_factory.mktemp("openapi")
    shutil.copytree(built_home / "snapshot", home / "snapshot")
    app = create_app(Settings(home), assistant, Service(admin_keys=frozenset({ADMIN})))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), operations())
def test_every_request_gets_a_described_reply(description, path, method, mode):
    """Whatever is sent, in form or not: no server error, and a status, a type and a body as described."""
    operation = description[path][method]
    names = LEFT_OUT | ASKS_MORE.get(path, set())
    left_out = [check for check in CHECKS.get_all() if check.__name__ in names]
    assert len(left_out) == len(names)
    calls = 0

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    def each(case):
        nonlocal calls
        calls += 1
        response = case.call(headers={"authorization": f"Bearer {ADMIN}"})
        case.validate_response(response, excluded_checks=left_out)

    try:
        each()
    except hypothesis.errors.Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing can be wrong with a request that takes nothing
    else:
        assert calls
