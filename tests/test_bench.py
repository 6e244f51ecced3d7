"""The bench: its figures, its percentiles, its steps each in a process of its own."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from corpus.errors import TiaowenError


def test_bench_prints_every_figure(run, monkeypatch):
    """The figures come for a person and as JSON, and the steps are told on standard error."""
    from eval import bench

    report = bench.BenchReport(
        bench.Machine("a processor", 2, 2**34, "Linux", "3.11", {"numpy": "2"}), "bundled", 5, 200, 20.0, 8.0,
        2**21, 2**29, 0.1, 1.5, 0.9, 12.0, 30.0, 120, 2**30, 2**29, 2**28,
    )  # fmt: skip

    def measure(settings, *, runs, say):
        say(f"{runs} times")
        return report

    monkeypatch.setattr(bench, "measure", measure)
    code, out, err = run("bench", "--runs", "3")
    assert (code, err) == (0, "bench: 3 times\n")
    assert "p50 12.0 ms, p95 30.0 ms (120 questions)" in out and "25.0 a second" in out
    assert json.loads(run("bench", "--json")[1])["clauses_per_second"] == 25.0


def test_a_percentile_is_a_sample_that_was_taken():
    """Nearest rank: of 1 to 20, half do not exceed 10 and 95 % do not exceed 19."""
    from eval.bench import percentile

    samples = [float(number) for number in range(20, 0, -1)]
    assert (percentile(samples, 50), percentile(samples, 95), percentile([3.0], 95)) == (10.0, 19.0, 3.0)
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_the_bench_questions_are_all_different():
    """None is asked twice in a process, not even to warm it up, so no cache can answer for the assistant."""
    from eval.bench import QUESTIONS, WARM_UP

    assert len({*QUESTIONS, *WARM_UP}) == len(QUESTIONS) + len(WARM_UP)


def test_bench_puts_the_steps_together(monkeypatch, own_home):
    """Each step runs in a process of its own over a folder of the bench's own; the user's is not touched."""
    from assistant.settings import Settings
    from eval import bench

    said = {
        "model": {"peak_bytes": 3},
        "build": {"documents": 5, "clauses": 200, "encoder": "e", "peak_bytes": 2},
        "ask": {"open_seconds": 0.5, "milliseconds": [1.0, 2.0, 9.0], "peak_bytes": 1},
    }
    started = []

    def run(command, settings):
        started.append((command[3], command[4]))
        assert settings.home not in (own_home, own_home.parent)
        return SimpleNamespace(stdout=json.dumps(said.get(command[4], {})).encode())

    monkeypatch.setattr(bench, "_run", run)
    lines = []
    report = bench.measure(Settings(own_home), runs=2, say=lines.append)
    assert (report.clauses, report.samples, report.warm_p50_ms, report.warm_p95_ms) == (200, 6, 2.0, 9.0)
    assert [step for module, step in started if module == "eval.bench"] == ["model", "build", "ask", "ask"]
    assert [step for module, step in started if module == "api.cli"] == ["--help", "--help", "ask", "ask"]
    assert len(lines) == 4 and not own_home.exists()
    assert bench.measure(Settings(own_home, "another"), runs=1, say=lines.append).model_seconds is None


def test_a_bench_step_measures_the_real_assistant(built_home, capsys):
    """The step that asks gives a time for each question and the memory it took, as one JSON object."""
    from eval import bench

    assert bench.main(["ask", str(built_home)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["milliseconds"]) == len(bench.QUESTIONS) and said["peak_bytes"] > 0
    with pytest.raises(TiaowenError, match="usage"):
        bench.main(["sleep", str(built_home)])


def test_a_bench_step_that_fails_says_why(own_home):
    """The last line of the failed process is the reason given, without a traceback."""
    from assistant.settings import Settings
    from eval.bench import _step

    with pytest.raises(TiaowenError, match="tiaowen build"):
        _step("ask", Settings(own_home))
