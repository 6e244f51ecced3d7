"""Documents added and removed over HTTP and from the command line, and an index that changes under load."""

from __future__ import annotations

import gc
import io
import threading
import time
import zipfile
from pathlib import Path

import pytest
from conftest import served
from fastapi.testclient import TestClient

from api.app import create_app
from api.schemas import AddedReply
from api.service import Service
from assistant.building import add, build, remove
from assistant.settings import Settings
from corpus.errors import DocumentExistsError, SourceError
from indexing.postings import Postings

ADMIN = "an-admin-key-of-the-test"
KEY = {"authorization": f"Bearer {ADMIN}"}
POLICY = """石泉县人民政府办公室关于印发石泉县托育服务补助办法的通知
石政办发〔2025〕7号
各镇人民政府，县政府各部门：
现将《石泉县托育服务补助办法》印发给你们，请认真执行。
石泉县人民政府办公室
2025年3月5日
石泉县托育服务补助办法
一、建设补助。对新建普惠托育机构给予一次性建设补助，补助标准为4000元/托位。（牵头单位：县卫生健康局；责任单位：县财政局）
二、运营补助。<script>document.title='坏'</script>对普惠托育机构每托位每年补助600元。（牵头单位：县财政局）
"""
NUMBER = "石政办发〔2025〕7号"


def upload(text: str = POLICY, name: str = "shiquan.txt") -> dict[str, tuple[str, bytes]]:
    """A form with one file."""
    return {"files": (name, text.encode())}


@pytest.fixture
def home(tmp_path, two_policies, counting_encoder) -> Settings:
    """A data folder with an index over two small policies, encoded by the counting encoder."""
    settings = Settings(tmp_path / "home")
    build(settings, [two_policies])
    return settings


@pytest.fixture
def client(home):
    """A client of a service that opens that folder and lets the admin write."""
    app = create_app(home, service=Service(admin_keys=frozenset({ADMIN})))
    with TestClient(app, raise_server_exceptions=False, headers=KEY) as client:
        yield client


def ids(client) -> list[str]:
    """The documents of the service."""
    return [one["document_id"] for one in client.get("/v1/documents").json()["items"]]


def test_an_upload_is_answered_from_at_once(client):
    """The reply says what was understood; the next question cites the new document, whose markup is only text."""
    assert client.post("/v1/ask", json={"question": "石泉县建设补助多少钱？"}).json()["status"] == "not_found"
    response = client.post("/v1/documents", files=upload())
    added = AddedReply.model_validate(response.json())
    assert response.status_code == 201 and [one.document_id for one in added.added] == [NUMBER]
    assert added.added[0].counts["lead_units"] == 2 and added.added[0].counts["subsidy"] == 2
    answer = client.post("/v1/ask", json={"question": "石泉县建设补助多少钱？"}).json()
    assert answer["status"] == "answered" and "4000元" in answer["answer"]
    assert answer["citations"][0]["source_file"] == "shiquan.txt"
    assert "<script>" in client.get(f"/v1/documents/{NUMBER}/source").text


def test_only_what_is_new_is_encoded(client, counting_encoder):
    """The passages of the documents that stand keep their vectors."""
    counting_encoder.passages.clear()
    client.post("/v1/documents", files=upload())
    assert counting_encoder.passages and all("石泉" in text or "托位" in text for text in counting_encoder.passages)


def test_the_same_file_again_changes_nothing_and_another_text_must_be_meant(client):
    """Word for word the same is 200; the same number with other words is 409 until replacing is asked for."""
    client.post("/v1/documents", files=upload())
    again = client.post("/v1/documents", files=upload())
    assert (again.status_code, again.json()["unchanged"]) == (200, [NUMBER])
    changed = POLICY.replace("4000元", "4500元")
    refused = client.post("/v1/documents", files=upload(changed))
    assert (refused.status_code, refused.json()["code"]) == (409, "document_exists")
    assert "4000元" in client.get(f"/v1/documents/{NUMBER}/source").text
    replaced = client.post("/v1/documents", files=upload(changed), data={"replace": "true"})
    assert (replaced.status_code, replaced.json()["replaced"]) == (201, [NUMBER])
    assert "4500元" in client.get(f"/v1/documents/{NUMBER}/source").text and ids(client).count(NUMBER) == 1


