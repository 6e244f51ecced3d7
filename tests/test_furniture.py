"""What of a page is no policy text, and that it is declared rather than dropped."""

from __future__ import annotations

import pytest

from corpus.document import Document
from corpus.furniture import BOOKMARK, IMPRINT, SITE, SITE_OUTSIDE, furniture_lines
from corpus.lines import split_lines
from corpus.load import parse
from corpus.normalize import normal
from corpus.reading import RawSource

PLAN = "甲市养老服务工作方案\n一、总体要求\n坚持就近就便。\n二、保障措施\n抓好经费落实。\n"


def _document(text: str) -> Document:
    return parse(RawSource("甲.txt", text, "0"))


def _reasons(text: str) -> dict[str, str]:
    lines = split_lines(normal(text))
    return {lines[index].text: reason for index, reason in furniture_lines(lines).items()}


@pytest.mark.parametrize(
    "text",
    ["打印本页", "关闭窗口", "返回首页", "分享", "上一篇：甲区通知", "下一篇", "相关附件", "版权所有：甲市人民政府",
     "甲ICP备12345号", "网站标识码 4400000000", "分享到：", "责任编辑：甲", "信息来源：甲市政府网", "浏览次数：12", "索引号：0123",
     "發布日期：2024年3月5日"],
)  # fmt: skip
def test_site(text: str) -> None:
    """What a site prints around a document is known by its template's words."""
    assert SITE.match(normal(text)) or SITE_OUTSIDE.match(normal(text))


@pytest.mark.parametrize(
    "text",
    ["打印本页的资料要存档备查。", "主办单位应当加强管理。", "来源于财政资金的项目优先。", "关闭窗口期的机构不予备案",
     "收藏机构应当登记。", "网络平台分享经验。"],
)  # fmt: skip
def test_no_site(text: str) -> None:
    """A policy sentence that mentions such a word is no furniture."""
    assert not SITE.match(normal(text))


@pytest.mark.parametrize(
    "text",
    ["（此件公开发布）", "此件主动公开", "公开方式：主动公开", "抄送：区委各部门，区人大常委会办公室。", "主题词：养老 服务 方案",
     "甲市人民政府办公室 2024年3月5日印发"],
)  # fmt: skip
def test_imprint(text: str) -> None:
    """The lines of the 版记 are no clause."""
    assert IMPRINT.match(normal(text))


@pytest.mark.parametrize("text", ["抄送区委各部门", "本方案自2024年3月5日起施行", "公开方式由机构确定", "（此件按规定执行。）"])
def test_no_imprint(text: str) -> None:
    """A sentence that only sounds like a 版记 stays text."""
    assert not IMPRINT.match(normal(text))


def test_bookmark_is_set_aside() -> None:
    """A word processor's bookmark before a number hides neither the number nor the line's offsets."""
    assert BOOKMARK.match("[bookmark: _GoBack]甲府发〔2024〕3号")
    assert not BOOKMARK.match("[2024]甲")
    document = _document("甲市养老服务工作方案\n[bookmark: _GoBack]甲府发〔2024〕3号\n一、要求\n抓好落实。\n二、经费\n加强保障。\n")
    assert document.document_number == "甲府发〔2024〕3号"


def test_navigation_around_a_document() -> None:
    """Navigation above and below is declared with its reason; the clauses hold the document alone."""
    document = _document("首页\n政务公开\n养老专题\n" + PLAN + "打印本页\n友情链接\n")
    reasons = {f.span.of(document.source): f.reason for f in document.furniture}
    assert reasons == {
        "首页": "site", "政务公开\n养老专题": "before the document", "打印本页": "site", "友情链接": "after the document",
    }  # fmt: skip
    assert [clause.path for clause in document.clauses] == ["一", "二"]
    assert document.clauses[-1].text.endswith("抓好经费落实。")


def test_short_last_lines_without_an_end_mark_stay() -> None:
    """Without a known end mark a short last line is policy text, not the site's."""
    document = _document(PLAN + "加强监督\n")
    assert document.furniture == ()
    assert document.clauses[-1].text.endswith("加强监督")


def test_issuer_above_the_title_stays() -> None:
    """The issuer's name above the title is the document's own."""
    document = _document("养老专题\n甲市人民政府办公室\n" + PLAN)
    assert [f.span.of(document.source) for f in document.furniture] == ["养老专题"]
    assert document.issuers == ("甲市人民政府办公室",)


def test_front_matter_and_metadata_table() -> None:
    """A YAML head and a site's metadata table are metadata, read for the identity only."""
    text = (
        "---\ntitle: 甲\n---\n| 索引号 | 0123 | 发文机关 | 甲市人民政府 |\n| 成文日期 | 2024年3月5日 | 发文字号 | 甲府发〔2024〕3号 |\n" + PLAN
    )
    document = _document(text)
    assert {f.reason for f in document.furniture} == {"metadata"}
    assert document.document_number == "甲府发〔2024〕3号"
    assert document.issuers == ("甲市人民政府",)
    assert document.issued == "2024-03-05"


def test_second_copy() -> None:
    """A page that prints the document twice gives each clause once."""
    body = PLAN + "三、附则\n自印发之日起施行。\n"
    document = _document(body + body)
    assert [clause.path for clause in document.clauses] == ["一", "二", "三"]
    assert [(f.reason, f.span.of(document.source)) for f in document.furniture] == [("second copy", body.rstrip("\n"))]


def test_a_sentence_said_twice_is_no_copy() -> None:
    """Sections that share a sentence are both kept."""
    text = "甲市养老服务工作方案\n一、城区\n坚持就近就便。\n抓好落实。\n二、乡镇\n坚持就近就便。\n抓好落实。\n"
    assert _reasons(text) == {}


def test_link_lines() -> None:
    """A markdown line that is nothing but a link is the site's; a link in a sentence is not."""
    reasons = _reasons(PLAN + "[甲](http://example.org/a.pdf)\n详见[甲](http://example.org/a.pdf)。\n")
    assert reasons == {"[甲](http://example.org/a.pdf)": "site"}


def test_a_site_word_within_the_numbered_text_is_policy() -> None:
    """审核 and 来源 open lines of a policy too; behind its last number they are the page's."""
    text = "甲市办法\n一、流程。\n审核：由街道审核。\n来源：财政拨款\n二、附则。\n本办法自公布之日起施行。\n责 编： 张三\n"
    document = parse(RawSource("甲.txt", text, "0"))
    assert "审核：由街道审核。\n来源：财政拨款" in document.clauses[0].text
    assert [f.span.of(document.source) for f in document.furniture] == ["责 编： 张三"]
