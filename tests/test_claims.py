"""对吗: a claim is called right or wrong only where that is certain, else the clause stands without a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from assistant.assistant import Assistant
from assistant.claims import claimed_figure, claimed_of, claims, judged, printed
from assistant.draft import Line
from assistant.evidence import terms
from assistant.question import understand
from assistant.units import Units
from corpus.document import Clause
from corpus.load import parse
from corpus.reading import RawSource
from indexing.lexical import WordCutter
from tests.sample_corpora import over

TEXT = """甲区托育管理办法
一、等级评定。到2025年评定一级托育机构5家、二级托育机构20家；创建市级示范单位3家。
二、生活补助。保育保教费按每人每月200元，生活费按每人每天5元。
三、普惠占比。普惠托位占比2024年达到30%，2025年达到60%。
四、开园补助。补助标准为3000元/托位，每家机构补助金额最高不超过45万元。（牵头单位：区财政局、区卫生健康委；责任单位：区教委）
五、从业限制。有虐待婴幼儿行为的，终身不得从事托育服务。
六、资金使用。补助资金不得用于偿还债务。
七、施行。本办法自2024年5月1日起施行。
八、备案。托育机构应当向区卫生健康委备案。
九、资助。符合条件的家庭可以申请入托资助。
十、审议。方案已经2024年9月30日区政府会议审议通过，现印发给你们。
十一、入园。小班新生应为2022年9月1日至2023年8月31日期间出生的幼儿。
十二、津贴。高龄津贴按每人每月200元发放，发到100周岁为止。
十三、税费。养老机构用地免征土地使用税。符合条件的养老机构免征增值税。
十四、床位。2024年新增床位10万个，2025年新增床位12万个。
十五、发放。补贴发放不超过10个月，合计220天。
十六、收费。养老机构不得收取入住押金。
十七、创建。创建奖励一次性100000元，分十年发放，每年10000元。
十八、助餐。到2025年建成助餐点30家。（牵头单位：区民政局；责任单位：区财政局、区教委）
十九、时间。2024年9月1日后不得入园。
二十、装修补助。申请装修补助的机构应当备案满一年，且入托率超过30%。
二十一、婚假。依法办理结婚登记的职工，除享受国家规定的婚假外，增加婚假七天，婚假期间工资照发。
二十二、产假。违反规定生育的，不享受生育奖励假。
二十三、陪产。符合规定生育的职工，配偶享受护理假十五天。
二十四、轮训。护理人员每年组织一次轮训。
二十五、考核。站点每半年考核一次。
二十六、岗位津贴。护理岗位每年发放津贴2000元。
附件
托位任务表
镇街\t2023年托位数\t2024年托位数\t2023-2025年托位数
甲街道\t10\t30\t100
乙街道\t20\t40\t200
"""
RIGHT, WRONG, OPEN, REFUSED, LISTED, UNLISTED = "对", "不对", "", "不可以", "在列", "不在列"


@pytest.fixture(scope="module")
def clauses() -> dict[str, Clause]:
    """The clauses of a policy by their number, the rows of its table by their key."""
    document = parse(RawSource("甲.txt", TEXT, "0" * 64))
    return {clause.path if "表" not in clause.path else clause.heading or "": clause for clause in document.clauses}


@pytest.fixture(scope="module")
def told() -> Callable[[str, list[Line]], list[str]]:
    """What becomes of lines, judged against a claim."""
    cutter, units = WordCutter(), Units(["区财政局", "区卫生健康委", "区教委", "区民政局"])

    def told(text: str, lines: list[Line]) -> list[str]:
        question = understand(text)
        return [line.text for line in judged(question, lines, terms(question, cutter, lambda word: 1.0, lambda pair: 1.0), units)]

    return told


@pytest.fixture(scope="module")
def verdict(clauses: dict[str, Clause], told: Callable[[str, list[Line]], list[str]]) -> Callable[..., str]:
    """What is said of a claim over lines that quote these clauses whole: 对, 不对 and the like, or nothing. What is shown
    beside them stands behind them."""

    def verdict(text: str, *numbers: str) -> str:
        lines = [clauses[number].text for number in numbers]
        first, *rest = told(text, [Line(clauses[number].text, [clauses[number]]) for number in numbers])
        assert rest[: len(lines) - 1] == lines[1:]
        said = first.removesuffix(lines[0])
        assert said in ("", "对。", "不对。", "不对。文件规定：", "不可以。", "在列。", "不在列。")
        return said.split("。")[0]

    return verdict


# ---- figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("一", "评定一级托育机构5家，对吗？", RIGHT),
        ("一", "评定一级托育机构6家，对吗？", WRONG),
        ("一", "评定二级托育机构20家，对吗？", RIGHT),
        ("一", "评定二级托育机构5家，对吗？", WRONG),  # the neighbour's
        ("一", "评定一级托育机构20家，对吗？", WRONG),
        ("一", "评定三级托育机构5家，对吗？", OPEN),  # no such class
        ("一", "评定一级托育机构5家、二级托育机构20家，对吗？", RIGHT),
        ("一", "一级托育机构20家、二级5家，对吗？", WRONG),
        ("一", "一级5家、二级20家，对吗？", RIGHT),
        ("一", "一级5家、二级21家，对吗？", WRONG),
        ("一", "创建市级示范单位3家，对吗？", RIGHT),
        ("一", "创建市级示范单位5家，对吗？", WRONG),
        ("二", "生活费每人每天5元，对吗？", RIGHT),
        ("二", "生活费每人每天8元，对吗？", WRONG),
        ("二", "生活费每人每天200元，对吗？", WRONG),
        ("二", "生活费每人每月5元，对吗？", WRONG),  # as often
        ("二", "保育保教费每人每年200元，对吗？", WRONG),
        ("二", "保育保教费每人每月200元，对吗？", RIGHT),
        ("二", "生活费每人每天9，对吗？", OPEN),  # a number that the clause lacks is never passed over
        ("三", "2024年普惠托位占比达到30%，对吗？", RIGHT),
        ("三", "2024年普惠托位占比达到60%，对吗？", WRONG),  # of another year
        ("三", "2025年普惠托位占比达到60%，对吗？", RIGHT),
        ("三", "2026年普惠托位占比达到60%，对吗？", OPEN),
        ("四", "每个托位补助3000元，对吗？", RIGHT),
        ("四", "每个托位补助5000元，对吗？", WRONG),
        ("四", "每家机构补助最高不超过45万元，对吗？", RIGHT),
        ("四", "每家机构补助最高不超过50万元，对吗？", WRONG),
        ("八", "托育机构要在30天内向区卫生健康委备案，对吗？", OPEN),  # the clause sets no time
        ("十二", "高龄津贴发到100周岁，对吗？", RIGHT),
        ("十二", "高龄津贴发到90周岁，对吗？", WRONG),
        ("十二", "90周岁老人高龄津贴每人每月200元，对吗？", RIGHT),  # an age says whom it is about
        ("十三", "养老机构用地免征土地使用税90%，对吗？", OPEN),
        ("十四", "2025年新增床位12万个，对吗？", RIGHT),
        ("十四", "2024年新增床位12万个，对吗？", WRONG),
        ("十五", "补贴发放不超过10个月，对吗？", RIGHT),  # and 220天 beside it is no other figure
        ("十五", "补贴发放不超过12个月，对吗？", WRONG),
        ("十五", "补贴发放合计220天，对吗？", RIGHT),
        ("二十", "入托率45%的机构能申请装修补助吗？", OPEN),  # more than is required, and what else is, is not told
        ("二十", "入托率30%的机构能申请装修补助吗？", OPEN),
        ("二十", "入托率20%的机构能申请装修补助吗？", REFUSED),
        ("二十", "入托率要超过45%才能申请装修补助，对吗？", WRONG),
        ("二十", "入托率要超过30%才能申请装修补助，对吗？", RIGHT),
        ("十七", "创建奖励每年1万元，对吗？", RIGHT),  # 10000元 each year, and not 100000元 at once
        ("十七", "创建奖励每年10万元，对吗？", WRONG),
        ("十七", "创建奖励每年2万元，对吗？", WRONG),
        ("十七", "创建奖励一次性10万元，对吗？", RIGHT),
        ("二十一", "结婚登记的职工除国家规定的婚假以外再增加七天婚假，对吗？", RIGHT),  # words in between
        ("二十一", "依法结婚登记的职工增加七天婚假，对吗？", RIGHT),
        ("二十一", "依法结婚登记的职工增加十天婚假，对吗？", WRONG),
        ("二十一", "依法办理结婚登记的职工，增加婚假七天，这话有根据吗？", RIGHT),
        ("二十一", "依法办理结婚登记的职工，增加婚假十天，请判断真假。", WRONG),
        ("二十三", "符合规定生育的职工配偶享受十五天护理假，对吗？", RIGHT),
        ("二十三", "符合规定生育的职工配偶享受二十天护理假，对吗？", WRONG),
        ("二十四", "护理人员一年组织一次轮训，对吗？", RIGHT),  # 一年 is how often, and no year that must pass
        ("二十四", "护理人员一个月组织一次轮训，对吗？", WRONG),
        ("二十五", "站点一年考核一次，这个说法准不准？", WRONG),
        ("二十六", "护理岗位一年发2000元津贴，请判断真假。", RIGHT),
        ("二十六", "护理岗位一年发3000元津贴，请判断真假。", WRONG),
        ("二十六", "护理岗位一个月发2000元津贴，这话有根据吗？", WRONG),
        ("甲街道", "甲街道2024年托位数30个，对吗？", RIGHT),
        ("甲街道", "甲街道2024年托位数10个，对吗？", WRONG),
        ("甲街道", "甲街道2024年托位数100个，对吗？", WRONG),  # of all years
        ("乙街道", "乙街道2024年托位数30个，对吗？", WRONG),  # of another row
    ],
)
def test_a_figure_is_held_against_the_one_of_its_subject(
    verdict: Callable[..., str], number: str, text: str, said: str
) -> None:
    """Class, year, period, unit and row decide which figure a claim is held against, not which figures stand near."""
    assert verdict(text, number) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("甲街道和乙街道2024年托位数分别是30个和40个，对吗？", RIGHT),
        ("甲街道和乙街道2024年托位数分别是40个和30个，对吗？", WRONG),
        ("甲街道和乙街道2024年托位数分别是30个和20个，对吗？", WRONG),
    ],
)
def test_figures_claimed_one_each_are_held_against_their_own_line(
    verdict: Callable[..., str], text: str, said: str
) -> None:
    """分别是30和40: the first is of the first line, the second of the second."""
    assert verdict(text, "甲街道", "乙街道") == said


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("每个托位补助3000元，对吗？", [(3000.0, "元")]),
        ("一级5家、二级20家，对吗？", [(5.0, "家"), (20.0, "家")]),
        ("3岁以下婴幼儿每月补助200元，对吗？", [(200.0, "元")]),  # an age says whom it is about
        ("示范单位奖10万，对吗？", [(100000.0, "元")]),  # money where money is spoken of
        ("每个托位补助3000元，谁牵头？", []),  # nothing is claimed
        ("由区教委牵头，对吗？", []),
    ],
)
def test_the_figures_that_are_claimed(text: str, values: list[tuple[float, str]]) -> None:
    """Amounts and numbers are claimed, ages and what is not to be verified are not; one alone is the claimed figure."""
    question = understand(text)
    found = [(claim.quantity.value, claim.unit) for claim in claims(question)]
    assert found == values
    assert (claimed_figure(question) is not None) is (len(values) == 1)


# ---- units, dates, sentences -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("四", "开园补助由区财政局牵头，对吗？", RIGHT),
        ("四", "开园补助由区财政局和区卫健委牵头，对吗？", RIGHT),
        ("四", "开园补助由区教委牵头，对吗？", WRONG),  # it is responsible, it does not lead
        ("四", "开园补助由区教委负责，对吗？", RIGHT),
        ("四", "开园补助由区民政局负责，对吗？", WRONG),
        ("四", "开园补助由区财政局和区教委牵头，对吗？", WRONG),
        ("四", "开园补助是不是区财政局牵头？", RIGHT),
        ("四", "开园补助是不是区教委牵头？", WRONG),
        ("四", "开园补助不是区教委牵头吧？", OPEN),  # 对 to a negation may mean either
        ("四", "开园补助的责任单位列没列区教委？", LISTED),
        ("四", "开园补助的责任单位列没列区民政局？", UNLISTED),
        ("四", "开园补助的责任单位列没列区城市管理局？", UNLISTED),  # a unit that no document names
        ("四", "开园补助的责任单位包不包括区财政局？", LISTED),
        ("四", "开园补助的牵头单位包不包括区教委？", UNLISTED),  # it is responsible, it does not lead
        ("二", "生活补助列没列区教委？", OPEN),  # the clause lists no units
        ("二", "生活费是不是每人每天5元？", RIGHT),
        ("二", "生活费不是每人每天5元，对吗？", OPEN),
        ("七", "本办法自2024年5月1日起施行，对吗？", RIGHT),
        ("七", "本办法5月1日起施行，对吗？", RIGHT),
        ("七", "本办法自2024年6月1日起施行，对吗？", WRONG),
        ("七", "本办法自2023年5月1日起施行，对吗？", WRONG),
        ("十一", "2022年8月出生的能报小班吗？", REFUSED),
        ("十一", "2023年1月出生的能报小班吗？", RIGHT),
        ("十一", "2022年9月出生的能报小班吗？", RIGHT),
        ("十一", "2023年8月31日出生的能报小班吗？", RIGHT),
        ("十一", "2023年9月1日出生的能报小班吗？", REFUSED),
        ("十", "方案是2024年10月9日印发的，对吗？", OPEN),  # the one date is of something else
    ],
)
def test_units_and_dates_are_held_against_the_list_and_the_one_date(
    verdict: Callable[..., str], number: str, text: str, said: str
) -> None:
    """Every unit named must stand in the role claimed; a date agrees by what both state; a negation gets no verdict."""
    assert verdict(text, number) == said


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("五", "有虐待婴幼儿行为的，五年内不得从事托育服务，对吗？", WRONG),
        ("五", "有虐待婴幼儿行为的人能从事托育服务吗？", REFUSED),
        ("六", "补助资金能用于偿还债务吗？", REFUSED),
        ("六", "补助资金可以用于偿还债务，对吗？", WRONG),
        ("六", "补助资金不得用于偿还债务，对吗？", RIGHT),
        ("六", "补助资金不得用于购买设备，对吗？", OPEN),
        ("十三", "养老机构用地不用交土地使用税，对吗？", RIGHT),
        ("十三", "养老机构不用交增值税，对吗？", OPEN),  # on a condition
        ("十三", "养老机构用地不用交城市维护建设税，对吗？", OPEN),
        ("十三", "养老机构用地要交土地使用税，对吗？", WRONG),
        ("十三", "养老机构要交增值税，对吗？", OPEN),  # free of it on a condition
        ("十三", "养老机构用地要交城市维护建设税，对吗？", OPEN),
        ("十三", "所有养老机构用地都不用交土地使用税，对吗？", OPEN),
        ("二十二", "违反规定生育的不享受生育奖励假，对吗？", RIGHT),
        ("二十二", "违反规定生育的不再享受生育奖励假，请判断真假。", RIGHT),
        ("二十二", "违反规定生育的不享受婚假，对吗？", OPEN),  # of another leave
        ("二十三", "符合规定生育的职工配偶不享受护理假，对吗？", OPEN),  # never affirmed by what grants it
        ("十六", "养老机构不能收取入住押金，对吗？", RIGHT),
        ("十六", "养老机构不能收取伙食费，对吗？", OPEN),
        ("七", "本办法2024年6月1日前不能施行，对吗？", OPEN),
        ("十九", "2024年6月1日后不得入园，对吗？", OPEN),  # of another day
        ("十九", "2024年9月1日后不得入园，对吗？", RIGHT),
        ("十六", "养老机构能收取入住押金吗？", REFUSED),
        ("十六", "养老机构可以收取入住押金吗？", REFUSED),
        ("八", "托育机构应当向区卫生健康委备案，对吗？", RIGHT),
        ("八", "所有托育机构都向区卫生健康委备案吗？", OPEN),  # the clause does not say all
        ("八", "托育机构应当向区民政局备案，对吗？", OPEN),
        ("九", "家庭可以申请入托资助吗？", OPEN),  # on conditions
        ("二", "生活费比保育保教费高，对吗？", OPEN),
        ("二", "生活费和保育保教费一样，对吗？", OPEN),
        ("一", "一级托育机构比二级多5家，对吗？", OPEN),  # no comparison is judged, whatever figures stand there
    ],
)
def test_a_sentence_is_affirmed_word_for_word_and_denied_where_it_is_forbidden(
    verdict: Callable[..., str], number: str, text: str, said: str
) -> None:
    """终身 is no five years, 不得 denies 能…吗 and agrees with 不能, 免征 with 不用交; 所有, conditions, other words and
    comparisons get no verdict."""
    assert verdict(text, number) == said


@pytest.mark.parametrize(
    ("text", "first", "shown"),
    [
        ("助餐点由区民政局牵头建成30家，对吗？", "对。", ["牵头单位：区民政局"]),
        ("助餐点由区民政局牵头建成40家，对吗？", "不对。文件规定：", ["牵头单位：区民政局"]),
        ("助餐点由区财政局牵头建成30家，对吗？", "不对。文件规定：", ["牵头单位：区民政局"]),
        ("助餐点由区财政局牵头，对吗？", "不对。", ["责任单位：区财政局、区教委"]),  # it is responsible, it does not lead
        ("助餐点由区卫生健康委牵头，对吗？", "不对。", []),  # it is neither
        ("助餐点由区民政局牵头，对吗？", "对。", []),
        ("助餐点建成30家，对吗？", "对。", []),
    ],
)
def test_a_unit_claimed_is_judged_beside_a_figure_and_shown_in_its_own_role(
    clauses: dict[str, Clause], told: Callable[..., list[str]], text: str, first: str, shown: list[str]
) -> None:
    """A figure and a lead claimed in one breath are both right or the claim is wrong, and the lead is shown; who is claimed
    to lead and is responsible only is shown among those."""
    clause = clauses["十八"]
    said, *rest = told(text, [Line(clause.text, [clause])])
    assert said == f"{first}{clause.text}"
    assert [line for line in rest if "单位" in line][-1:] == shown[-1:]
    assert not shown or set(shown) <= set(rest)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024年新增床位12万个，对吗？", True),
        ("2024年新增床位11万个，对吗？", False),
        ("2024年新增床位10万个，对吗？", False),
    ],
)
def test_the_claimed_value_of_another_year_is_shown(
    clauses: dict[str, Clause], told: Callable[..., list[str]], text: str, shown: bool
) -> None:
    """12万个 claimed for 2024 is the figure of 2025, which is told beside that of 2024; another value is not."""
    said = told(text, [Line("2024年新增床位10万个", [clauses["十四"]])])
    assert ("2025年新增床位12万个" in said[-1] and len(said) > 1) is shown


@pytest.mark.parametrize(("text", "turned"), [("养老机构能收取入住押金吗？", True), ("托育机构能收取入住押金吗？", False)])
def test_the_line_that_agrees_is_told_first(
    clauses: dict[str, Clause], told: Callable[..., list[str]], text: str, turned: bool
) -> None:
    """A claim that another of the lines affirms is affirmed by that one; a line that does not decide stays in its place."""
    lines = [Line(clauses[number].text, [clauses[number]]) for number in ("九", "八")]
    claim = "托育机构应当向区卫生健康委备案，对吗？" if turned else text
    said = told(claim, lines)
    assert said == ([f"对。{lines[1].text}", lines[0].text] if turned else [line.text for line in lines])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("开园补助由区教委牵头吗？", True), ("区教委负责开园补助，对吗？", True), ("区教委有哪些任务？", False), ("区教委的电话对吗？", False)],
)
def test_a_task_claimed_of_a_unit_is_told_from_the_unit_itself(text: str, wanted: bool) -> None:
    """由区教委 and 区教委负责 claim a task of it."""
    assert claimed_of(understand(text), "区教委") is wanted


# ---- over the whole policy ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant over the policy; tests ask it and change nothing."""
    with over(tmp_path_factory.mktemp("district"), TEXT) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("三级托育机构评定20家，对吗？", "不对。文件规定："),
        ("二级托育机构评定20家，对吗？", "对。"),
        ("三级托育机构评定30家，对吗？", ""),  # no class has so many
    ],
)
def test_the_claimed_figure_of_another_class_is_told_as_that_of_its_own(district: Assistant, text: str, said: str) -> None:
    """三级20家 is wrong where 二级 has the 20; a figure that no class has is neither."""
    answer = district.ask(text).answer
    assert (answer.startswith(said) and "二级托育机构20家" in answer) if said else "对。" not in answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("依法结婚登记的职工再增加七天婚假，对吗？", "对。"),
        ("依法结婚登记的职工再增加十天婚假，对吗？", "不对。"),
        ("护理人员一年组织一次轮训，这话有根据吗？", "对。"),
        ("护理人员一年组织两次轮训，这话有根据吗？", ""),  # never right where it is once
        ("站点一年考核一次，对吗？", "不对。"),
    ],
)
def test_a_claim_in_words_is_judged_over_the_whole_policy(district: Assistant, text: str, said: str) -> None:
    """七天 is held against 七天, and a number of times is not called right where another is printed."""
    answer = district.ask(text).answer
    assert answer.startswith(said) if said else not answer.startswith("对。")


