"""The page in a real browser: a parent's path, a clerk's, a Traditional one, administration, keyboard only, phones.

Screenshots of each step are kept in `.screenshots/`. Without Chromium and its driver everything here is skipped, and the
summary of the run says so; `make test` installs them where it may.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from conftest import served
from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from api.app import create_app
from api.service import Service
from assistant.settings import Settings
from tests.browser_page import WITHIN, Page

ROOT = Path(__file__).parent.parent
AXE = ROOT / ".venv" / "axe" / "package" / "axe.min.js"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ADMIN = "an-admin-key-of-the-test"
POLICY = """石泉县人民政府办公室关于印发石泉县托育服务补助办法的通知
石政办发〔2025〕7号
各镇人民政府，县政府各部门：
现将《石泉县托育服务补助办法》印发给你们，请认真执行。
石泉县人民政府办公室
2025年3月5日
石泉县托育服务补助办法
一、建设补助<img src=x onerror="document.title='坏'">。对新建普惠托育机构给予一次性建设补助，补助标准为4000元/托位。（牵头单位：<script>document.title='坏'</script>县卫生健康局）
二、运营补助。对普惠托育机构每托位每年补助600元。（牵头单位：县财政局）
"""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="NO BROWSER: the page is NOT tested; install Debian's chromium and chromium-driver"
)


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    """A headless Chromium in Chinese that goes nowhere but to loopback."""
    os.environ["SE_OFFLINE"], os.environ["SE_AVOID_STATS"] = "true", "true"
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--lang=zh-CN",
        "--window-size=1360,900", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):  # fmt: skip
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN"})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Driver(DRIVER))
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def address(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of its own over the bundled documents, which an admin may change."""
    from assistant.building import build

    home = tmp_path_factory.mktemp("page") / "home"
    home.mkdir()
    (home / "models").symlink_to(models_folder, target_is_directory=True)
    build(Settings(home))
    with served(create_app(Settings(home), service=Service(admin_keys=frozenset({ADMIN})))) as at:
        yield at


