"""Numbers in policy prose: what they count, for which year, compared how; and what is no figure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus.quantities
from corpus.document import Document, FigureKind
from corpus.load import parse
from corpus.normalize import normal
from corpus.quantities import NUMBER, YEAR, Quantity, masked, quantities, sentences, value_of
from corpus.reading import RawSource
from tests.conftest import Sliced, effort

PROSE = st.text("到2025年底力争达到以上分别、，。；（）《》“”\n1.5,3亿万元个%百分之七十五 -~至第条号〔〕", max_size=60)
HAN = "零一二三四五六七八九"


def _document(text: str) -> Document:
    return parse(RawSource("甲.txt", text, "0"))


def _read(text: str) -> list[tuple[str, Quantity]]:
    folded = normal(text)
    return [(folded[q.start : q.end], q) for q in quantities(folded)]


def _one(text: str) -> Quantity:
    found = _read(text)
    assert len(found) == 1, [words for words, _ in found]
    return found[0][1]


def _printed(number: int) -> str:
    """A number below 10000 in Chinese numerals, as prose prints it (一千零五, 二十)."""
    words, zero = "", False
    for unit, place in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // place % 10
        if digit == 0:
            zero = bool(words)
            continue
        words += ("零" if zero else "") + HAN[digit] + unit
        zero = False
    return words.removeprefix("一") if words.startswith("一十") else words


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 9999))
def test_han_numeral(number: int) -> None:
    """A Chinese numeral has the value that it prints."""
    assert value_of(_printed(number)) == number


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9999), st.integers(0, 9999))
def test_han_numeral_with_wan(high: int, low: int) -> None:
    """A Chinese numeral with 万 counts its two parts."""
    assert value_of(_printed(high) + "万" + (_printed(low) if low else "")) == high * 10000 + low


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_arabic_numeral(number: int) -> None:
    """An Arabic number has its value, with thousands marks and with 万 behind it."""
    assert value_of(str(number)) == value_of(f"{number:,}") == number
    assert value_of(str(number), "万") == number * 10000


@pytest.mark.parametrize(
    ("number", "scale", "value"),
    [("1,958", None, 1958), ("2.45", "万", 24500), ("1.5", "亿", 150000000), ("3", "千", 3000), ("一千九百", None, 1900),
     ("十", None, 10), ("两千零二十五", None, 2025), ("八点五", None, 8.5), ("三万五千", None, 35000), ("3-5", None, None),
     ("甲", None, None), ("", None, None)],
)  # fmt: skip
def test_value_of(number: str, scale: str | None, value: float | None) -> None:
    """A printed number has its value; a range and what is no number have none."""
    assert value_of(number, scale) == value


@settings(max_examples=200, deadline=None)
@given(PROSE)
def test_sentences_are_ordered(text: str) -> None:
    """Sentences stand in order within the text, without blanks at their ends, and leave no word out."""
    text = normal(text)
    spans = sentences(text)
    at = 0
    rest = list(text)
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        rest[start:end] = " " * (end - start)
        at = end
    assert "".join(rest).strip() == ""


@settings(max_examples=200, deadline=None)
@given(PROSE)
def test_quantities_lie_in_their_sentences(text: str) -> None:
    """A quantity's offsets lie in its sentence, and the sentence is one of the text's."""
    text = normal(text)
    spans = sentences(text)
    for quantity in quantities(text):
        assert quantity.sentence in spans
        assert quantity.sentence[0] <= quantity.start < quantity.end <= quantity.sentence[1]


@settings(max_examples=200, deadline=None)
@given(PROSE)
def test_masking_keeps_the_length(text: str) -> None:
    """Masking blanks characters out and moves none."""
    text = normal(text)
    shown = masked(text)
    assert len(shown) == len(text)
    assert all(a in (b, "\x00") for a, b in zip(shown, text, strict=True))


def test_sentences_keep_brackets_whole() -> None:
    """A stop inside brackets or a title ends no sentence; a semicolon and a line break do."""
    text = normal("建设助餐点（含改造。新建。）；按月检查。\n依据《甲办法。》办理")
    assert [text[a:b] for a, b in sentences(text)] == [
        "建设助餐点(含改造。新建。);", "按月检查。", "依据《甲办法。》办理",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("到2024年、2025年，助餐覆盖率分别达到60%、80%。", [("60%", 2024, "达到"), ("80%", 2025, "达到")]),
        ("2024和2025年全区助餐覆盖率分别达35%、40%以上。", [("35%", 2024, "以上"), ("40%", 2025, "以上")]),
        ("2023年、2024年、2025年分别新增100张、200张和300张床位。",
         [("100张", 2023, None), ("200张", 2024, None), ("300张", 2025, None)]),
    ],
)  # fmt: skip
def test_respectively_by_year(text: str, expected: list[tuple[str, int, str | None]]) -> None:
    """A 分别 list behind years gives each value its year, and a mark behind the list holds for all of it."""
    assert [(words, q.year, q.comparator) for words, q in _read(text)] == expected


def test_respectively_by_item() -> None:
    """A 分别 list behind named items gives each value its item."""
    found = _read("按照特困、低保、普通老人分别给予每月300元、200元、100元的助餐补贴。")
    assert [(words, q.scope, q.kind) for words, q in found] == [
        ("300元", "特困", FigureKind.SUBSIDY), ("200元", "低保", FigureKind.SUBSIDY), ("100元", "普通老人", FigureKind.SUBSIDY),
    ]  # fmt: skip


def test_respectively_that_does_not_match() -> None:
    """Where years and values differ in number no value is given a year by the list."""
    assert {q.year for _, q in _read("2024年、2025年分别达到35%、40%、50%。")} == {None}


@pytest.mark.parametrize(
    ("text", "words", "comparator", "value", "unit"),
    [
        ("补助标准为3000元/床，最高不超过45万元。", "45万元", "最高不超过", 450000, "元"),
        ("一次性奖励不超过10万元。", "10万元", "不超过", 100000, "元"),
        ("到2025年，护理员达到7万左右。", "7万", "左右", 70000, None),
        ("到2025年，覆盖率力争达到60%。", "60%", "力争达到", 60, "%"),
        ("力争建成20个助餐点。", "20个", "力争", 20, "个"),
        ("普惠床位占比80%以上。", "80%", "以上", 80, "%"),
        ("每个街道建设不少于2个助餐点。", "2个", "不少于", 2, "个"),
        ("每个街道至少新建1家敬老院。", "1家", "至少", 1, "家"),
        ("普及率超过90%。", "90%", "超过", 90, "%"),
        ("入住率达到百分之七十五。", "百分之七十五", "达到", 75, "%"),
        ("每人补贴一千九百元。", "一千九百元", None, 1900, "元"),
        ("投资约2.45亿元。", "2.45亿元", "约", 245000000, "元"),
        ("服务人口1,958万人。", "1,958万人", None, 19580000, "人"),
        ("每床面积不得少於六平方公尺。", "六平方公尺", "不得少于", 6, "平方公尺"),
        ("自受理之日起十五日内答复。", "十五日", "内", 15, "日"),
        ("经三分之二以上成员同意。", "三分之二", "以上", 2 / 3, None),
        ("较上年增长5个百分点。", "5个百分点", None, 5, "个百分点"),
    ],
)
def test_value_and_comparator(text: str, words: str, comparator: str | None, value: float, unit: str | None) -> None:
    """A number is read with its unit, with 万 and 亿 multiplied out, and with the word that bounds it."""
    quantity = dict(_read(text))[words]
    assert (quantity.comparator, quantity.value, quantity.unit) == (comparator, value, unit)


@pytest.mark.parametrize(
    ("text", "words", "unit"),
    [("每床面积6-8平方米。", "6-8平方米", "平方米"), ("周期为3至5年。", "3至5年", "年"), ("招收3～6岁幼儿。", "3~6岁", "岁"),
     ("每月补贴50—100元。", "50-100元", "元")],
)  # fmt: skip
def test_ranges(text: str, words: str, unit: str) -> None:
    """A range is one figure with a unit and without a single value."""
    ((found, quantity),) = _read(text)
    assert (found, quantity.value, quantity.unit) == (words, None, unit)


@pytest.mark.parametrize(
    ("text", "year"),
    [("到2025年，建成助餐点20个。", 2025), ("2023年，建成助餐点20个。", 2023), ("到“十四五”期末，建成助餐点20个。", 2025),
     ("到十五五末，建成助餐点20个。", 2030), ("2024—2025年新增助餐点20个。", None), ("建成助餐点20个。", None),
     ("到2025年，完善设施。建成助餐点20个。", 2025), ("到2025年，城区建成；乡镇助餐点20个。", 2025),
     ("到2025年，完善设施。\n建成助餐点20个。", None)],
)  # fmt: skip
def test_year(text: str, year: int | None) -> None:
    """A figure holds for the year said before it, in its paragraph; a span of years is no single year."""
    assert _one(text).year == year


def test_hours_are_no_target_of_a_year() -> None:
    """A duration does not inherit the year that a paragraph opens with."""
    assert _one("到2025年，完善设施。组织培训不少于60学时。").year is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("对助餐点给予补助3000元。", FigureKind.SUBSIDY),
        ("对示范单位一次性奖励10万元。", FigureKind.SUBSIDY),
        ("收费标准为每平方米24元。", FigureKind.MONEY),
        ("对违规机构处5000元罚款。", FigureKind.MONEY),
        ("为3岁以下婴幼儿提供服务。", FigureKind.AGE),
        ("面向年满60周岁的老人。", FigureKind.AGE),
        ("在10个工作日内办结。", FigureKind.DURATION),
        ("建筑面积300平方米。", FigureKind.AREA),
        ("到2025年，建成助餐点20个。", FigureKind.TARGET),
        ("截至2023年底，全区已有床位3200张。", FigureKind.BASELINE),
        ("其中一级机构5家。", FigureKind.COUNT),
        ("床位利用率60%。", FigureKind.SHARE),
    ],
)
def test_kind(text: str, kind: FigureKind) -> None:
    """A figure's kind follows from its unit and its sentence."""
    assert _one(text).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "按照《三年行动计划（2023—2025年）》执行。",
        "按照《甲办法（2019年版）》（JGJ39—2016）要求。",
        "根据甲府发〔2023〕12号文件办理。",
        "根据甲府发[2020] 3 号、乙卫发【2021】5号办理。",
        "依据第三条第（二）项办理。",
        "自2024年5月6日起施行。",
        "于6月底前、9月10日前报送。",
        "按GB 50016-2014标准执行。",
        "采用A4纸打印，实行3+2模式、24×7服务。",
        "详见附件2、专栏1。",
        "公布热线12345，接受监督。",
        "落实第七次会议精神。",
    ],
)
def test_no_figures(text: str) -> None:
    """Cited titles, document numbers, articles, dates, standards and codes give no figures."""
    assert _read(text) == []