def test_a_document_is_removed_and_the_last_one_stays(client):
    """What is removed is found no more; an unknown id is 404; the only document left is not taken away."""
    client.post("/v1/documents", files=upload())
    assert client.delete(f"/v1/documents/{NUMBER}").status_code == 204
    assert client.get(f"/v1/documents/{NUMBER}").status_code == 404
    assert client.delete(f"/v1/documents/{NUMBER}").json()["code"] == "document_not_found"
    first, second = ids(client)
    assert client.delete(f"/v1/documents/{first}").status_code == 204
    assert client.delete(f"/v1/documents/{second}").status_code == 503
    assert ids(client) == [second]


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/evil.txt", "..\\..\\evil.txt", "/etc/passwd", "a\x00b.txt", "长" * 200 + ".txt", "...", "", "con<b>.txt"]
)
def test_a_name_never_leads_elsewhere(client, home, tmp_path, name):
    """Only the last part of a name is kept, as a name; nothing is written outside, and nothing of the upload is left."""
    before = {path for path in tmp_path.rglob("*") if "snapshot" not in path.parts}
    response = client.post("/v1/documents", files=upload(name=name or "x"))
    assert response.status_code in (200, 201, 422), response.text
    if response.status_code == 201:
        (one,) = response.json()["added"]
        assert "/" not in one["source_file"] and "\\" not in one["source_file"]
    assert {path for path in tmp_path.rglob("*") if "snapshot" not in path.parts} == before


def test_an_index_that_is_replaced_is_let_go(client):
    """However often the index is opened anew, the parts of those before are not kept."""
    gc.collect()
    held = lambda: sum(type(one) is Postings for one in gc.get_objects())  # noqa: E731
    before = held()
    gc.disable()
    try:
        for amount in range(4):
            files = upload(POLICY.replace("4000元", f"{amount + 1}000元"))
            assert client.post("/v1/documents", files=files, data={"replace": "true"}).status_code == 201
    finally:
        gc.enable()
    assert held() == before


def test_a_name_that_is_no_text_does_no_harm(client):
    """A form may say that its names are escaped; half a surrogate pair among them is replaced, the file is read."""
    form = b'--b\r\nContent-Disposition: form-data; name="files"; filename="\\ud800.txt"\r\n\r\n' + POLICY.encode() + b"\r\n--b--\r\n"
    got = client.post("/v1/documents", content=form, headers={"content-type": "multipart/form-data; boundary=b; charset=unicode_escape"})
    assert (got.status_code, got.json()["added"][0]["source_file"]) == (201, "?.txt")


def test_what_cannot_be_read_is_said_by_its_name(client):
    """One good file and one bad: the good one is in, the bad one is named with the reason and without a folder."""
    files = [("files", ("good.txt", POLICY.encode())), ("files", ("bad.txt", bytes(range(256)) * 20))]
    reply = client.post("/v1/documents", files=files).json()
    assert [one["document_id"] for one in reply["added"]] == [NUMBER]
    assert [one["source_file"] for one in reply["failures"]] == ["bad.txt"]
    assert "tmp" not in str(reply["failures"])
    alone = client.post("/v1/documents", files=upload("", "empty.txt"))
    assert alone.status_code == 422 and "tmp" not in alone.text


