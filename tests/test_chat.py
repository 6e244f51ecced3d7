"""A conversation in the terminal: what is carried on, what the commands do, with a terminal and without one."""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.chat import COMMANDS, Chat
from corpus.errors import ClauseNotFoundError, QuestionError

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUESTION = "渝北区开园奖补每家最多多少钱？"
OPENING = "渝北府办发〔2024〕6号:二/(三)/11"
FAINT = "\x1b[2m"


@pytest.fixture
def chat(assistant) -> Chat:
    """A new conversation over the bundled documents."""
    return Chat(assistant, lambda: 100)


@pytest.fixture
def say(chat: Chat) -> Callable[[str], str]:
    """Says a line and gives what is printed for it."""
    return lambda line: "\n".join(chat.reply(line))


def command(home: Path) -> list[str]:
    """The command line of a conversation over `home`."""
    return [sys.executable, "-m", "api.cli", "--home", str(home), "chat"]


def piped(home: Path, text: bytes, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """What comes of `text` on the standard input of a conversation."""
    return subprocess.run(
        command(home), input=text, capture_output=True, check=False, timeout=120, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
    )  # fmt: skip


# ---- questions -----------------------------------------------------------------------------------------------


def test_an_answer_has_its_statements_and_one_line_a_citation(say) -> None:
    """The statements are marked, the citation says where the words stand; the words themselves wait for /source."""
    said = say(QUESTION)
    assert "补助标准为3000元/托位，每家机构补助金额最\n高不超过45万元，补助周期为2年，每年各补助50%。[1]" in said
    assert "\n[1] 重庆市渝北区3岁以下婴幼儿照护服务能力提升行动实施方案（渝北府办发〔2024〕6号）二（三）11 " in said
    assert "（责任单位" not in said
    assert "“11. 实施开园" not in said


def test_a_question_leans_on_those_before(assistant, say) -> None:
    """The second question is asked with the first as its history; /new forgets it."""
    say(QUESTION)
    assert "牵头单位：区财政局、区卫生健康委[1]" in say("那由谁牵头？")
    say("/new")
    assert "区财政局" not in say("那由谁牵头？")


def test_a_question_that_cannot_be_asked_is_not_remembered(chat: Chat, say) -> None:
    """What was said before it still holds after it."""
    say(QUESTION)
    with pytest.raises(QuestionError):
        list(chat.reply("问" * 2001))
    assert "牵头单位：区财政局、区卫生健康委[1]" in say("那由谁牵头？")


def test_nothing_said_is_nothing_answered(say) -> None:
    """An empty line prints nothing and is no question."""
    assert say("  \t") == ""


# ---- /source -------------------------------------------------------------------------------------------------


def test_source_shows_the_clause_in_full(assistant, say) -> None:
    """Title, number, id, every word, offsets, units, and the clauses before and after it."""
    say(QUESTION)
    said = say("/source 1")
    clause = assistant.clause(OPENING)
    assert "".join(clause.citation.clause.text.split()) in "".join(said.split())
    assert OPENING in said
    assert "yubei_zhaohu_2024.txt [2898, 3069)" in said
    assert "牵头单位：区财政局、区卫生健康委" in said
    assert f"上一条：二（二）10 加强等级评定及示范创建\n    {clause.previous}\n" in said
    assert said.endswith(f"下一条：二（三）12 实施运营补助政策\n    {clause.next}")


@pytest.mark.parametrize("which", ["", "1", "[1]", "１", OPENING])
def test_a_clause_is_named_in_several_ways(say, which: str) -> None:
    """By its number, bracketed or full-width, by its id, and by nothing where there is only one."""
    say(QUESTION)
    assert f"\n    {OPENING}\n" in say(f"/source {which}")


def test_the_nearest_clauses_have_numbers_of_their_own(assistant, say) -> None:
    """Where nothing was found, ~2 is the second of the nearest."""
    nearest = assistant.ask("深圳市托育补贴多少钱").nearest
    assert "[~2] " in say("深圳市托育补贴多少钱")
    assert nearest[1].clause.clause_id in say("/source ~2")


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ("/source 2", QuestionError, "no citation '2'; give a number from 1 to 1"),
        ("/source 0", QuestionError, "no citation '0'"),
        ("/source 无:无", ClauseNotFoundError, "no clause '无:无'"),
        ("/wish", QuestionError, "there is no command '/wish'; /help lists the commands"),
        ("/place 火星", QuestionError, "'火星' is not one place that is known"),
        ("/place 渝北和广州", QuestionError, "is not one place"),
        ("/script", QuestionError, "give one of hans, hant, auto"),
    ],
)
def test_a_wrong_command_says_what_to_do(chat: Chat, say, line: str, error: type[Exception], said: str) -> None:
    """One line, and the conversation goes on."""
    say(QUESTION)
    with pytest.raises(error, match=re.escape(said)) as caught:
        list(chat.reply(line))
    assert "\n" not in str(caught.value)
    assert not chat.over


def test_source_before_any_answer_says_to_ask(chat: Chat) -> None:
    """There is nothing to show yet."""
    with pytest.raises(QuestionError, match="ask first"):
        list(chat.reply("/source 1"))