def test_list_labels_are_no_figures() -> None:
    """The number of a clause is no figure of it."""
    document = _document("甲区养老服务方案\n一、任务\n1. 建成助餐点20个。\n2.完善设施。\n二、要求\n抓好落实。\n")
    assert [figure.text for clause in document.clauses for figure in clause.figures] == ["20个"]


def test_word_figure() -> None:
    """全覆盖 is a figure without a value."""
    quantity = _one("到2025年，实现社区全覆盖。")
    assert (quantity.value, quantity.comparator, quantity.year) == (None, "全覆盖", 2025)


@pytest.mark.parametrize(
    ("text", "indicator"),
    [("补助标准为3000元/床。", "补助标准"), ("到2025年，全区每千人口床位数达5.0张。", "每千人口床位数"),
     ("到2025年，助餐覆盖率达到60%。", "助餐覆盖率"), ("招收3～6岁幼儿。", "招收幼儿")],
)  # fmt: skip
def test_indicator(text: str, indicator: str) -> None:
    """A figure is about the words before it, without year, place word and link."""
    assert _one(text).indicator == indicator


def test_traditional_figures_are_quoted_as_printed() -> None:
    """A figure of a Traditional clause is its literal slice, read through the Simplified text."""
    document = _document("甲省養老服務規劃\n一、目標\n到2025年，每千人口床位數達到4.5個左右，普惠床位占比60%以上。\n二、保障\n落實經費。\n")
    figures = [figure for clause in document.clauses for figure in clause.figures]
    assert [(f.text, f.value, f.comparator, f.year) for f in figures] == [
        ("4.5個", 4.5, "左右", 2025), ("60%", 60.0, "以上", 2025),
    ]  # fmt: skip
    assert all(f.text == f.span.of(document.source) for f in figures)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["建成20個助餐點", "補助３０００元", "面積６㎡", "㈠每月10元", "達到75％以上", "到2025年"]), min_size=1))
