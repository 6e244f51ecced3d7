"""Understanding a question by rules: what is asked for, where, for which year, about what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.settings import MAX_QUESTION
from corpus.document import Place
from corpus.errors import QuestionError
from corpus.lines import ordinal
from corpus.normalize import normal, script_of
from corpus.places import Gazetteer, mentions, resolve
from corpus.quantities import PLAN_END, Quantity, quantities


class Ask(StrEnum):
    """What a question wants to know; one question may want several."""

    LEAD = "lead"
    RESPONSIBLE = "responsible"
    UNITS = "units"  # who, without saying whether the lead or the rest
    MONEY = "money"
    FIGURE = "figure"  # a target, a number, a table cell
    CONDITION = "condition"
    DEADLINE = "deadline"
    LIST = "list"
    COUNT = "count"
    COMPARE = "compare"
    VERIFY = "verify"
    DEFINITION = "definition"
    IDENTITY = "identity"  # number, issuer or date of a document
    FREE = "free"


_CUES: tuple[tuple[Ask, re.Pattern[str]], ...] = (
    (Ask.LEAD, re.compile(r"牵头|主责|抓总|带头|主要负责|挑头|领头")),
    (Ask.RESPONSIBLE, re.compile(r"责任(?:单位|部门|主体)|配合|协助|协办|参与(?:单位|部门)|一起(?:负责|干)|还有(?:哪些|哪个|哪几个|哪家|谁)")),
    (Ask.UNITS, re.compile(
        r"(?:哪个|哪些|哪几个|哪家|什么|啥)(?:政府)?(?:部门|单位|局|委办?局?|机关|厅|处室|委员会)|(?:多少个?|几个)(?:政府)?(?:部门|局|委办局|机关|厅)|"
        r"(?:由|归|是|找|该|让|靠|谁)+谁(?:来|去|在)?(?:负责|管|牵头|配合|落实|主管|办|抓|监管|承担|认定|评估|审核|发|干)?|"
        r"谁(?:来|去|在)?(?:负责|管|牵头|配合|落实|主管|办|抓|监管|承担|认定|评估|审核|干)|归(?:谁|哪)|由谁|主管(?:部门|机关)|(?:哪里|哪儿)负责|(?:哪几家|哪些家|哪几个|哪些)(?:来)?(?:负责|牵头|管|承担|落实)|哪(?:些|个|几个)单位的(?:活|事)|(?:单位|部门)(?:都|分别)?(?:有|是)(?:谁|哪些|哪几)")),
    (Ask.MONEY, re.compile(
        r"多少钱|(?:收|交|缴|付)多少(?!人|个|家|名|孩|娃|幼|婴|学|次)|多少(?:元|万|块|奖|补|资金|经费)|几(?:元|块|万|千|百|毛|角|分钱)|(?:能|可以|会|给|可)?(?:补|奖|拿|领|得|发|贴)(?:贴|助|到|给)?多少|补助|补贴|奖补|资助|津贴|奖励|奖金|补偿|赔偿|抚恤|抚慰金|慰问金|救济金|救助金|"
        r"金额|收费|费用|罚款|罚多少|罚锾|租金|房租|[托保]育费|伙食费|服务费|(?:工资|薪酬|薪水|月薪)(?=[^,。?]{0,6}(?:多少|几))|给多少(?=[钱元块万?。,]|$)|多少租|上限|封顶|生活费|保教费|保育费")),
    (Ask.COMPARE, re.compile(
        r"比较|对比|相比|区别|不同|差异|差(?:多少|几)|谁(?:的)?(?:更|最|比较)?(?:高|多|低|少|大|早|严|快)|"
        r"哪(?:个|里|些|儿|家|一个|边|区|地|市)?(?:地方|城市|区|街道|镇|县|省)?(?:的)?[^,。?]{0,24}?(?:更|最|比较)(?:高|多|低|少|大|小|早|晚|严|快|重(?![要点大])|轻)|(?:更|最)(?:高|多|低|少|大|小|重(?![要点大])|轻)的(?:是|区|街|镇|地)|最(?:高|多|低|少|大|小|重|轻)的?(?:和|与|、)最(?:高|多|低|少|大|小|重|轻)|比[^,。?]{1,12}(?:高|多|低|少|大)多少|排名|排序|一样吗|是不是一样|一致|比一比|比一下|一样不一样|哪个快|有(?:什么|啥|哪些)不一样|哪(?:个|边|家|类)(?:要|给|补|收)?的?[\u4e00-\u9fff]{0,3}?(?:多|少|高|低|大|小)(?=[,。?]|$)")),
    (Ask.COUNT, re.compile(r"(?<!第)(?:有|共|一共|总共|共有|包括|分为|含|涉及)?(?:多少|几)(?:项|条|类|种|个(?:任务|方面|条件|指标|措施|步骤|附件|专栏|部门|单位|街道|镇|区|目标|原则|内容|环节|阶段|情形))|(?:任务|方面|条件|指标|措施|步骤|附件|原则|目标|内容|环节|阶段|情形|职责|方式|途径)(?:一?共|总共)?(?:有|分)(?:多少|几)个")),
    (Ask.LIST, re.compile(r"(?:有|是|包括|包含|涉及|哪|什么|列出|列举).{0,10}?(?:哪些|哪几|什么(?:任务|内容|措施|事))|哪些|哪几(?:个|项|类|种|条|方面)|哪[一二两三四五六七八九十\d]+(?:个|项|条|类|种|大|方面|点)|列出|列举|清单|都有(?:什么|啥)|分别是什么|所有")),
    (Ask.CONDITION, re.compile(
        r"条件|资格|(?:什么|哪些|啥)(?:样的)?(?:要求|人|家庭|孩子|机构|对象|情形|情况|材料)|谁(?:可以|能|有资格|符合)|要满足|需满足|符合(?:什么|哪些)|适用(?:对象|范围)|"
        r"(?:能|可以|可|能够|是否)(?:不能|不可以|否)?(?:申请|享受|领|拿|补|获得|评)|要求(?!(?:是|为|达到)?(?:多少|几)|[更最]?[高低严])")),
    (Ask.DEADLINE, re.compile(r"什么时候|啥时候|何时|哪(?:一)?年|哪天|多久|多长时间|期限|时限|截止|几(?:月|号|天|年|个月|日)|多少(?:天|年|个月|日|小时|个工作日)|时间|最晚|最迟|有效期|起施行|施行")),
    (Ask.DEFINITION, re.compile(r"什么意思|是指|指的?是?(?:什么|哪些|谁)|定义|含义|怎么理解|什么叫|何为|何谓|^什么是|所称|到底指|[”》]\s*是(?:什么|啥)")),
    (Ask.IDENTITY, re.compile(
        r"文号|发文字号|文件编号|(?:哪|什么|几)[^,。?]{0,6}(?:印发|发布|出台|公布|颁布|发文|制定|联合发)|(?:印发|发布|出台|公布|颁布|发文|制定)(?:的)?(?:日期|时间|机关|单位|部门|是哪天|是什么时候)|"
        r"号(?:是|文)?(?:哪个|什么|哪份)(?:文件|政策)|全称|谁(?:印发|发布|出台|制定|发)的")),
    (Ask.FIGURE, re.compile(
        r"多少|(?<!第)几(?:个|家|所|人|名|张|次|成|平|倍)|百分之几|目标|指标|占比|比重|比例|覆盖率|率(?:是|要|达|为|应|需|多)|多大|多高|数量|总量|不少于|至少|下限|面积|达到|(?:率|[位人总]数|总额)[?!。]*$")),
)  # fmt: skip
_VERIFY = re.compile(
    r"(?:对吗|对么|对不对|是吗|是么|是不是|是否(?:属实|正确|是|为|达|要|由)|真的吗|真的假的|没错吧|属实吗|正确吗|准确?吗|有根据吗|有没有根据|有依据吗|可信吗|可靠吗|成立吗|判断(?:一下)?(?:真假|对错|正误|是否(?:属实|正确|准确))|有这回事吗|是这样(?:的)?吗|这样吗|没问题吧|是真的吗|对吧|吧)[?!。]*$|"
    r"(?:听说|据说|网上说|有人说|朋友说|说是|说法)|吗[?]*$|是不是|對嗎|^(?:请|帮(?:我|忙)|麻烦)*(?:核实|核对|查证|求证|确认|查核|判断(?:正误|对错|真假))|请(?:你|您)?(?:核实|核对|查证|确认)(?:一下)?[?!。]*$|(?:准不准|真不真|属不属实|对不)[?!。]*$|列没列|列不列|有没有列|是否列|在不在(?:列|内|其中|里面)|包不包括|含不含"
)
# What Cantonese asks with, in the words of the standard language: everyday function words.
_CANTONESE = (
    ("几多", "多少"), ("几时", "什么时候"), ("边啲", "哪些"), ("乜嘢", "什么"), ("系咪", "是不是"), ("咩", "什么"), ("嘅", "的"), ("唔", "不"),
    ("冇", "没有"), ("佢", "他"), ("㗎", ""), ("搞掂", "完成"), ("边年", "哪年"), ("喺", "在"), ("啲", "些"), ("畀", "给"), ("俾", "给"), ("嚟", "来"), ("咁", "这样"), ("哋", "们"),
)  # fmt: skip
# 好多钱, 补好多 of the southwest asks how much; 能中不 of the north whether it may be.
_DIALECT = (
    (re.compile(r"(?<![了有过])好多(?!个?(?:人|家)(?:都|也|说|在|已|反映|问))(?=钱|元|块|个|人|家|岁|天|年|[嘛?？。,，]|$)"), "多少"), (re.compile(r"能?中不(?:中)?(?=[?。,啊嘞]|$)"), "行不行"),
    (re.compile(r"幺儿|娃儿|幺妹"), "孩子"), (re.compile(r"(?<![\u4e00-\u9fa5])系(?=边|哪|不)"), "是"), (re.compile(r"俺们?"), "我"), (re.compile(r"(?<=[几一二两三四五六七八九十\d])回(?![家到去来复购收应])"), "次"),
)
# Those whose characters meet in the standard language too (重点解决, 要点解读, 试点样本, 周边个体户): only where no other
# character stands right before them but 系 or 是.
_CANTONESE_ASKING = re.compile(r"(?:(?<![\u4e00-\u9fa5])|(?<=[系是]))(点样|点解|边个|边度|边间)")
_CANTONESE_WORDS = {"点样": "怎样", "点解": "为什么", "边个": "哪个", "边度": "哪里", "边间": "哪家"}
_ARTICLE = re.compile(r"(?<!表)(?<!表[格中里])第\s*([一二三四五六七八九十百零〇\d]+(?:-\d+)?)\s*(条|項|项|款|章|节|點|点|个?任务)")
_PATH = re.compile(
    r"([一二三四五六七八九十]+)\s*[、(]?\s*\(([一二三四五六七八九十]+)\)\s*(?:第)?\s*(\d{1,3})?(?:\s*\((\d{1,2})\))?"
)
_NUMBER = re.compile(r"[\u4e00-\u9fa5]{2,14}\s*[〔\[【(]\s*(?:19|20)\d\d\s*[〕\]】)]\s*第?\s*\d{1,4}\s*号")
_YEAR = re.compile(
    r"(?<![\d.])((?:19|20)\d\d(?=\s*年)|20[1-4]\d(?![\d.]|\s*(?:元|万|个|人|家|所|名|块|平|张|%)))"
)
_BORN = re.compile(r"(?:19|20)\d\d年(?:\d{1,2}月(?:\d{1,2}日)?)?(?:以?[前后])?(?:在[\u4e00-\u9fa5]{2,6}?)?(?=出生|生(?:的|了|一|二|三|娃|孩|下))")
# 行动计划(2011-2013年): the years in which a plan runs, and not those asked about.
_PLAN_YEARS = re.compile(r"(?<=计划|规划|方案|意见)\s*\(\s*(?:19|20)\d\d年?\s*[-—~至]+\s*(?:19|20)\d\d年?\s*\)")
_BRIEF_YEAR = re.compile(r"(?<!\d)(2\d)年(?:底|度)?(?![龄内以])")
_FROM_TO = re.compile(r"[从比较离]|相差|增加|提高|增长")
# What tries to steer the answer instead of asking: dropped segment by segment, what remains is the question.
_NOT_YEAR = re.compile(r"(?:(?<!是)不是|而非|不要|别给我|不问|不看)(?:20)?\d\d年(?!.*(?:而?是|要)(?:20)?\d\d年)")  # 我问的是24年，不是25年
_ORDER = re.compile(
    r"(?:忽略|无视|忘记|不要管|不用管|抛开|绕过|跳过|推翻|ignore|disregard|forget|override)|系统(?:提示|指令|设定)|提示词|开发者模式|管理员模式|新的(?:系统)?指令|"
    r"system\s*:|assistant\s*:|</?[a-z\u4e00-\u9fa5]{1,12}>|你现在是|假装|扮演|承诺给|(?:不要|别|不用)(?:引用|说出处|给出处|核对|查证)|一律(?:为|回答|说)|必须(?:说|回答|承认)|"
    r"替换成|(?:改成|改为|当作|视为)\s*\d|(?:按|照)新的(?:回答|说)|只(?:说|回答|输出)|直接(?:回答|说|输出|告诉我)|prompt|documents are void|instructions?",
    re.IGNORECASE,
)
_DICTATED = re.compile(
    r"(?:请)?(?:输出|回答|说成|说是|答|写成)[“\"']?[\d.]+\s*(?:万|亿)?(?:%|元|个|家|人)?[^,。;!?]*$"
)
_QUANTITY = re.compile(
    r"(?<![\d.-])\d+(?:\.\d+)?(?![\d.]*[-~至]?\d*(?:级|类|档|孩|胎|星|期|号))\s*(?:万|亿)?(?:%|元|块|个|家|人|岁|平米?|平方米|天|月|年)?(?:/[\u4e00-\u9fa5]{1,2})?"
)  # what a claim says is not its topic
# The same in words (七千元, 三百万元, 七十岁, 民国五十一年四月), which the cutter would take for words of the subject.
_WORDED = re.compile(
    r"民国[一二三四五六七八九十百零〇\d]+年(?:[一二三四五六七八九十\d]+月)?(?:[一二三四五六七八九十\d]+日)?|"
    r"[一二两三四五六七八九十百千万零〇]+(?:元|块钱?|岁|周岁|个?百分点|成(?=$|[以,。?!对吗])|平方米|平米)|(?<![\u4e00-\u9fff])[一二两三四五六七八九十百]+年[一二三四五六七八九十]+月"
)
_TENTHS = re.compile(r"([一二三四五六七八九])成(?=[以左,。?!吗对的呢吧、]|$)")
_HALF = re.compile(r"(?<![上下前后另每年月])一半(?=[,。?!吗对吧、]|$)")
# 一年组织一次, 一个月发200元: how often, and no length of time; not 满一年的补200元.
_ONCE = re.compile(r"(?<![满第每近前后上下这那同零十内期])一个?(年|月|周|天|学期)(?![以之内后前期级度生性])(?=[^,。;]{0,20}?(?:\d[\d.]*|[一二两三四五六七八九十]+)\s*(?:次|万?元|万))")
_HEAD = re.compile(
    r"([\u4e00-\u9fa5]{2,8}?)(?:是|有|为|要|应|需|能|会|可以|得|该)*(?:多少|几|什么|怎么|如何|哪)"
)
_ASKING = re.compile(r"吗|呢|谁|哪|什么|啥|怎么|如何|几|多少|是否|能否|对不对|是不是")
_FRAME = re.compile(
    r"(?:材料|报告|通知|新闻|资料|手册|群|宣传单)(?:里|中|上)(?:写|说|讲|提到|显示)(?:的|了|是)?|请问|想问(?:一下|问)?|咨询(?:一下)?|麻烦|你好|您好|帮我(?:查|看|找)?(?:一下)?|告诉我|(?<![申邀聘提])请(?:列出|说明|介绍)?|我想(?:知道|了解|问)|根据(?:文件|政策|规定|方案)?|按(?:照)?(?:文件|政策|规定|方案)(?:规定)?|"
    r"文件(?:里|中|上)?|政策(?:里|中|上)?(?:规定)?|规定(?:的|了)?|(?:里|中|上)(?:说|写|规定|提到)|方案(?:里|中)?|提到|说的|写的|听说|据说|网上说|有人说|朋友说"
)
# Phrases of asking, taken out before the words are cut; single characters stay (社会 holds 会).
_ASKED = re.compile(
    r"多少钱|多少个?|几(?:个|家|所|人|名|次|元|年|天|项|条|种|类|成|平米?|岁|月|号|倍|块|万|步|级)|是什么|什么样的?|什么|哪些|哪个|哪几(?:个|家|项|类|步|级)|哪里|哪儿|哪家|哪年|哪一?(?:条|级|关|步)|"
    r"怎么样|怎么|怎样|如何|何时|为什么|为何|是不是|是否|有没有|能不能|可不可以|要不要|算不算|行不行|对不对|大不大|会不会|"
    r"对吗|是吗|属实吗|正确吗|真的吗|没错吧|分别|一共|总共|共有|是由|归谁|由谁|找谁|谁来|谁|责任单位|配合单位|牵头单位|哪个部门|哪个局|"
    r"一年(?=[生人户班园]均)|(?:给我|帮我)?(?:说全|列全|讲全|写全)了?|一个不落|(?:管着)?(?<![认规制确评鉴指拟审议核决])定(?=[?。!]|$)|(?:到|成)?什么程度|(?:顶|最|至)多能|具体|到底|究竟|关于|对于|方面|的话|达到|要到|牵头|负责(?!人)|那一?条|这一?条|那块|这块|那边|这边|请列明|列出来|列出|列明|说一下|告知|"
    r"比一比|比一下|比较一下|加起来|加在一起|合起来|相加|(?:这个|那个|这种)?(?:说法|讲法)(?:准不准|准确|准|对|可信)?|核实(?:一下)?|核对|查证|求证|[两三四五]个?(?:地方|地区|城市|地)|"
    r"(?:是|就是)?这样(?:的)?吗|没错|不错吧|准吗|只是|是真的|多快|哪个快|快慢"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood. `text` is as asked, `normal` folded; `subject` is what it is about, bare."""

    text: str
    normal: str
    script: str
    asks: tuple[Ask, ...]
    places: tuple[Place, ...]
    years: tuple[int, ...]
    figures: tuple[Quantity, ...]
    article: str | None  # 第十六条 → "16条"; 第13项 → "13项"
    path: str | None  # 二（三）11 → 二/(三)/11
    document_number: str | None
    titles: tuple[str, ...]  # what stands in 《》
    subject: str
    parts: tuple[tuple[str, bool], ...] = ()  # the subject by sentence, and whether that sentence asks
    attack: bool = False
    history: tuple[str, ...] = field(default=())
    alone: Question | None = None  # a follow-up as it stands, with no more than the place and the title of what was said before

    def wants(self, *asks: Ask) -> bool:
        """Whether any of `asks` is among what the question wants."""
        return any(ask in self.asks for ask in asks)