def test_a_zip_bomb_is_refused(client):
    """A member that blows up a thousand times is not unpacked; a zip of policies is read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", b"0" * 30_000_000)
    refused = client.post("/v1/documents", files={"files": ("bomb.zip", packed.getvalue())})
    assert refused.status_code == 422 and "zip bomb" in refused.json()["detail"]
    good = io.BytesIO()
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("../../a.txt", POLICY)
    assert client.post("/v1/documents", files={"files": ("good.zip", good.getvalue())}).status_code == 201


@pytest.mark.parametrize("form", [{}, {"data": {"files": "text"}}, {"content": b"x", "headers": {"content-type": "multipart/form-data"}}])
def test_a_form_without_files_is_a_problem(client, form):
    """Nothing, a text instead of a file, a body that is no form."""
    response = client.post("/v1/documents", **form)
    assert response.status_code in (400, 422) and response.json()["code"]


def test_a_build_that_runs_is_not_disturbed(client, home, monkeypatch):
    """While another build holds the folder an upload is 503 and says to wait."""
    import fcntl

    with (home.home / "build.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        response = client.post("/v1/documents", files=upload())
    assert (response.status_code, response.json()["code"]) == (503, "snapshot_busy")


def test_the_index_changes_under_load_and_no_request_is_dropped(home, tmp_path):
    """Eight callers ask while a document is added and removed on disk: every reply is an answer, and in the end all see
    the new index; the old ones are closed."""
    import httpx

    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "shiquan.txt").write_text(POLICY, encoding="utf-8")
    app = create_app(home)
    statuses: list[int] = []
    stop = threading.Event()
    with served(app) as at:

        def caller() -> None:
            with httpx.Client(base_url=at, timeout=60) as client:
                while not stop.is_set():
                    statuses.append(client.post("/v1/ask", json={"question": "渝北区开园奖补多少钱？"}).status_code)

        callers = [threading.Thread(target=caller) for _ in range(8)]
        for one in callers:
            one.start()
        try:
            for _ in range(2):
                add(home, [tmp_path / "new"])
                _wait_for(at, 3)
                remove(home, NUMBER)
                _wait_for(at, 2)
        finally:
            stop.set()
            for one in callers:
                one.join()
    assert len(statuses) > 20 and set(statuses) == {200}


def _wait_for(at: str, documents: int) -> None:
    import httpx

    for _ in range(600):
        if httpx.get(f"{at}/healthz", timeout=60).json()["documents"] == documents:
            return
        time.sleep(0.05)
    raise AssertionError(f"the service does not see {documents} documents")


# ---- the room itself ---------------------------------------------------------------------------------------


def test_adding_replacing_and_refusing(home, tmp_path):
    """New, word for word the same, other words under the same number, meant or not, and nothing readable."""
    path = tmp_path / "shiquan.txt"
    path.write_text(POLICY, encoding="utf-8")
    assert [one.document_id for one in add(home, [path]).added] == [NUMBER]
    assert add(home, [path]).unchanged == (NUMBER,)
    path.write_text(POLICY.replace("600元", "700元"), encoding="utf-8")
    with pytest.raises(DocumentExistsError, match="石政办发"):
        add(home, [path])
    assert add(home, [path], replacing=True).replaced == (NUMBER,)
    path.write_bytes(b"")
    with pytest.raises(SourceError):
        add(home, [path])


def test_adding_to_nothing_is_a_first_build(tmp_path, counting_encoder):
    """A folder without an index has one afterwards."""
    settings = Settings(tmp_path / "empty")
    path = tmp_path / "shiquan.txt"
    path.write_text(POLICY, encoding="utf-8")
    assert len(add(settings, [path]).added) == 1
    assert (settings.snapshot / "manifest.json").exists()


def test_the_command_adds(home, tmp_path, capsys, monkeypatch):
    """`tiaowen add` says what was added, replaced and left; a number that stands needs --replace."""
    from api import cli

    monkeypatch.setattr(cli, "_prepare_model", lambda *_: None)
    path: Path = tmp_path / "shiquan.txt"
    path.write_text(POLICY, encoding="utf-8")
    command = ["--home", str(home.home), "add", str(path)]
    assert cli.main(command) == 0 and f"added {NUMBER}" in capsys.readouterr().out
    assert cli.main(command) == 0 and f"unchanged {NUMBER}" in capsys.readouterr().out
    path.write_text(POLICY.replace("600元", "700元"), encoding="utf-8")
    assert cli.main(command) == 2
    assert cli.main([*command, "--replace"]) == 0 and f"replaced {NUMBER}" in capsys.readouterr().out
