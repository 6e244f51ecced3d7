"""Which lines of a file are no policy text: site navigation, imprints, second copies.

Furniture is declared with its reason and never dropped, so that every code point stays accounted for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.lines import (
    ADDRESSEES,
    DOCUMENT_NUMBER,
    ORDER_HEAD,
    ORGAN,
    STAMP,
    Line,
    is_title,
    label_at,
    title_end,
)

# What government and encyclopaedia sites print around a document. Each alternative is a phrase of a page
# template, matched against a whole short line, so that a policy sentence that mentions it is never taken.
SITE = re.compile(
    r"^(?:(?:点赞|收藏|分享|打印|关闭|评论|转发|(?:网站)?纠错|返回|首页|导航)+(?:窗口|本页|顶部)?"
    r"|相关(?:推荐|阅读|链接|附件|文档|稿件|政策|解读)(?::.{0,40})?"
    r"|(?:上一篇|下一篇|上一条|下一条)(?::.{0,60})?"
    r"|(?:版权所有|copyright|©).{0,160}"
    r"|.{0,80}(?:icp备|公网安备|网站标识码|网站地图|网安备).{0,80}"
    r"|(?:分享到|字体|字号|扫一扫|扫码)(?:[:].{0,40}|.{0,12})"
    r"|(?:微信|微博|浏览(?:次数|量)|访问量|阅读(?:次数|量)|点击(?:数|率|量)?)[:].{0,40}"
    r"|【?(?:大 中 小|字体[:].{0,10}|我要纠错|打印本页|关闭窗口)】?"
    r"|责任编辑[:].{0,20}"
    r"|网站声明|联系我们|关于我们|网站导航|使用帮助|隐私声明|设为首页|加入收藏|无障碍(?:浏览|阅读)?|视力保护色[:]?|相关文章|-->"
    r"|[^。]{0,20}(?:注册|登录)(?:\s+(?:登录|注册|退出))+"
    r"|(?:文件|档案)?全文|发布通知(?:,(?:文件|档案)全文,?)?|基本介绍|目录|正文)$",
    re.IGNORECASE,
)
# The same words may open a line of the policy itself (主办单位:区民政局): they are the site's only outside the
# numbered text.
SITE_OUTSIDE = re.compile(
    r"^(?:[•·●]\s*)?(?:(?:主办|承办|协办|技术支持)(?:单位)?[:].{0,80}"
    r"|(?:联系电话|电话|传真|邮编|地址|网址|法规网址|邮箱|服务热线)[:].{0,60}"
    r"|(?:编\s*辑|责\s*编|审\s*核|来\s*源|信息来源|稿源|作者)\s*[:].{0,40}"
    r"|(?:索引号|索取号|主题分类|发文机关|发布机构|发布日期|成文日期|文件编号|生成日期|有效性|时效性|颁布日期|实施日期|颁布单位|发文机构|发文字号|发文日期|内容概述|有效状态|标题|标 题|文号|文 号)(?:[:|].{0,80}|\s*\|.*)?)$"
)
# 版记 (GB/T 9704): printed by the issuer, but no clause.
_METADATA = re.compile(
    r"(?:索引号|索引号|索取号|发文机关|发布机构|文件编号|发文字号|成文日期|组配分类|主题分类|公开日期|有效性|统一编号|标题:)"
)
_LINK_LINE = re.compile(r"^!?\[[^\]]*\]\(<?[^()]*>?\)$")
_LINKS = re.compile(r"\[[^\]]{0,80}\]\(<?[^()\s]*>?\)")
_RULE = re.compile(r"[-|: ]+")
IMPRINT = re.compile(
    r"^(?:\(?此件[^。]{2,12}发布\)?|\(?此件[^。]{2,8}公开\)?|公开方式[:].{2,12}|抄送[:].{2,300}|主题词[:].{2,80}"
    r"|(?:19|20)\d\d年\d{1,2}月\d{1,2}日印发|.{2,40}(?:秘书处|办公室|办公厅)\s*(?:19|20)\d\d年\d{1,2}月\d{1,2}日印发)$"
)
BOOKMARK = re.compile(r"\[bookmark: [^\]]{1,40}\]")
_COPY_RUN = 5  # lines in a row that must repeat before a block counts as a second copy


def furniture_lines(lines: Sequence[Line]) -> dict[int, str]:
    """The reason for each line index that is furniture; blank lines are left out."""
    reasons: dict[int, str] = {}
    labelled = [line.index for line in lines if label_at(line.text) is not None and len(line.text) > 4]
    inside = range(labelled[0], labelled[-1] + 1) if labelled else range(0)
    for index in _front_matter(lines):
        reasons[index] = "metadata"
    for line in lines:
        if line.index not in reasons and line.text:
            if IMPRINT.match(line.text):
                reasons[line.index] = "imprint"
            elif (
                SITE.match(line.text)
                or _LINK_LINE.match(line.text)
                or (line.index not in inside and SITE_OUTSIDE.match(line.text))
            ):
                reasons[line.index] = "site"
    _metadata_tables(lines, reasons)
    for index in _contents(lines):
        reasons.setdefault(index, "contents")
    for index in _copies(lines):
        reasons[index] = "second copy"
    _before_the_document(lines, reasons)
    _after_the_document(lines, reasons)
    return reasons


def _metadata_tables(lines: Sequence[Line], reasons: dict[int, str]) -> None:
    """Mark the pipe tables in which a site prints 索引号, 发文机关, 成文日期 of the document, or its links."""
    run: list[Line] = []
    for line in [*lines, Line(len(lines), 0, 0, "")]:
        if "|" in line.text:
            run.append(line)
            continue
        fields = {field for other in run for field in _METADATA.findall(re.sub(r"\s+", "", other.text))}
        linked = sum(bool(_LINKS.search(other.text)) for other in run)
        if len(fields) >= 2 or (linked and linked * 2 >= sum(not _RULE.fullmatch(other.text) for other in run)):
            for other in run:
                reasons[other.index] = "metadata" if len(fields) >= 2 else "site"
        run = []


def _front_matter(lines: Sequence[Line]) -> range:
    """The YAML block of a markdown file, `---` to `---`."""
    if not lines or lines[0].text != "---":
        return range(0)
    for line in lines[1:80]:
        if line.text == "---":
            return range(0, line.index + 1)
    return range(0)


def _copies(lines: Sequence[Line]) -> list[int]:
    """Indexes of lines that print again, in order, what stood above (sites that print a page twice)."""
    filled = [line for line in lines if line.text]
    texts = [re.sub(r"\s+", "", line.text) for line in filled]
    # Only an exact repetition of a title can open a second copy: sections may well share a sentence.
    first: dict[str, int] = {}
    copies: list[int] = []
    at = 0
    while at < len(texts):
        text = texts[at]
        earlier = first.get(text)
        if earlier is not None and is_title(filled[at]):
            run = 0
            while at + run < len(texts) and earlier + run < at and texts[earlier + run] == texts[at + run]:
                run += 1
            if run >= _COPY_RUN:
                copies.extend(line.index for line in filled[at : at + run])
                at += run
                continue
        first.setdefault(text, at)
        at += 1
    return copies


def _contents(lines: Sequence[Line]) -> list[int]:
    """The lines of a table of contents (目录): short ones behind that word that all come again as headings."""
    filled = [line for line in lines if line.text]
    bare = [re.sub(r"[\s.…·]+\d*$|\s", "", line.text) for line in filled]
    for at, text in enumerate(bare):
        if text != "目录":
            continue
        later = bare[at + 1 :]
        count = 0
        while count < len(later) and len(later[count]) <= 40 and not filled[at + 1 + count].ends_sentence:
            if later[count] not in later[count + 1 :]:
                break
            count += 1
        # What the contents list stands in it once; the first line that does not come again is the text's own.
        while count and later[count - 1] in later[: count - 1]:
            count -= 1
        if count >= 2:
            return [line.index for line in filled[at : at + 1 + count]]
    return []


def _is_head(line: Line) -> bool:
    """Whether the line can stand above a document's title and still be the document's own."""
    return bool(ORGAN.match(line.text) or (DOCUMENT_NUMBER.search(line.text) and len(line.text) < 60))


def _before_the_document(lines: Sequence[Line], reasons: dict[int, str]) -> None:
    """Mark what stands above the first title, where that title really opens a document."""
    filled = [line for line in lines if line.text and line.index not in reasons]
    for at, line in enumerate(filled):
        if label_at(line.text) and line.ends_sentence:
            return  # running text before any title: nothing above it is furniture
        if (
            ADDRESSEES.match(line.text)
            or ORDER_HEAD.fullmatch(line.text)
            or (DOCUMENT_NUMBER.match(line.text) and len(line.text) < 40)
        ):
            # An order opens with its head (…令); a page whose title went to its metadata with the number or
            # the addressees (主送机关).
            _mark_before(filled, at, reasons)
            return
        if not is_title(line):
            continue
        after = filled[at + 1 : at + 16]
        opens = any(
            label_at(other.text) or ADDRESSEES.match(other.text) or DOCUMENT_NUMBER.search(other.text)
            or (len(other.text) > 60 and other.ends_sentence) or STAMP.match(other.text)
            for other in after
        )  # fmt: skip
        if not opens:
            continue
        _mark_before(filled, at, reasons)
        return


def _mark_before(filled: Sequence[Line], at: int, reasons: dict[int, str]) -> None:
    while at > 0:
        opened = next((back for back in (1, 2, 3) if back <= at and title_end(filled[at - back], filled[at - back + 1 : at + 1]) == back), 0)
        if not opened and not _is_head(filled[at - 1]):
            break
        at -= opened or 1
    told = [line for line in filled[:at] if line.ends_sentence and len(line.text) > 40]
    for line in filled[:at]:
        # One paragraph above a title is the page's abstract; several are a text of their own.
        if len(told) < 2 or line not in told:
            reasons[line.index] = "before the document"


def _after_the_document(lines: Sequence[Line], reasons: dict[int, str]) -> None:
    """Mark what follows the last piece of policy text, where a known end mark stands before it."""
    filled = [line for line in lines if line.text]
    last = len(filled)
    for at in range(len(filled) - 1, -1, -1):
        line = filled[at]
        if line.index in reasons:
            last = at
            continue
        if label_at(line.text) or line.ends_sentence or len(line.text) > 60 or "|" in line.text:
            break
        if is_title(line) or ORGAN.match(line.text) or re.search(r"\d年\d{1,2}月\d{1,2}日$", line.text):
            break
        if line.text.isdigit():
            break
    else:
        return
    # `at` is now the last line that can be policy text; short lines after an end mark are the site's.
    marked = [i for i in range(at + 1, len(filled)) if filled[i].index in reasons]
    if not marked:
        return
    for line in filled[min(last, marked[0]) :]:
        reasons.setdefault(line.index, "after the document")