def test_figures_are_literal(pieces: list[str]) -> None:
    """Whatever folds to another length, a figure and its sentence are slices of the source."""
    source = "甲省養老服務規劃\n一、目標\n共" + "，".join(pieces) + "。\n二、保障\n落實經費。\n"
    for clause in _document(source).clauses:
        for figure in clause.figures:
            assert source[figure.span.start : figure.span.end] == figure.text
            assert figure.sentence.covers(figure.span)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [(NUMBER, "3000元/床", "元/床"), (NUMBER, "百分之八点五", "百分比"), (NUMBER, "十五个工作日", "工作日"), (NUMBER, "全覆盖", "覆盖"),
     (YEAR, "2025年", "1025年"), (YEAR, "2023、2024、2025年", "12025年"), (YEAR, "2023-2025年", "2025个")],
)  # fmt: skip
def test_patterns(pattern, yes: str, no: str) -> None:
    """A number needs its digits and a year its four digits of this century or the last."""
    assert pattern.search(yes)
    assert not pattern.search(no)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("最低生活费二点五倍。", [("二点五倍", 2.5)]),
        ("资金达到1千万以上。", [("1千万", 1e7)]),
        ("给予5%-20%奖励。", [("5%", 5.0), ("20%", 20.0)]),
        ("给予10万元—100万元支持。", [("10万元", 1e5), ("100万元", 1e6)]),
        ("按日加收万分之五的滞纳金。", [("万分之五", 0.0005)]),
        ("按照9:1的比例分担。", [("9:1", None)]),
        ("运营满一年的，给予五年奖励。", [("一年", 1.0), ("五年", 5.0)]),
        ("累计满一百八十三天的个人。", [("一百八十三天", 183.0)]),
        ("于三月一日至六月三十日办理。", []),
        ("从第4个月起停发。", []),
        ("中华民国一百零一年十二月十八日修正。", []),
        ("一年级学生在一年一度的活动。", []),
        ("4月4日（周五）至6日（周日）放假。", []),
        ("补助××万元。", []),
        ("每个街道至少一所。建成一个中心。", [("一所", 1.0)]),
        ("1.2025年，全市新增托位1000个。", [("1000个", 1000.0)]),
        ("带宽100Mbps以上，流量超过30GB的5G基站。", [("100Mbps", 100.0), ("30GB", 30.0)]),
        ("装机容量达到12亿千瓦。", [("12亿千瓦", 1.2e9)]),
        ("存栏量稳定在25万头以上。", [("25万头", 250000.0)]),
        ("每月28日前报送。", []),
    ],
)
def test_forms_of_numbers(text: str, figures: list[tuple[str, float | None]]) -> None:
    """Decimals in words, ranges with a unit on both sides, ratios; dates and ordinals are no figures."""
    folded = normal(text)
    assert [(folded[q.start : q.end], q.value) for q in quantities(folded)] == [
        (normal(words), value) for words, value in figures
    ]