# ---- over the bundled documents ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("渝北区2025年评定二级托育机构20家，对吗？", "渝北区：对。"),
        ("渝北区一级托育机构要评定20家，二级5家，对吗？", "渝北区：不对。"),
        ("渝北区托大班运营补贴每生每年800元，对吗？", "渝北区：不对。"),
        ("渝北区开园奖补由区教委牵头，对吗？", "渝北区：不对。"),
        ("渝北区补助资金能用于偿还债务吗？", "渝北区：不可以。"),
        ("大洼区田家街道2024年千人口托位数任务是328个，对吗？", "大洼区：对。"),
        ("大洼区田家街道2024年千人口托位数任务是109个，对吗？", "大洼区：不对。"),
        ("大兴区2024年普惠托位占比要达到60%，对吗？", "大兴区：不对。"),
    ],
)
def test_the_verdict_opens_the_answer(assistant: Assistant, text: str, said: str) -> None:
    """The place, the verdict, then what the clause says."""
    assert assistant.ask(text).answer.startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "渝北区2025年每千人口托位数是9.0，对吗？",
        "渝北区和大洼区2025年千人口托位数分别是9.0和8.5，对吗？",
        "大兴区托育方案是2024年10月9日印发的，对吗？",
        "渝北区所有托育机构都能享受租金补助吗？",
    ],
)
def test_what_is_not_certain_has_no_verdict(assistant: Assistant, text: str) -> None:
    """Neither 对 nor 不对 is said, the clause is."""
    answer = assistant.ask(text)
    assert answer.statements
    assert "对。" not in answer.answer


def test_what_the_clause_denies_is_not_printed_by_it() -> None:
    """能线上申领的… stands in 不能线上申领的…, and is not what the clause says."""
    (clause,) = (c for c in parse(RawSource("甲.txt", "甲县办法\n一、申领。不能线上申领的，应到乡镇政府现场办理。\n", "0" * 64)).clauses if c.path == "一")
    assert printed(understand("不能线上申领的，应到乡镇政府现场办理，对吗？"), clause)
    assert not printed(understand("能线上申领的，应到乡镇政府现场办理，对吗？"), clause)
