"""The front and the end of a text: what an unlabelled line is, and where a plan begins below its notice."""

from __future__ import annotations

import pytest

from corpus.front import front_mark, is_quoted, plan_title, tail_mark
from corpus.lines import Line, split_lines
from corpus.normalize import normal

TITLE = "某某市托育服务发展实施方案"


def line(text: str) -> Line:
    """The only line of a text."""
    (only,) = split_lines(normal(text))
    return only


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (TITLE, "title"),
        ("各区人民政府，市各有关部门：", "addressees"),
        ("某某市人民政府办公室", "organ"),
        ("某政办发〔2024〕8号", "number"),
        ("2024年12月16日", "date"),
        ("总体安排", "heading"),
        ("补助3000元", ""),
        ("现将有关事项通知如下。", ""),
    ],
)
def test_a_line_before_the_first_label_is_told_by_its_form(text: str, what: str) -> None:
    """Each kind of line at the front of a policy; an amount and a sentence are text to be cited."""
    assert front_mark(line(text), frozenset(), titled=False, in_annex=False) == what


def test_what_stands_around_a_line_decides_too() -> None:
    """The second line of a title is one; a short line of an annex below its title says something."""
    assert front_mark(line("总体安排"), frozenset(), titled=True, in_annex=False) == "title"
    assert front_mark(line("总体安排"), frozenset(), titled=False, in_annex=True) == ""


@pytest.mark.parametrize(
    ("text", "following", "what"),
    [
        ("某某市人民政府办公室", "2024年12月16日", "organ"),
        ("某某市人民政府办公室", "负责解释本办法。", ""),
        ("2024年12月16日", None, "date"),
        (TITLE, "一、总体要求", "title"),
        (TITLE, "三、保障措施", ""),
        ("由市教育局负责。", None, ""),
    ],
)
def test_a_line_at_the_end_is_a_signature_or_the_next_title(text: str, following: str | None, what: str) -> None:
    """A body signs above a date, and a title counts where the numbering starts anew below it."""
    after = line(following) if following is not None else None
    assert tail_mark(line(text), after, frozenset(), {"han": 4}) == what


def test_a_plan_begins_at_the_title_below_the_notice() -> None:
    """The title after a paragraph; without a paragraph before it there is no notice."""
    notice = [line(TITLE), line("现将实施方案印发给你们，请认真组织实施。")]
    below = Line(7, 0, len(TITLE), TITLE)
    assert plan_title([*notice, below], frozenset()) == 7
    assert plan_title([notice[0], below], frozenset()) is None


def test_a_quoted_title_is_known_in_parts() -> None:
    """A half of a title that the notice quotes is known by its words; a few characters are not enough."""
    quoted = frozenset({"某某市关于加快发展托育服务的若干措施"})
    assert is_quoted(line("托育服务的若干措施"), quoted)
    assert not is_quoted(line("若干措施"), quoted)
