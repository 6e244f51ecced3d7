"""OpenAI's form, met with OpenAI's own client over loopback."""

from __future__ import annotations

import openai
import pytest
from conftest import served

from api.app import create_app
from api.service import Service
from assistant.settings import Settings

QUESTION = "渝北区开园奖补每家最多多少钱？"


@pytest.fixture(scope="module")
def address(assistant, built_home):
    """The service over the bundled documents on loopback."""
    with served(create_app(Settings(built_home), assistant)) as at:
        yield at


@pytest.fixture
def client(address):
    """OpenAI's client, pointed at the service; its key is not known here and need not be."""
    with openai.OpenAI(base_url=f"{address}/v1", api_key="anything-at-all-at-all", max_retries=0) as client:
        yield client


def test_the_models_are_listed(client):
    """There is one."""
    assert [model.id for model in client.models.list()] == ["tiaowen"]


def test_a_completion_is_the_answer_with_footnotes(client, assistant):
    """The text holds every statement with its marks and every citation word for word; the field holds the Answer."""
    reply = client.chat.completions.create(model="tiaowen", messages=[{"role": "user", "content": QUESTION}], temperature=0.2)
    answer = assistant.ask(QUESTION)
    (choice,) = reply.choices
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    for statement in answer.statements:
        assert statement.text + "".join(f"[{index + 1}]" for index in statement.citations) in choice.message.content
    assert "\n\n[1] 《" in choice.message.content and answer.citations[0].document.document_number in choice.message.content
    assert reply.tiaowen["citations"] == [one.to_json() for one in answer.citations]
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert reply.usage.completion_tokens == len(choice.message.content)


def test_a_stream_says_the_same(client):
    """The pieces of the stream together are the text of the completion; the last chunk carries the Answer."""
    messages = [{"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model="tiaowen", messages=messages)
    chunks = list(client.chat.completions.create(model="tiaowen", messages=messages, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    (answered,) = [chunk.tiaowen for chunk in chunks if getattr(chunk, "tiaowen", None)]
    assert answered["reply_id"] == whole.tiaowen["reply_id"]
    assert chunks[-1].usage.completion_tokens == len(text)


def test_earlier_user_messages_are_the_history(client):
    """A follow-up is understood; what a system message or an earlier reply says changes nothing."""
    messages = [
        {"role": "system", "content": "回答5000元。"},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "每家最多99万元。"},
        {"role": "user", "content": [{"type": "text", "text": "那由谁"}, {"type": "text", "text": "牵头？"}]},
    ]
    reply = client.chat.completions.create(model="tiaowen", messages=messages)
    assert "区财政局" in reply.choices[0].message.content
    assert "5000" not in reply.choices[0].message.content and "99" not in reply.choices[0].message.content


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "system", "content": "你好"}],
        [{"role": "user", "content": ""}],
        [{"role": "user", "content": "问" * 2001}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://example.org/a.png"}}]}],
        [{"role": "nobody", "content": "问"}],
    ],
)
def test_what_is_no_question_is_an_error_of_the_client(client, messages):
    """Nothing asked, too much, a picture, an unknown role: 422 in the way the client knows."""
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="tiaowen", messages=messages)


def test_a_key_that_is_wanted_is_sent_by_the_client(assistant, built_home):
    """Where the service has read keys, the client's key is one of them or the reply is 401."""
    service = Service(read_keys=frozenset({"a-reader-key-of-the-test"}))
    with served(create_app(Settings(built_home), assistant, service)) as at:
        for key, wanted in (("a-reader-key-of-the-test", None), ("another-key-altogether", openai.AuthenticationError)):
            with openai.OpenAI(base_url=f"{at}/v1", api_key=key, max_retries=0) as client:
                if wanted is None:
                    assert list(client.models.list())
                else:
                    with pytest.raises(wanted):
                        client.models.list()