def check(text: object) -> str:
    """The question as text. Raises QuestionError where it is empty, too long or no text."""
    if not isinstance(text, str):
        raise QuestionError(f"the question is {type(text).__name__}, not text; send a string")
    if not text.strip():
        raise QuestionError("the question is empty; ask something, for example 普惠托位占比要达到多少？")
    if len(text) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(text):,} characters, over the limit of {MAX_QUESTION:,}; shorten it"
        )
    return text


def understand(text: str, gazetteer: Gazetteer | None = None) -> Question:
    """The question in `text`, its places by the names of `gazetteer`, else by the register alone."""
    script = script_of(text)
    folded = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", normal(text)).strip()
    folded = re.sub(r"(?<=\d)块(?:钱)?", "元", folded)
    folded = _CANTONESE_ASKING.sub(lambda found: _CANTONESE_WORDS[found.group()], folded)
    for spoken, written in _CANTONESE:
        folded = folded.replace(spoken, written)
    for dialect, standard in _DIALECT:
        folded = dialect.sub(standard, folded)
    if _VERIFY.search(folded):
        folded = _TENTHS.sub(lambda found: f"{ordinal(found.group(1))}0%", folded)
        folded = _ONCE.sub(r"每\1", folded)
        folded = _HALF.sub("50%", folded)  # claimed in words, to be held against a clause's figure
    body, attack = _without_orders(folded)
    outside = re.sub(r"《[^》]*》", lambda found: " " * len(found.group()), body)
    found_places = mentions(outside, gazetteer)
    places = tuple(resolve(found_places, gazetteer))
    titles = tuple(re.findall(r"《([^》]{2,80})》", body))
    number = _NUMBER.search(body)
    without_number = _NUMBER.sub(lambda found: " " * len(found.group()), outside)
    without_number = _PLAN_YEARS.sub(lambda found: " " * len(found.group()), without_number)
    dated = _NOT_YEAR.sub(" ", _BORN.sub(" ", without_number))  # 2024年出生的娃: whose child it is, not the year that is asked about
    years = tuple(
        dict.fromkeys(
            _year_range(dated)
            + [int(y) for y in _YEAR.findall(dated)]
            + [2000 + int(y) for y in _BRIEF_YEAR.findall(dated)]
        )
    )
    if len(years) == 1 and _FROM_TO.search(without_number) and (plan := PLAN_END.search(without_number)):
        years = (*years, 2005 + 5 * ordinal(plan.group(1)))  # 从2021年底到十四五末
    if not years and (plan := PLAN_END.search(without_number)):
        years = (2005 + 5 * ordinal(plan.group(1)),)  # 十四五末 is 2025
    article = _ARTICLE.search(without_number)
    path = _PATH.search(without_number)
    figures = tuple(q for q in quantities(without_number) if q.value is not None)
    return Question(
        text, body, script, _asks(body, figures), places, years, figures,
        f"{ordinal(article.group(1))}{article.group(2).replace('項', '项')}" if article else None,
        _path_of(path) if path else None,
        re.sub(r"\s+", "", number.group()) if number else None, titles,
        _subject(without_number, found_places), _parts(without_number, found_places), attack,
    )  # fmt: skip