# ---- /place, /script and the others ----------------------------------------------------------------------------


def test_a_place_holds_for_questions_that_name_none(chat: Chat, say) -> None:
    """渝北区 is meant until another is named, a follow-up included; alone the command drops it."""
    assert "重庆市渝北区" in say("/place 渝北")
    assert chat.prompt == "渝北区> "
    assert say("开园奖补每家最多多少钱？").startswith("渝北区：")
    assert "牵头单位：区财政局、区卫生健康委[1]" in say("那由谁牵头？")
    assert say("广州2025年千人口托位数目标是多少？").startswith("广州市：")
    assert say("2025年千人口托位数目标是多少？").startswith("渝北区：")
    say("/place")
    say("/new")
    assert chat.prompt == "> "
    assert "广州市：" in say("2025年千人口托位数目标是多少？")


def test_a_place_without_documents_is_said_to_have_none(say) -> None:
    """深圳 is known as a place, and known to be absent."""
    assert "现有文件中没有那里的" in say("/place 深圳")
    assert "现有文件中没有深圳市的规定" in say("开园奖补每家最多多少钱？")


def test_the_script_of_the_answers_can_be_chosen(say) -> None:
    """Traditional, Simplified, or that of the question; quotations stay as printed."""
    say("/script hant")
    assert "補助標準為3000元/托位" in say(QUESTION)
    assert "补助标准为3000元/托位" in "".join(say("/source 1").split())
    say("/script hans")
    assert "补助标准为3000元/托位" in say("渝北區開園獎補每家最多多少錢？")
    say("/script auto")
    assert "補助標準為3000元/托位" in say("渝北區開園獎補每家最多多少錢？")


def test_documents_and_help_list_everything(assistant, say) -> None:
    """Each document by its id, each command with what it does; a slash may be full-width."""
    assert all(summary.document.document_id in say("/documents") for summary in assistant.documents())
    assert all(name in say("／help") for name, _ in COMMANDS)


def test_quit_ends_it(chat: Chat, say) -> None:
    """After /quit the conversation is over."""
    assert say("/quit") == ""
    assert chat.over


# ---- without a terminal ----------------------------------------------------------------------------------------


def test_a_pipe_gets_one_answer_after_another(built_home: Path) -> None:
    """No prompt, no colour, no greeting; a bad line is one message on standard error and ends nothing."""
    lines = [QUESTION, "那由谁牵头？", "/wish", "问" * 2001, "深圳市托育补贴多少钱"]
    done = piped(built_home, "\n".join(lines).encode(), TERM="xterm")
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0
    assert out.startswith("渝北区：")
    assert "> " not in out
    assert "\x1b" not in out
    assert "\n\n渝北区：对纳入备案管理" in out
    assert out.index("牵头单位：区财政局") < out.index("现有文件中没有深圳市的规定")
    assert [line.split(";")[0] for line in err.splitlines()] == [
        "tiaowen: there is no command '/wish'", "tiaowen: the question has 2,001 characters, over the limit of 2,000",
    ]  # fmt: skip


def test_a_pipe_is_utf8_whatever_the_locale_says(built_home: Path) -> None:
    """A byte order mark is no part of the question; a line that is not UTF-8 is said to be so."""
    done = piped(built_home, b"\xef\xbb\xbf" + QUESTION.encode() + b"\n\xff\xfe\n", LC_ALL="C", PYTHONIOENCODING="utf-8")
    assert done.returncode == 0
    assert done.stdout.decode().startswith("渝北区：")
    assert done.stderr.decode() == "tiaowen: the line is not UTF-8 (byte 0); send UTF-8\n"


def test_nothing_follows_quit_and_nothing_is_said_of_nothing(built_home: Path) -> None:
    """What comes after /quit is not read; an empty input is an empty conversation."""
    assert piped(built_home, f"/quit\n{QUESTION}\n".encode()).stdout == b""
    empty = piped(built_home, b"")
    assert (empty.returncode, empty.stdout, empty.stderr) == (0, b"", b"")


def test_the_readme_shows_what_is_printed(built_home: Path) -> None:
    """The example of a conversation stands in both halves of the README word for word."""
    done = piped(built_home, f"{QUESTION}\n那由谁牵头？\n/source 1\n".encode(), COLUMNS="100")
    (tail,) = set(re.findall(r"/source 1' \| tiaowen chat \| tail -(\d+)\n", README))
    shown = "\n".join(done.stdout.decode().splitlines()[-int(tail) :])
    assert README.count(f"tiaowen chat | tail -{tail}\n{shown}\n```") == 2


def test_a_model_is_heard_statement_by_statement(built_home: Path) -> None:
    """With a model the statements come as they are verified, each once, and a line says what the model did."""
    from eval.scripted import Turn, data_of, scripted
    from eval.scripted import said as lines_of

    def honest(body: dict[str, object]) -> Turn:
        given = data_of(body)["statements"]
        return Turn(lines_of([{"n": one["n"], "text": f"根据规定，{one['text']}", "clauses": one["clauses"]} for one in given]))

    with scripted(honest) as server:
        done = piped(
            built_home, f"{QUESTION}\n".encode(),
            TIAOWEN_LLM_BASE_URL=server.base_url, TIAOWEN_LLM_MODEL="m", TIAOWEN_LLM_MODE="polish",
        )  # fmt: skip
    shown = done.stdout.decode()
    assert done.returncode == 0 and shown.count("补助标准为3000元/托位") == 1
    assert "根据规定，" in shown and "（模型 m：采用" in shown and "二（三）11" in shown