@pytest.fixture
def page(driver: webdriver.Chrome, address: str) -> Iterator[Page]:
    """The page as a first visitor finds it; afterwards nothing may have been blocked, broken or asked of others."""
    shown = Page(driver, address)
    driver.get(f"{address}/static/seal.svg")
    driver.execute_script("localStorage.clear(); sessionStorage.clear()")
    shown.size(1360, 900)
    driver.get_log("browser")
    shown.open()
    yield shown
    hosts = shown.script("return performance.getEntriesByType('resource').map(one => new URL(one.name).origin)")
    assert set(hosts) <= {address}
    said = [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    # A refusal of the service (403, 404, 409) is written to the console by the browser itself.
    assert [line for line in said if "the server responded with a status of 4" not in line] == []


def test_a_parent_finds_the_amount_and_the_clause(page: Page) -> None:
    """A sample leads to an answer; its chip opens the document with the very clause marked; a follow-up goes on from it."""
    page.one(".samples button").click()
    reply = page.reply()
    assert "元" in reply.text and page.within(reply, ".outcome")[0].text == "有条文依据"
    page.shot("parent-1-answer")
    chip = page.within(reply, ".statements .chip")[0]
    chip.click()
    marked = page.one(".paper mark").text
    assert "元" in marked and page.text("#source-title")
    facts = page.text("#source dl")
    assert "文号" in facts and "〔" in facts and "牵头单位" in facts
    page.shot("parent-2-clause")
    page.all("#source .tools button")[1].click()
    page.wait(lambda: page.text(".paper mark") != marked, "the next clause")
    page.all("#source .tools button")[0].click()
    page.wait(lambda: page.text(".paper mark") == marked, "the clause before it again")
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.wait(lambda: not page.all("#source")[0].is_displayed(), "the panel to close")
    page.within(page.reply(), ".followups button")[0].click()
    page.wait(lambda: len(page.all(".turn")) == 2, "the follow-up")
    assert page.reply().text
    judge = page.within(page.reply(), ".judge button")
    judge[0].click()
    page.wait(lambda: "谢谢" in page.within(page.reply(), ".judge")[0].text, "thanks")


def test_what_is_not_there_is_said_and_nothing_else(page: Page) -> None:
    """The outcome is plain, the nearest clauses are called no evidence, and no statement stands there."""
    reply = page.ask("深圳市托育补贴多少钱")
    assert page.within(reply, ".outcome")[0].text == "现有文件中没有"
    assert not page.within(reply, ".statements") and "不是依据" in page.within(reply, ".nearest h3")[0].text
    page.shot("not-found")


def test_a_follow_up_keeps_its_subject(page: Page) -> None:
    """那由谁牵头 after a question about an amount names the units of the same clause, and says how it was understood."""
    page.ask("渝北区开园奖补每家最多多少钱？")
    reply = page.ask("那由谁牵头？")
    assert "区财政局" in reply.text and "按此理解" in page.within(reply, ".understood")[0].text


def test_a_reader_says_what_is_wrong(page: Page, address: str) -> None:
    """No use, a reason, a word: thanked for, and counted by the service."""
    reply = page.ask("渝北区开园奖补每家最多多少钱？")
    page.within(reply, ".judge button")[1].click()
    Select(page.one(".judge select")).select_by_value("incomplete")
    page.one(".judge input").send_keys("少了条件")
    page.one(".judge form button").click()
    page.wait(lambda: "谢谢" in page.within(page.reply(), ".judge")[0].text, "thanks")
    with urlopen(f"{address}/metrics") as counted:
        assert 'tiaowen_feedback_total{verdict="down"} 1.0' in counted.read().decode()


def test_a_clerk_finds_who_leads_what(page: Page) -> None:
    """A list by unit in the chat; the matrix of a document; the list sorted and filtered; targets drawn and told."""
    reply = page.ask("渝北区教委牵头哪些任务")
    assert len(page.within(reply, ".statements li")) > 2
    page.open("#/tables")
    assert "●" in page.text(".matrix tbody") and len(page.all(".matrix thead th")) > 5
    page.shot("clerk-1-matrix")
    Select(page.one("#facts select")).select_by_index(0)
    rows = len(page.wait(lambda: page.all("#facts tbody tr"), "the list"))
    head = page.all("#facts thead button")[1]
    head.click()
    units = [row.text for row in page.all("#facts tbody td:nth-child(2)")]
    assert page.all("#facts thead th")[1].get_attribute("aria-sort") == "ascending"
    head.click()
    assert [row.text for row in page.all("#facts tbody td:nth-child(2)")] != units
    page.one("input[name=unit]").send_keys("卫健委", Keys.ENTER)
    page.wait(lambda: page.all("#facts select") and page.text("#said") != "" and "卫生健康" in page.text("#facts"), "the filter")
    Select(page.one("#facts select")).select_by_index(0)
    found = page.wait(lambda: page.all("#facts tbody tr"), "the filtered list")
    assert 0 < len(found) < rows
    page.one("#tab-targets").click()
    assert len(page.wait(lambda: page.all(".chart svg .bar"), "the chart")) == len(page.all(".chart tbody tr"))
    page.shot("clerk-2-targets")
    page.all(".chart tbody button")[0].click()
    assert page.all(".chart tbody button")[0].text in page.text(".paper mark")
    page.script("window.scrollTo(0, 0)")
    page.one("#tab-subsidies").click()
    assert "元/托位" in page.wait(lambda: page.all("#facts tbody"), "subsidies")[0].text
    page.shot("clerk-3-subsidies")


def test_the_tables_are_downloaded(page: Page, tmp_path: Path) -> None:
    """The button brings the CSV of what is filtered."""
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.open("#/tables/subsidies")
    page.one("input[name=place]").send_keys("渝北")
    page.one(".filters button[type=button]").click()
    file = page.wait(lambda: next(iter(tmp_path.glob("*.csv")), None), "the file")
    text = page.wait(lambda: file.read_text(encoding="utf-8-sig"), "its text")
    assert text.startswith("document_id,") and "3000元/托位" in text and "穗府办" not in text


def test_a_reader_of_traditional_is_met(page: Page) -> None:
    """The switch turns the page and the answers; a Traditional document stands as it was written."""
    page.one("#script").click()
    assert page.text(".samples h2") == "家長和機構常問" and page.script("return document.documentElement.lang") == "zh-Hant"
    reply = page.ask("渝北区开园奖补每家最多多少钱？")
    assert "獎補" in reply.text and page.within(reply, ".outcome")[0].text == "有條文依據"
    reply = page.ask("江蘇省2025年托育從業人員要達到多少人")
    page.within(reply, ".chip")[0].click()
    assert "7萬" in page.one(".paper mark").text and "蘇衛人口" in page.text("#source dl")
    page.shot("traditional")
    page.open()
    assert page.text("nav a") == "提問"  # the choice is remembered


def test_documents_are_browsed_and_searched(page: Page) -> None:
    """Filters by place and year, hits with marked words, an outline that leads to the clause, the permanent link."""
    page.open("#/documents")
    assert len(page.wait(lambda: page.all(".cards li"), "the documents")) >= 5
    page.one("input[name=place]").send_keys("广州", Keys.ENTER)
    page.wait(lambda: len(page.all(".cards li")) == 1, "one document")
    page.one("input[type=search]").send_keys("家门口托育服务", Keys.ENTER)
    page.wait(lambda: page.all(".cards blockquote mark"), "marked words")
    page.shot("browse-1-search")
    page.all(".cards h3 button")[0].click()
    title = page.text("#source-title")
    page.script("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    page.all("#source .tools button")[3].click()
    link = page.wait(lambda: page.script("return window.copied"), "the link")
    page.driver.get("about:blank")
    page.driver.get(link)
    assert page.text("#source-title") == title
    page.one("#source .tools a").click()
    entries = page.wait(lambda: page.all(".outline a"), "the outline")
    assert len(entries) > 10
    last = entries[-1]
    last.click()
    assert last.get_attribute("aria-current") == "true"
    page.shot("browse-2-document")


def test_an_admin_adds_replaces_and_removes(page: Page, tmp_path: Path) -> None:
    """Without the key the service refuses; with it the page tells what was read; what the file holds like markup is
    text; the same number with other words must be meant; what is removed is gone."""
    file = tmp_path / "shiquan.txt"
    file.write_text(POLICY, encoding="utf-8")
    page.open("#/admin")
    page.one("#files").send_keys(str(file))
    page.one(".drop button.primary").click()
    assert "要密钥" in page.text(".drop .error")
    page.one("#key").send_keys(ADMIN, Keys.ENTER)
    page.one(".drop button.primary").click()
    report = page.wait(lambda: page.all(".drop .cards li"), "what was read")[0].text
    assert "石政办发〔2025〕7号" in report and "3 条，牵头和责任单位 2 个，数字 2 个" in report
    page.shot("admin-1-added")
    file.write_text(POLICY.replace("4000元", "4500元"), encoding="utf-8")
    page.script("document.querySelector('#files').value = ''")
    page.one("#files").send_keys(str(file))
    page.one(".drop button.primary").click()
    page.wait(lambda: page.all(".drop .error"), "the refusal")
    page.one("#replace").click()
    page.one(".drop button.primary").click()
    assert "替换" in page.wait(lambda: page.all(".drop .cards li"), "what was replaced")[0].text

    page.open()
    reply = page.ask("石泉县建设补助多少钱？")
    assert "4500元" in reply.text
    page.within(reply, ".chip")[0].click()
    assert "<script>document.title" in page.one(".paper mark").text and "onerror" in page.one(".paper mark").text
    page.shot("admin-2-markup-is-text")
    page.open(f"#/document/{'石政办发〔2025〕7号'}")
    assert "<script>" in page.text(".text")
    page.open("#/tables")
    page.wait(lambda: "script" in page.all("#facts")[0].text or page.all("#facts table"), "the table")
    assert "坏" not in page.driver.title
    assert page.script("return document.querySelectorAll('main script, main img, aside script, aside img').length") == 0

    page.open("#/admin")
    card = page.wait(lambda: [one for one in page.all("main > div > .cards > li") if "石政办发" in one.text], "the document")[0]
    page.within(card, "button")[0].click()
    page.one("dialog button.primary").click()
    page.wait(lambda: not any("石政办发" in one.text for one in page.all("main > div > .cards > li")), "it to be gone")


def test_with_the_keyboard_alone(page: Page) -> None:
    """Skip link, question, chip, panel and back, without a mouse; the focus is always to be seen."""
    active = lambda: page.script("return document.activeElement")  # noqa: E731
    page.one(".samples button")
    # Where a reader begins: at the head of the page, before anything that can be reached.
    page.script("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    keys = lambda *pressed: page.driver.switch_to.active_element.send_keys(*pressed)  # noqa: E731
    keys(Keys.TAB)
    page.wait(lambda: active().get_attribute("class") == "skip", "the skip link")
    keys(Keys.ENTER)
    assert active().get_attribute("id") == "main"
    while active().get_attribute("id") != "question":
        keys(Keys.TAB)
    keys("渝北区开园奖补每家最多多少钱？", Keys.ENTER)
    page.reply()
    for _ in range(40):
        if "chip" in (active().get_attribute("class") or ""):
            break
        keys(Keys.SHIFT, Keys.TAB)
    else:
        raise AssertionError("no chip is reached with the keyboard")
    chip = active()
    assert page.script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    keys(Keys.ENTER)
    page.wait(lambda: active().get_attribute("id") == "source-title", "the panel to have the focus")
    keys(Keys.ESCAPE)
    page.wait(lambda: active() == chip, "the focus to come back")


def test_an_answer_can_be_stopped(driver: webdriver.Chrome, fake_assistant: Any, own_home: Path) -> None:
    """While the service thinks, the button stops it; the next question is answered."""
    thinking, done = threading.Event(), threading.Event()
    quick = fake_assistant.ask

    def slow(question: str, *rest: Any, **more: Any) -> Any:
        if "慢" in question:
            thinking.set()
            done.wait(WITHIN)
        return quick(question, *rest, **more)

    fake_assistant.ask = slow
    fake_assistant.samples = lambda: {"parent": [], "clerk": []}
    with served(create_app(Settings(own_home), fake_assistant)) as at:
        page = Page(driver, at)
        page.open()
        page.one("#question").send_keys("慢慢想", Keys.ENTER)
        assert thinking.wait(WITHIN)
        button = page.one(".composer button.primary")
        assert button.text == "停止"
        button.click()
        page.wait(lambda: "已停止" in page.all(".reply")[-1].text, "the stop")
        done.set()
        assert "3000元/托位" in page.ask("补多少").text


def test_an_answer_goes_on_while_the_reader_looks_elsewhere(driver: webdriver.Chrome, fake_assistant: Any, own_home: Path) -> None:
    """Another view, the other script and back: the question is still there, can be stopped, and is answered once."""
    asked: list[str] = []
    thinking, done = threading.Event(), threading.Event()
    quick = fake_assistant.ask

    def slow(question: str, *rest: Any, **more: Any) -> Any:
        asked.append(question)
        thinking.set()
        done.wait(WITHIN)
        return quick(question, *rest, **more)

    fake_assistant.ask, fake_assistant.documents = slow, lambda: []
    fake_assistant.samples = lambda: {"parent": [], "clerk": []}
    with served(create_app(Settings(own_home), fake_assistant)) as at:
        page = Page(driver, at)
        page.open("#/ask/补多少")
        assert thinking.wait(WITHIN)
        page.one("#script").click()
        assert page.text(".composer button.primary") == "停止"
        page.one("nav [data-view=admin]").click()
        page.one("#key")
        page.one("nav [data-view=ask]").click()
        assert "补多少" in page.text(".turn .asked") and page.text(".composer button.primary") == "停止"
        done.set()
        assert "3000元/托位" in page.reply().text
        page.one("#script").click()
        page.wait(lambda: page.text("#script") == "繁" and page.text(".composer button.primary") == "提问", "the other script")
        assert (len(page.all(".turn")), asked) == (1, ["补多少"])


def test_what_comes_late_does_not_take_the_place_of_what_is_looked_at(page: Page) -> None:
    """A document and a clause that arrive when the reader has gone on are not shown over what came after them."""
    page.script(
        """const real = window.real_fetch = window.fetch; window.held = [];
        window.fetch = (address, options) => /source$|没有/.test(decodeURIComponent(address)) ?
          new Promise((go) => held.push(() => go(real(address, options)))) : real(address, options);"""
    )
    page.script("location.hash = '#/document/渝北府办发〔2024〕6号'")
    page.wait(lambda: page.script("return held.length") == 1, "the document to be asked for")
    page.script("location.hash = '#/clause/没有:一'")
    page.wait(lambda: page.script("return held.length") == 2, "the clause to be asked for")
    page.one("nav [data-view=admin]").click()
    page.one("#key")
    # Each reply has been read by whoever waited for it when a request after it has.
    page.script("held.forEach((go) => go()); window.fetch = real_fetch")
    page.script("return fetch('/v1/models').then((reply) => reply.json()).then(() => new Promise((done) => setTimeout(done, 50)))")
    assert page.all("#key") and not page.all(".reader") and not page.all(".error")


@pytest.mark.parametrize("view", ["#/document/%E0%A4%A", "#/ask/%", "#/clause/%E0%A4%A"])
def test_an_address_that_was_cut_is_said_to_be(page: Page, view: str) -> None:
    """Half a character in the address is no blank page; the next view works."""
    page.open(view)
    assert "地址不完整" in page.text("main .error")
    page.one("nav [data-view=documents]").click()
    page.one("main .cards a")


def test_where_a_key_is_needed_it_can_be_typed(driver: webdriver.Chrome, fake_assistant: Any, own_home: Path) -> None:
    """A service that only answers those with a key refuses the list of documents, and still shows where the key goes."""
    fake_assistant.documents = lambda: []
    fake_assistant.samples = lambda: {"parent": ["补多少"], "clerk": []}
    with served(create_app(Settings(own_home), fake_assistant, Service(read_keys=frozenset({ADMIN})))) as at:
        page = Page(driver, at)
        page.open("#/admin")
        assert "要密钥" in page.text("main .error")
        page.one("#key").send_keys(ADMIN, Keys.ENTER)
        page.wait(lambda: not page.all("main .error"), "the list")
        page.one("nav [data-view=ask]").click()
        page.one(".samples button")


def test_a_key_that_cannot_be_sent_is_not_kept(page: Page) -> None:
    """A key typed in Chinese would make every later request fail: it is refused where it is typed."""
    page.open("#/admin")
    page.one("#key").send_keys("密钥密钥密钥密钥密钥密钥密钥密钥", Keys.ENTER)
    page.wait(lambda: "没有记下" in page.text("main form.row"), "the refusal")
    page.one("nav [data-view=ask]").click()
    page.one(".samples button")


def test_the_focus_stays_where_the_keyboard_is(page: Page) -> None:
    """Arrows go along the tabs; a link that leads to another view leaves the focus in it, not at the head of the page."""
    active = lambda of: page.script(f"return document.activeElement.{of}")  # noqa: E731
    page.open("#/tables")
    page.one("#facts table")
    page.one("#tab-tasks").send_keys(Keys.ARROW_RIGHT)
    page.wait(lambda: active("id") == "tab-targets", "the next tab")
    page.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    page.wait(lambda: active("id") == "tab-subsidies", "the tab after it")
    page.one("nav [data-view=documents]").click()
    page.one("main .cards a").send_keys(Keys.ENTER)
    page.one(".reader")
    page.wait(lambda: active("id") == "main", "the focus in the document")


VIEWS = ["#/", "#/documents", "#/document/渝北府办发〔2024〕6号", "#/tables", "#/tables/targets", "#/tables/subsidies", "#/admin", "#/clause/渝北府办发〔2024〕6号:二/(三)/11"]


@pytest.mark.parametrize("width", [360, 1360])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    """On a phone and on a desk no view has to be pushed sideways."""
    page.size(width, 780)
    for number, view in enumerate(VIEWS):
        page.open(view)
        page.wait(lambda: page.all("main h1, main .turn, .paper mark"), view)
        page.wait(lambda: not page.script("return document.body.innerText.includes('正在打开')"), view)
        assert page.script("return document.documentElement.scrollWidth <= window.innerWidth"), view
        page.shot(f"width-{width}-{number}")


def test_a_long_title_does_not_widen_the_page(page: Page) -> None:
    """The choice of a document is as wide as its longest title, and never wider than a phone."""
    page.size(360, 780)
    page.open("#/tables")
    page.one("#facts select")
    page.script("document.querySelector('#facts select').append(new Option('关于加快推进三岁以下婴幼儿照护服务发展的'.repeat(9)))")
    assert page.script("return document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("mark", ["\u202e", "\u202d", "\u2067"])
def test_no_mark_turns_a_figure_around(page: Page, mark: str) -> None:
    """What a document holds is shown in the order in which it is written: 元0005 is not 5000元."""
    shown = "return import('/static/dom.js').then(({h, show}) => { const p = h('p', {}, arguments[0]); show(p, h('b', {}, arguments[0]), arguments[0]); return p.textContent; })"
    assert page.script(shown, f"补{mark}元0005") == "补�元0005补�元0005"


@pytest.mark.skipif(not AXE.exists(), reason="NO AXE: accessibility is NOT checked; `make test` fetches axe-core with npm")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, theme: str) -> None:
    """Every view, in light and dark, with an answer and an open clause: no serious or critical finding."""
    page.script("localStorage.setItem('theme', arguments[0])", theme)
    found: list[str] = []
    for view in VIEWS:
        page.open(view)
        page.wait(lambda: page.all("main h1, main .turn, .paper mark"), view)
        if view == "#/":
            page.within(page.ask("渝北区开园奖补每家最多多少钱？"), ".chip")[0].click()
            page.ask("深圳市托育补贴多少钱")
            page.one(".paper mark")
            page.shot(f"theme-{theme}")
        page.wait(lambda: not page.script("return document.body.innerText.includes('正在打开')"), view)
        page.script(AXE.read_text(encoding="utf-8"))
        result = page.driver.execute_async_script("const done = arguments[arguments.length - 1]; axe.run().then(done)")
        found += [
            f"{view}: {one['id']} {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary'][:200]}"
            for one in result["violations"] if one["impact"] in ("serious", "critical")
        ]  # fmt: skip
    assert found == []
