"""What is printed: lines within the width, quotations shortened, tables aligned, progress told."""

from __future__ import annotations

import io

import pytest

from api.rendering import Progress, model_line, shortened, table_lines, wrapped


def test_wrapping_keeps_words_whole_and_hangs_punctuation():
    """3000 is not torn, and no line opens with a mark that closes."""
    assert list(wrapped("每个托位补3000元。", 14)) == ["每个托位补3000", "元。"]
    assert list(wrapped("补助三千元。再补", 10)) == ["补助三千元。", "再补"]
    assert list(wrapped("", 10)) == list(wrapped(" \t\n", 10)) == []
    assert list(wrapped("a b", 1)) == ["a", "b"]


def test_wrapping_loses_no_word():
    """The lines put together are the text again, whatever the width."""
    text = "到2025年，每千人口拥有3岁以下婴幼儿托位数达到4.6个；use ONNX runtime now。"
    for width in range(2, 60):
        assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


def test_shortening_keeps_both_ends_within_the_limit():
    """A text at the limit is whole; one beyond it has at most the limit, with its gap marked."""
    assert shortened("字" * 300) == "字" * 300
    cut = shortened("头" + "字" * 400 + "尾")
    assert len(cut) == 300 and cut.startswith("头") and cut.endswith("尾") and " … " in cut


def test_tables_align_wide_and_narrow_characters():
    """A Chinese character counts as two columns, so the second column starts at one place."""
    assert list(table_lines([("条款", "a"), ("x", "b")])) == ["条款  a", "x     b"]


def test_progress_is_one_line_a_stage_where_there_is_no_terminal():
    """A log gets a line when a stage begins, not one for each step."""
    log = io.StringIO()
    with Progress(log) as progress:
        for stage, total in (("model", 3), ("encode", 5)):
            for done in range(total + 1):
                progress(stage, done, total)
    assert log.getvalue() == "build: model (3)\nbuild: encode (5)\n"


def test_progress_is_a_bar_on_a_terminal():
    """A terminal gets a bar for each stage that ends full and is closed, also when the build fails."""
    log = io.StringIO()
    log.isatty = lambda: True
    with pytest.raises(KeyboardInterrupt), Progress(log) as progress:
        progress("encode", 0, 4)
        progress("encode", 4, 4)
        raise KeyboardInterrupt
    assert "encode       100%" in log.getvalue() and log.getvalue().endswith("\n")


def test_what_a_model_did_is_one_line():
    """Used, cut short, or not used and why."""
    model = {"name": "m", "outcome": "used", "detail": None, "kept": 2, "rejected": 1}
    assert model_line("polish", model) == "（模型 m：采用 2 句，退回 1 句）"
    assert model_line("polish", model | {"outcome": "timeout"}) == "（模型 m：采用 2 句，退回 1 句，timeout）"
    assert model_line("off", model | {"outcome": "failed", "detail": "HTTP 429"}) == "（模型 m 未采用：failed HTTP 429；以上是规则的回答）"