# ---- in a terminal ---------------------------------------------------------------------------------------------


class Terminal:
    """A conversation in a pseudo-terminal: what is typed goes in, what is shown is read until it holds something."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(
                sys.executable, command(home),
                {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "COLUMNS": "100", "TERM": "xterm", **variables},
            )  # fmt: skip
        self.shown = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.code: int | None = None

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def until(self, words: str, since: int = 0) -> int:
        """Reads until `words` are shown behind `since`, and gives where they end."""
        limit = time.monotonic() + 180
        while (at := self.shown.find(words, since)) < 0:
            assert time.monotonic() < limit, self.shown[since:]
            assert self._read(), f"it ended: {self.shown[since:]}"
        return at + len(words)

    def end(self) -> int:
        """The exit code, after everything shown was read."""
        while self._read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        os.close(self._end)
        return self.code

    def close(self) -> None:
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.end()

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 180)
        try:
            read = os.read(self._end, 65536) if ready else b""
        except OSError:  # the other side has gone
            read = b""
        # A character may come in pieces: the terminal echoes it byte by byte.
        self.shown += self._decoder.decode(read)
        return bool(read)


@pytest.fixture
def terminal(built_home: Path) -> Iterator[Callable[..., Terminal]]:
    """Opens conversations in terminals, and ends those that are left."""
    opened: list[Terminal] = []

    def open_terminal(**variables: str) -> Terminal:
        opened.append(Terminal(built_home, **variables))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def test_a_person_talks_and_leaves(terminal) -> None:
    """Prompt, answer, source on demand, a mistake, the prompt again; the place stands in it; /quit says goodbye."""
    talk = terminal()
    at = talk.until("> ")
    talk.type(f"{QUESTION}\n")
    at = talk.until("> ", talk.until("高不超过45万元", at))
    talk.type("/source 1\n")
    at = talk.until("> ", talk.until("[2898, 3069)", at))
    talk.type("/wish\n")
    at = talk.until("> ", talk.until("there is no command '/wish'", at))
    talk.type("/place 广州\n")
    at = talk.until("广州市> ", at)
    talk.type("/quit\n")
    talk.until("再见", at)
    assert talk.end() == 0
    assert "Traceback" not in talk.shown


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_key_at_the_prompt_leaves_kindly(terminal, key: str) -> None:
    """The conversation ends with a goodbye and 0."""
    talk = terminal()
    talk.until("> ")
    talk.type(key)
    talk.until("再见")
    assert talk.end() == 0
    assert "Traceback" not in talk.shown


def test_the_line_can_be_gone_back_to(terminal, own_home: Path) -> None:
    """The arrow upwards brings the last question back; nothing of it is written to the disk."""
    talk = terminal(HOME=str(own_home.parent))
    at = talk.until("> ")
    talk.type("/script hant\n")
    at = talk.until("> ", talk.until("Traditional", at))
    talk.type("\x1b[A\n")
    talk.until("> ", talk.until("Traditional", at))
    talk.type("/quit\n")
    assert talk.end() == 0
    assert list(own_home.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "faint"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=["colour", "NO_COLOR", "dumb"]
)
def test_colour_is_for_terminals_that_want_it(terminal, variables: dict[str, str], faint: bool) -> None:
    """What stands beside the answer is faint, where the terminal can show it and nobody asked for none."""
    talk = terminal(**variables)
    at = talk.until("> ")
    talk.type(f"{QUESTION}\n")
    at = talk.until("> ", talk.until("→ ", at))
    talk.type("/quit\n")
    assert talk.end() == 0
    assert (f"{FAINT}[1] " in talk.shown) is faint
    assert ("\x1b[" in talk.shown.replace("\x1b[?2004", "")) is faint


def test_an_answer_under_way_can_be_broken_off(terminal, tmp_path: Path) -> None:
    """Ctrl-C while it answers gives the prompt back, and the conversation goes on."""
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nimport assistant.assistant as room\nreal = room.Assistant.ask\n"
        "def slow(self, question, *rest, **also):\n"
        "    if '慢' in question:\n        print('WORKING', flush=True)\n        time.sleep(60)\n"
        "    return real(self, question, *rest, **also)\n"
        "room.Assistant.ask = slow\n",
        encoding="utf-8",
    )
    talk = terminal(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    at = talk.until("> ")
    talk.type("慢慢来\n")
    at = talk.until("WORKING", at)
    talk.type("\x03")
    at = talk.until("> ", talk.until("已打断", at))
    talk.type(f"{QUESTION}\n")
    at = talk.until("> ", talk.until("高不超过45万元", at))
    talk.type("/quit\n")
    assert talk.end() == 0