@pytest.mark.parametrize(
    ("text", "amount", "indicator"),
    [
        ("对上市企业，给予企业500万元奖励。", "500万元", "奖励"),
        ("责令改正，处2000元以上2万元以下的罚款。", "2000元", "罚款"),
        ("落户本市的3周岁以下婴幼儿。", "3周岁", "婴幼儿"),
        ("基本生活标准每人每月分别为2413元、2512元、2121元。", "2121元", "基本生活标准"),
        ("逐步提高公办园在园幼儿比例，2027年达到60%以上。", "60%", "公办园在园幼儿比例"),
        ("按照不低于1%的比例抽查。", "1%", "比例抽查"),
        ("在职期间可领取500元。", "500元", "在职期间可领取"),
    ],
)
def test_what_a_number_is_about(text: str, amount: str, indicator: str) -> None:
    """The noun behind a giving verb, an age's own noun, the subject before the comma, a list's shared words."""
    folded = normal(text)
    assert next(q.indicator for q in quantities(folded) if folded[q.start : q.end] == amount) == indicator


@pytest.mark.parametrize(
    ("text", "amount", "comparator", "kind"),
    [
        ("销售收入超过2000万元的企业，给予20万元奖励。", "2000万元", "超过", FigureKind.THRESHOLD),
        ("销售收入超过2000万元的企业，给予20万元奖励。", "20万元", None, FigureKind.SUBSIDY),
        ("处欠缴数额1倍以上3倍以下的罚款。", "1倍", "以上", FigureKind.COUNT),
        ("人数比例达30%以上的团队。", "30%", "以上", FigureKind.SHARE),
        ("六岁以上未满十八岁之子女。", "十八岁", "未满", FigureKind.AGE),
        ("最高补助新台币十二万元。", "十二万元", "最高", FigureKind.SUBSIDY),
        ("工资高于统筹地区平均工资300%的。", "300%", "高于", FigureKind.SHARE),
        ("每日最低工资之十分之一。", "十分之一", None, FigureKind.SHARE),
        ("销售收入首次突破200亿元的，给予400万元奖励。", "200亿元", "首次突破", FigureKind.THRESHOLD),
        ("金额最高可达20万元，给予补助。", "20万元", "最高", FigureKind.SUBSIDY),
        ("及时下达396户。", "396户", None, FigureKind.COUNT),
        ("2009年末，全区有学校347所。", "347所", None, FigureKind.BASELINE),
    ],
)
def test_marks_and_kinds(text: str, amount: str, comparator: str | None, kind: FigureKind) -> None:
    """What must be met, what is paid, a fine's rate and a share are told apart."""
    folded = normal(text)
    found = next(q for q in quantities(folded) if folded[q.start : q.end] == amount)
    assert (found.comparator, found.kind) == (comparator, kind)