def _without_orders(text: str) -> tuple[str, bool]:
    """The text without the segments that give orders to the answerer, and whether there were any.

    Where nothing but orders is left the text stays as it is: it will find no evidence.
    """
    segments = re.split(r"(?<=[。!?;\n,:])|(?<=\.)\s", text)
    kept = [_DICTATED.sub("", segment) for segment in segments if not _ORDER.search(segment)]
    cleaned = "".join(kept).strip()
    if len(re.sub(r"\W", "", cleaned)) < 4:
        return text, bool(_ORDER.search(text))
    return cleaned, cleaned != text


def asks_something(text: str) -> bool:
    """Whether a stretch of a question asks for something of its own (…呢 too), rather than say what it is about."""
    return bool(_ASKING.search(text) or re.search(r"[?]$", text.strip()))


def _parts(body: str, places: Iterable[object]) -> tuple[tuple[str, bool], ...]:
    """The subject by sentence; a sentence asks where it holds a cue or a question mark. None asking: all do."""
    parts: list[tuple[str, bool]] = []
    for match in re.finditer(r"[^,。!?;\n:]+[,。!?;\n:]?", body):
        sentence = match.group()
        inside = [m for m in places if m.start >= match.start() and m.end <= match.end()]  # type: ignore[attr-defined]
        shifted = _Shifted.of(inside, match.start())
        asking = (
            "?" in sentence or any(cue.search(sentence) for _, cue in _CUES) or bool(_ASKING.search(sentence))
        )
        parts.append((_subject(sentence, shifted), asking))
    if not any(asking for _, asking in parts):
        parts = [(subject, True) for subject, _ in parts]
    return tuple((subject, asking) for subject, asking in parts if subject)


