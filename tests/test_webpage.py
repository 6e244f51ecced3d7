"""Web pages: the policy stays, the site around it goes, lines and tables are those a browser shows."""

from __future__ import annotations

import pytest

from tests.sample_files import NOTICE, PAGE, SENTENCE, lines_of, text_of


def test_a_page_keeps_its_policy_and_loses_the_site_around_it() -> None:
    """Navigation, breadcrumbs, links to other documents, the foot and the hidden second copy are gone."""
    assert lines_of(PAGE, "a.html") == [
        "某某市人民政府办公室关于印发托育服务实施方案的通知",
        "某政办发〔2024〕8号",
        "各区人民政府，市各有关部门：",
        "现将《托育服务实施方案》印发给你们，请认真组织实施。",
        "一、总体目标",
        "到2025年，千人口托位数达到4.6个。（责任单位：市卫生健康委）",
    ]


def test_policy_text_outside_the_main_block_stays() -> None:
    """The document's head in a block of its own, and a clause below the main block, are not lost."""
    body = "".join(f"<p>{n}.{SENTENCE}</p>" for n in range(1, 20))
    page = (
        "<div><a>首页</a> <a>登录</a></div><div><span>发文字号：某政发〔2023〕1号</span></div><div class=main>"
        f"{body}</div><div><div><a>上一篇</a></div><div>二十、本办法自印发之日起施行。</div></div>"
    )
    lines = lines_of(page, "a.html")
    assert lines[0] == "发文字号：某政发〔2023〕1号"
    assert lines[-1] == "二十、本办法自印发之日起施行。"
    assert not {"首页 登录", "上一篇"} & set(lines)


def test_a_page_without_policy_marks_is_kept_whole() -> None:
    """Where nothing reads like policy nothing is thrown away."""
    assert lines_of("<div>甲</div><div><a>乙</a></div>", "a.html") == ["甲", "乙"]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>甲<br>乙<br/>丙</p>", ["甲", "乙", "丙"]),
        ("<div>甲<p>乙</p>丙</div>", ["甲", "乙", "丙"]),
        ("<p>人民\n   政府 2024\n年</p>", ["人民政府 2024 年"]),
        ("<p>A&amp;B&nbsp;&#12298;办法&#x300B;&emsp;</p>", ["A&B\xa0《办法》"]),
        ("<p>按<span>职责</span>分<b>工</b><!-- x -->负责</p>", ["按职责分工负责"]),
        ("<pre>甲\n  乙</pre>", ["甲", "乙"]),
        ("<ol start=3><li>甲<li>2.乙<li>丙</ol>", ["3. 甲", "2.乙", "5. 丙"]),
        ("<p>零\u200b宽</p>", ["零宽"]),
    ],
)
def test_lines_of_markup(markup: str, lines: list[str]) -> None:
    """Blocks and br end a line, inline elements and line breaks in the markup do not, lists are numbered."""
    assert lines_of(markup, "a.html") == lines


def test_a_table_in_a_page_is_read_with_its_merged_cells() -> None:
    """rowspan and colspan, a caption, two header rows, and a cell of several paragraphs."""
    page = """<table><caption>表1 目标</caption><tr><th rowspan=2>区</th><th colspan="2">托位数</th></tr>
    <tr><th>2024年</th><th>2025年</th></tr><tr><td rowspan="2">甲区<td>100<td><p>120</p><p>其中公办60</p></tr>
    <tr><td>90</td><td></td></tr></table>"""
    assert lines_of(page, "a.html") == [
        "表1 目标",
        "| 区 | 托位数 / 2024年 | 托位数 / 2025年 |",
        "|---|---|---|",
        "| 甲区 | 100 | 120 其中公办60 |",
        "| 甲区 | 90 |  |",
    ]


def test_a_table_that_lays_out_the_page_is_not_one() -> None:
    """A fragment of a site that sets its text in nested tables comes out as lines, its real table as a table."""
    page = f"""<table><tr><td><a>首页</a></td><td><table><tr><td>{NOTICE}
    <table><tr><td>指标</td><td>数值</td></tr><tr><td>托位</td><td>4.6</td></tr></table></td></tr></table></td></tr></table>"""
    lines = lines_of(page, "a.html")
    assert "一、总体目标" in lines
    assert lines[-3:] == ["| 指标 | 数值 |", "|---|---|", "| 托位 | 4.6 |"]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("gb18030", "gb2312"),
        ("gb18030", "utf-8"),
        ("utf-8", "gb2312"),
        ("big5", "big5"),
        ("utf-16", "utf-16"),
        ("gb18030", ""),
    ],
)
def test_a_page_in_any_encoding(encoding: str, declared: str) -> None:
    """The encoding is found whether the page declares it, declares another, or none."""
    body = (
        NOTICE
        if encoding != "big5"
        else "<p>第一條 為保障幼兒接受適當教育及照顧之權利，應依本法之規定辦理。</p>"
    )
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    page = f"<html><head>{meta}</head><body>{body}</body></html>"
    assert text_of(page.encode(encoding), "a.htm") == text_of(page.replace(meta, "").encode(), "a.htm")


def test_a_deep_page_does_not_break() -> None:
    """Ten thousand open elements are read; a span of a million columns does not fill the memory."""
    assert "负责" in text_of("<div>" * 10_000 + "市教育局负责。", "a.html")
    wide = "<table>" + "<tr><td colspan=999999 rowspan=999999>甲<td>乙</tr>" * 300 + "</table>"
    assert len(text_of(wide, "a.html")) < 10_000


def test_the_source_of_a_part_of_a_page_is_read() -> None:
    """A file that begins with <template> and goes on with script and style holds its text in it; in a page a template is
    what never shows."""
    part = "<template>\n<div><h1>人才引进要求</h1><p>一、范围。留学一年以上的人员可以申报。</p></div>\n</template>\n<script>var a = 1;</script>\n<style>p {}</style>"
    assert text_of(part, "a.html").split()[-1] == "一、范围。留学一年以上的人员可以申报。"
    assert "var a" not in text_of(part, "a.html")
    page = "<html><body><p>一、范围。留学一年以上的人员可以申报。</p><template><p>二、隐藏。</p></template></body></html>"
    assert "隐藏" not in text_of(page, "a.html")