def test_a_year_compared_with_is_not_the_year_of_a_figure() -> None:
    """比2020年下降: the target's own year stands, for this figure and those behind it."""
    text = normal("到2025年，能耗比2020年下降13.5%，非化石能源比重达到20%左右。")
    assert [(text[q.start : q.end], q.year) for q in quantities(text)] == [("13.5%", 2025), ("20%", 2025)]


@pytest.mark.parametrize(
    "sentence",
    [
        "对甲类企业给予5元补贴,比2020年增长5%;到2025年由甲局负责。",
        "到2025年,甲类达到5%,比2020年增长6所,",
        "甲类企业收费5元;",
        "甲类企业5元比2020年增长6%",
        "2024年、2025年分别达5%、6%,甲、乙分别为7元、8元,",
        "(甲类企业)(补贴5元,其中省级6元)",
    ],
)
def test_four_times_the_text_is_four_times_the_work(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands before a number is not read anew for each number: a clause may be a whole annex."""
    monkeypatch.setattr(corpus.quantities, "masked", lambda text: Sliced(masked(text)))
    few, many = (effort(lambda count=count: quantities(Sliced(sentence * count))) for count in (50, 200))
    assert many < 8 * few  # sixteen times, were it each with each


@pytest.mark.parametrize("between", ["的类别", "每人每月给予", "标准为", "、"])
def test_of_long_words_before_a_number_the_end_is_shown(between: str) -> None:
    """Where no mark parts the words, as in the text of a table, the last of them are the indicator."""
    text = "甲乙丙丁戊" * 200 + between + "5元补助"
    assert quantities(text)[0].indicator == corpus.quantities.quantities(text[-300:])[0].indicator


@pytest.mark.parametrize(
    ("text", "printed", "value", "unit", "comparator", "indicator"),
    [
        ("食品处理区的面积不小于30㎡，集中就餐区使用面积不小于25㎡。", "30m2", 30, "平方米", "不小于", "食品处理区的面积"),
        ("就餐区不小于25m²。", "25m2", 25, "平方米", "不小于", "就餐区"),
        ("用地2km²。", "2km2", 2, "平方公里", None, "用地"),
        ("蓄水50m³。", "50m3", 50, "立方米", None, "蓄水"),
        ("按300元/㎡·年补助。", "300元/m2·年", 300, "元/平方米·年", None, "补助"),
        ("建筑面积约30平米。", "30平米", 30, "平方米", "约", "建筑面积"),
    ],
)
def test_a_measure_has_one_name_however_it_is_printed(
    text: str, printed: str, value: float, unit: str, comparator: str | None, indicator: str
) -> None:
    """㎡ folds to m2, which is no code such as A2: it counts square metres, alone and as what an amount is paid for."""
    shown = normal(text)
    found = quantities(shown)[0]
    assert shown[found.start : found.end] == printed
    assert (found.value, found.unit, found.comparator, found.indicator) == (value, unit, comparator, indicator)


def test_codes_are_no_measures() -> None:
    """型号A2, PM2.5 and M3-5 hold no quantity."""
    assert quantities(normal("型号A2、PM2.5监测、M3-5级。")) == []


@pytest.mark.parametrize(
    ("text", "printed", "comparator"),
    [
        ("教保員人數，不得超過園內教保服務人員總人數之三分之一。", "三分之一", "不得超过"),
        ("單一性別代表不得少於三分之一。", "三分之一", "不得少于"),
        ("家长会代表不得少于全体教职员工人数四分之一。", "四分之一", "不得少于"),
        ("所需资金按1：1配套。", "1:1", None),
    ],
)
def test_fractions_and_ratios_are_shares(text: str, printed: str, comparator: str | None) -> None:
    """A part of a whole is a share, bounded before it or before what it is a part of."""
    shown = normal(text)
    found = quantities(shown)[0]
    assert (shown[found.start : found.end], found.kind, found.comparator) == (printed, FigureKind.SHARE, comparator)


@pytest.mark.parametrize(("text", "count"), [("終身不得聘任。", 1), ("终身享受医疗待遇。", 1), ("终身学习体系。", 0), ("终身教育。", 0)])
def test_for_ever_is_a_duration_where_something_is_barred_or_granted(text: str, count: int) -> None:
    """终身不得聘任 says how long; 终身学习 does not."""
    assert [found.kind for found in quantities(normal(text))] == [FigureKind.DURATION] * count


@pytest.mark.parametrize(
    ("text", "year", "indicator"),
    [
        ("2025年12月底前，普惠托位占比达到60%。", 2025, "普惠托位占比"),
        ("2025年6月底前新增托位500个。", 2025, "新增托位"),
        ("到2025年6月末，建成托育机构20家。", 2025, "建成托育机构"),
        ("每年6月底前上报2次以上。", None, "上报"),
        ("2019年1月1日起，每人每月补助300元。", None, "每人每月补助"),
        ("2025年1月1日之前出生、不满3周岁的婴幼儿。", None, "婴幼儿"),
    ],
)
def test_the_end_of_a_month_is_a_deadline_of_its_year(text: str, year: int | None, indicator: str) -> None:
    """What is to be reached by 6月底 is that year's; a day from which or before which something holds is not."""
    found = quantities(normal(text))[0]
    assert (found.year, found.indicator) == (year, indicator)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("七、指标。2023年，全县新建托育机构10家。全县托位总量达到700个。", 2023),
        ("(三)工作目标。2025年,新增10家。托位总量达到700个。", 2025),
        ("七、为贯彻文件，制定本方案。2023年，新建10家。托位总量达到700个。", None),  # no heading: commas make it a sentence
    ],
)
def test_a_year_behind_a_heading_opens_the_paragraph(text: str, year: int | None) -> None:
    """What the first sentence behind a heading dates is dated to the paragraph's end."""
    (places,) = [q for q in quantities(normal(text)) if q.value == 700]
    assert places.year == year


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("父母双方各增加五天育儿假。", [("五天", 5.0)]),
        ("配偶享受十五天护理假。", [("十五天", 15.0)]),
        ("再享受一百八十日生育奖励假。", [("一百八十日", 180.0)]),
        ("连放五天电影。", []),
        ("逢五日开集。", []),
    ],
)
def test_days_of_leave_are_a_length_of_time(text: str, figures: list[tuple[str, float]]) -> None:
    """五天育儿假 is five days, told by the kind of leave behind them; 五天电影 is none."""
    assert [(text[q.start : q.end], q.value) for q in quantities(text)] == figures


@pytest.mark.parametrize(
    ("text", "days"),
    [("给予十五天陪护假。", [15.0]), ("第十五天陪护假到期。", []), ("于五日放假。", []), ("享受育儿假各五天假期。", [5.0])],
)
def test_a_length_of_leave_is_no_date(text: str, days: list[float]) -> None:
    """十五天陪护假 is a length of time; the fifteenth day and the day of a holiday are none."""
    assert [q.value for q in quantities(text) if q.unit in ("天", "日")] == days