@dataclass(frozen=True, slots=True)
class _Shifted:
    start: int
    end: int

    @staticmethod
    def of(mentions: Iterable[object], offset: int) -> list[_Shifted]:
        return [_Shifted(m.start - offset, m.end - offset) for m in mentions]  # type: ignore[attr-defined]


def _year_range(text: str) -> list[int]:
    """Every year of `2023到2025`, `2023-2025年每年`, `23、24、25三年`; empty where no range is meant year by year."""
    found = re.search(r"(20\d\d)年?\s*(?:到|至|-|~)\s*(20\d\d)", text)
    if found and re.search(r"每年|各年|逐年|分别|各", text):
        first, last = int(found.group(1)), int(found.group(2))
        return list(range(first, last + 1)) if 0 < last - first <= 10 else []
    brief = re.search(r"(?<!\d)(\d\d(?:、\d\d)+)(?:年|三年|两年|几年)", text)
    if brief:
        return [2000 + int(y) for y in brief.group(1).split("、")]
    return []


def _path_of(match: re.Match[str]) -> str:
    last = f"({match.group(4)})" if match.group(4) else None
    elements = [match.group(1), f"({match.group(2)})", match.group(3), last]
    return "/".join(element for element in elements if element)


def _asks(body: str, figures: tuple[Quantity, ...]) -> tuple[Ask, ...]:
    asks = [ask for ask, cue in _CUES if cue.search(body)]
    # A statement with nothing but a question mark behind it (…在2020年4月底前完成？) is a claim.
    stated = body.endswith("?") and len(body) > 8 and not _ASKING.search(body) and bool(re.search(r"\d", body))
    if _VERIFY.search(body) or stated:
        asks.append(Ask.VERIFY)
        if Ask.MONEY not in asks and any((q.unit or "").startswith("元") for q in figures):
            asks.append(Ask.MONEY)  # 一次性给2000元, 对吧
    return tuple(asks) or (Ask.FREE,)


def subject_of(text: str) -> str:
    """The words that a piece of a question is about: years, figures and the words of asking left out."""
    return _subject(text, ())


def _subject(body: str, places: Iterable[object]) -> str:
    """The words the question is about: places, years and the words of asking blanked out."""
    chars = list(body)
    for mention in places:
        for at in range(mention.start, mention.end):  # type: ignore[attr-defined]
            chars[at] = " "
    text = "".join(chars)
    text = re.sub(r"(?:19|20)\d\d年?(?:底|度|前|末)?", " ", text)
    text = _WORDED.sub(" ", _QUANTITY.sub(" ", text))
    text = _ASKED.sub(" ", _FRAME.sub(" ", text))
    return re.sub(r"[^\w%]+", " ", text).strip()
