"""Passages, words and the search over them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.documents import Documents
from assistant.question import understand
from assistant.retrieval import Retriever
from assistant.scoring import expansion
from corpus.document import Clause, ClauseKind, Document, Part, Place
from corpus.errors import IndexMismatchError
from corpus.normalize import normal, to_traditional
from indexing.lexical import LexicalIndex, WordCutter, bigrams_of, corpus_words
from indexing.segments import MAX_CHARACTERS, Segment, clause_segments, segments, spoken_row
from tests.sample_files import bigram_scores, retrieving, segment_clauses, word_scores

QUESTIONS = (
    "渝北区开园奖补标准是多少？",
    "大兴区2025年普惠托位占比要达到多少？",
    "田家街道2024年的千人口托位数",
    "江蘇省2025年托育從業人員要達到多少人",
    "广州托育机构登记备案的责任单位",
)


def bare(text: str) -> str:
    """`text` without white space."""
    return re.sub(r"\s+", "", text)


# ---- segments ----------------------------------------------------------------------------------------------


def test_no_segment_crosses_a_clause(bundled_documents: list[Document]) -> None:
    """The pieces of a clause, put together, are its words and no one else's; none is lost."""
    for document in bundled_documents:
        for clause in document.clauses:
            if clause.kind is ClauseKind.HEAD:
                continue
            pieces = [segment.text.split("\n", 1)[1] for segment in clause_segments(document, clause)]
            whole = spoken_row(clause) if clause.kind is ClauseKind.ROW else clause.text
            assert bare("".join(pieces)) == bare(normal(whole)), clause.clause_id


def test_every_clause_but_a_table_head_has_segments(bundled_documents: list[Document]) -> None:
    """All clauses can be found; the words of a table head are in its rows."""
    held = {segment.clause_id for segment in segments(bundled_documents)}
    clauses = [clause for document in bundled_documents for clause in document.clauses]
    assert {c.clause_id for c in clauses if c.clause_id not in held} == {
        c.clause_id for c in clauses if c.kind is ClauseKind.HEAD
    }


def test_segments_keep_the_order_of_the_documents(bundled_documents: list[Document]) -> None:
    """Passages come clause by clause, in reading order."""
    order = [clause.clause_id for document in bundled_documents for clause in document.clauses]
    found = [order.index(segment.clause_id) for segment in segments(bundled_documents)]
    assert found == sorted(found)


def test_a_long_clause_is_cut_between_sentences(bundled_documents: list[Document]) -> None:
    """A cut follows the end of a sentence or of a line, and only what is one sentence is longer than the limit."""
    for document in bundled_documents:
        for clause in document.clauses:
            whole, at = normal(clause.text), 0
            pieces = [segment.text.split("\n", 1)[1] for segment in clause_segments(document, clause)]
            if len(pieces) < 2 or clause.kind is ClauseKind.ROW:
                continue
            assert len(whole) > MAX_CHARACTERS
            for piece in pieces:
                assert len(piece) <= MAX_CHARACTERS or not re.search(r"[。!?](?=[^”\")\s])", piece.strip()), (
                    piece
                )
                at += len(re.match(r"\s*".join(map(re.escape, bare(piece))), whole[at:].lstrip()).group())
                at += len(whole[at:]) - len(whole[at:].lstrip())
                assert at == len(whole) or re.search(r"[。!?;:][”\")]*\s*$|\n\s*$", whole[:at]), piece[-30:]


def test_a_segment_opens_with_its_breadcrumb(bundled_documents: list[Document]) -> None:
    """Title and headings stand before the words, so that 补助标准为… is known to be of 渝北's opening subsidy."""
    for document in bundled_documents:
        for clause in document.clauses:
            for segment in clause_segments(document, clause):
                crumb = segment.text.split("\n", 1)[0]
                assert crumb.startswith(normal(document.title).split("\n")[0])
                assert all(
                    normal(heading) in segment.text for heading in (*clause.breadcrumb, clause.heading or "")
                )


def test_a_row_is_spoken_with_its_headers(bundled_documents: list[Document]) -> None:
    """A row's bare 328 says nothing: each cell stands behind its column header."""
    row = next(
        c for d in bundled_documents for c in d.clauses if c.clause_id == "大政办发〔2023〕33号:附件2/表1/行3"
    )
    spoken = spoken_row(row)
    assert spoken.startswith("序号:3;镇街名称:田家街道;")
    assert "年度指标分解 / 年度:2024年;年度指标分解 / 年度千人口托位数:328" in spoken


def test_equal_words_have_equal_digests() -> None:
    """The digest is of the words alone: another clause with the same words shares its vector."""
    assert Segment("甲:一", "同").digest == Segment("乙:二", "同").digest != Segment("甲:一", "异").digest


# ---- words -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cutter(bundled_documents: list[Document]) -> WordCutter:
    """The cutter with the words of the bundled documents."""
    return WordCutter(corpus_words(bundled_documents))


@pytest.mark.parametrize("word", ["卫生健康委", "各镇街", "区财政局", "千人口托位数"])
def test_words_of_the_corpus_stay_whole(cutter: WordCutter, word: str) -> None:
    """Units, row keys and indicators of the documents are words of the cutter."""
    assert word in cutter.plain_words(f"由{word}的目标")


def test_corpus_words_are_sorted_and_chinese(bundled_documents: list[Document]) -> None:
    """The added words are the same in every build: sorted, each once, Chinese, of two to twelve characters."""
    words = corpus_words(bundled_documents)
    assert words == sorted(set(words))
    assert all(re.fullmatch(r"[\u3400-\u9fff]{2,12}", word) for word in words)
    assert {"财政局", "田家街道"} <= set(words)


def test_a_cutter_of_its_own_words_leaves_the_others_alone() -> None:
    """Words added to one cutter are unknown to another: no dictionary is shared."""
    taught, plain = WordCutter(["田家街道办"]), WordCutter()
    assert "田家街道办" in taught.plain_words("田家街道办")
    assert "田家街道办" not in plain.plain_words("田家街道办")


@pytest.mark.parametrize("text", ["这个的是多少吗", "，。！？", "", "  \n"])
def test_stop_words_and_marks_are_no_words(cutter: WordCutter, text: str) -> None:
    """Function words, question words and punctuation say nothing of a topic."""
    assert cutter.plain_words(text) == []
    assert cutter.words_of(text) == []


def test_numbers_and_latin_words_stay_whole(cutter: WordCutter) -> None:
    """4.5, 30% and letters are one word each, in lower case."""
    assert cutter.plain_words("4.5个30%的Yubei2024") == ["4.5", "个", "30%", "yubei2024"]


def test_search_words_hold_the_words_inside(cutter: WordCutter) -> None:
    """In search mode a long word is also cut, so that a shorter one finds it."""
    assert {"卫生", "健康", "卫生健康委"} <= set(cutter.words_of("卫生健康委"))


def test_a_rare_word_tells_more(cutter: WordCutter) -> None:
    """Rarity runs from 0 to 1: 托位 tells more than 工作, an unknown word most."""
    common, rare, unknown = (cutter.rarity(word) for word in ("工作", "婴幼儿", "𠮷里托位"))
    assert 0 <= common < rare < unknown <= 1


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("托位数", ["托位", "位数"]),
        ("托", ["托"]),
        ("托位，数", ["托位", "数"]),
        ("4.5个托位", ["4.5", "个托", "托位"]),
        ("30%", ["30%"]),
        ("GDP增长", ["gdp", "增长"]),
        ("", []),
    ],
)
def test_bigrams_are_the_pairs_of_each_run(text: str, pairs: list[str]) -> None:
    """Pairs never cross a mark; numbers, Latin words and single characters stand whole."""
    assert bigrams_of(text) == pairs


@given(st.text(alphabet="托育机构补助标准2025%，。 ", max_size=60))
def test_bigrams_stand_in_the_text(text: str) -> None:
    """No pair is made up."""
    assert all(pair in text for pair in bigrams_of(text))


# ---- BM25 --------------------------------------------------------------------------------------------------

TEXTS = ["开园奖补标准为3000元", "运营补贴标准", "租金补助按面积计算", "托位数 托位数 托位数"]


@pytest.fixture(scope="module")
def lexical() -> LexicalIndex:
    """An index over four short texts."""
    return LexicalIndex.from_texts(TEXTS, WordCutter(["开园", "托位数"]))


@pytest.mark.parametrize(
    ("query", "best"), [("开园奖补", 0), ("运营补贴", 1), ("租金", 2), ("托位数", 3), ("3000元", 0)]
)
def test_both_legs_find_the_text_that_holds_the_words(lexical: LexicalIndex, query: str, best: int) -> None:
    """Words and bigrams put the text with the query's words first, one score for every text."""
    for scores in (word_scores(lexical, query), bigram_scores(lexical, query)):
        assert scores.shape == (len(TEXTS),) and scores.dtype == np.float32
        assert int(scores.argmax()) == best
        assert scores[best] > 0


@pytest.mark.parametrize("query", ["", "，。", "龘靐齉", "的是吗"])
def test_a_query_without_known_words_scores_nothing(lexical: LexicalIndex, query: str) -> None:
    """Unknown words, stop words and marks are zero for every text, not an error."""
    assert not word_scores(lexical, query).any()
    assert not bigram_scores(lexical, "龘靐齉").any()


def test_bigrams_find_what_the_dictionary_cuts_wrongly() -> None:
    """A name that no dictionary knows is found by its pairs."""
    index = LexicalIndex.from_texts(["茨竹镇建设", "龙兴镇建设", "统景镇建设"], WordCutter())
    assert int(bigram_scores(index, "茨竹").argmax()) == 0


def test_spread_tells_how_few_texts_hold_a_word(lexical: LexicalIndex) -> None:
    """0 where every text holds it, 1 where none does, in between else."""
    everywhere = LexicalIndex.from_texts(["托位 甲", "托位 乙"], WordCutter())
    assert everywhere.spread("托位") == 0
    assert lexical.spread("龘靐") == 1
    assert 0 < lexical.spread("标准") < lexical.spread("租金") < 1


def test_a_saved_word_index_gives_the_same_scores(lexical: LexicalIndex, tmp_path: Path) -> None:
    """Saved and opened, both legs score every query as before, and the added words are known."""
    lexical.save(tmp_path / "lexical")
    opened = LexicalIndex.open(tmp_path / "lexical")
    assert len(opened) == len(lexical) == len(TEXTS)
    assert opened.cutter.words == lexical.cutter.words
    for query in ("开园奖补标准", "托位数", "面积", "", "无"):
        assert np.array_equal(word_scores(opened, query), word_scores(lexical, query))
        assert np.array_equal(bigram_scores(opened, query), bigram_scores(lexical, query))
    assert [opened.spread(word) for word in ("标准", "面积", "无")] == [
        lexical.spread(word) for word in ("标准", "面积", "无")
    ]


def test_texts_without_words_keep_their_positions(tmp_path: Path) -> None:
    """An empty passage takes a place and scores nothing."""
    index = LexicalIndex.from_texts(["", "租金补助", "，"], WordCutter())
    assert int(word_scores(index, "租金").argmax()) == 1
    assert word_scores(index, "租金")[[0, 2]].tolist() == [0.0, 0.0]
    index.save(tmp_path / "lexical")
    assert len(LexicalIndex.open(tmp_path / "lexical")) == 3


def test_a_missing_word_index_says_to_build(tmp_path: Path) -> None:
    """What cannot be opened is refused with the command that makes it."""
    with pytest.raises(IndexMismatchError, match="run `tiaowen build` again"):
        LexicalIndex.open(tmp_path / "lexical")


# ---- the hybrid search -------------------------------------------------------------------------------------


@pytest.fixture
def retriever(bundled_documents: list[Document], tmp_path: Path, counting_encoder):
    """A retriever over the bundled documents whose vectors mean nothing and are counted."""
    with retrieving(tmp_path, bundled_documents, counting_encoder, corpus_words(bundled_documents)) as opened:
        yield opened


def test_a_question_is_encoded_once(retriever: Retriever, counting_encoder) -> None:
    """One question is searched several times with other filters and encoded once."""
    question = understand(QUESTIONS[0])
    for k in (1, 5, 20):
        retriever.search(question, k)
    retriever.search(question, 5, documents=["渝北府办发〔2024〕6号"])
    assert counting_encoder.queries == [question.normal]


def test_the_legs_have_one_scale(retriever: Retriever, bundled_documents: list[Document]) -> None:
    """Each leg gives every passage a score from 0 to 1, and its best passage 1."""
    passages = len(list(segments(bundled_documents)))
    for leg in retriever.scorer.scored(understand(QUESTIONS[0])).legs:
        assert leg.shape == (passages,)
        assert leg.min() >= 0
        assert leg.max() == pytest.approx(1)


def test_words_alone_find_the_clause(retriever: Retriever) -> None:
    """With vectors that mean nothing, the words of the question still find its clause."""
    assert (
        retriever.search(understand(QUESTIONS[0]), 1)[0].clause.clause_id
        == "渝北府办发〔2024〕6号:二/(三)/11"
    )


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("k", [1, 7, 500])
def test_hits_are_at_most_k_clauses_best_first(assistant, question: str, k: int) -> None:
    """Every clause once, scores falling, each with the document it stands in."""
    hits = assistant.search(question, k)
    ids = [hit.clause.clause_id for hit in hits]
    assert 0 < len(hits) <= k
    assert len(ids) == len(set(ids))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.clause.document_id == hit.document.document_id for hit in hits)


@pytest.mark.parametrize("question", QUESTIONS)
def test_fewer_hits_are_the_first_of_more(assistant, question: str) -> None:
    """Asking for three gives the first three of ten."""
    ids = [[hit.clause.clause_id for hit in assistant.search(question, k)] for k in (3, 10)]
    assert ids[0] == ids[1][:3]


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_scripts_find_the_same(assistant, question: str) -> None:
    """The Traditional form of a query has the hits and scores of the Simplified one."""
    one, other = (assistant.search(text, 10) for text in (normal(question), to_traditional(normal(question))))
    assert [(hit.clause.clause_id, hit.score) for hit in one] == [
        (hit.clause.clause_id, hit.score) for hit in other
    ]


def test_documents_and_clauses_can_be_chosen(retriever: Retriever) -> None:
    """A search within documents, or for clauses of a kind, gives those and no others, as many as there are."""
    question = understand("托位数")
    inside = retriever.search(question, 1000, documents=["大政办发〔2023〕33号"])
    assert {hit.document.document_id for hit in inside} == {"大政办发〔2023〕33号"}
    rows = retriever.search(question, 1000, keep=lambda clause: clause.kind is ClauseKind.ROW)
    assert {hit.clause.kind for hit in rows} == {ClauseKind.ROW}
    assert len(rows) > 20
    assert retriever.search(question, 5, documents=[]) == []


def test_an_interpretation_does_not_outrank_its_policy(retriever: Retriever) -> None:
    """A 政策解读 that repeats a clause scores less than its words alone would give it."""
    question = understand("大兴区2025年普惠托位占比要达到多少？")
    hits = retriever.search(question, 1000)
    order = [hit.clause.part for hit in hits if hit.document.document_id == "京兴政办发〔2024〕11号"]
    assert order[0] is Part.BODY
    assert Part.INTERPRETATION in order


def test_the_year_asked_for_lifts_its_clauses(retriever: Retriever) -> None:
    """A clause that prints the year scores higher for the question with the year than its passage does alone."""
    question = understand("2025年托位数")
    best: dict[str, float] = {}
    scores = retriever.scorer.scored(question).scores
    for clause_id, score in zip(segment_clauses(retriever._store), scores, strict=True):
        best[clause_id] = max(best.get(clause_id, -1.0), float(score))
    for hit in retriever.search(question, 1000):
        if hit.clause.part is not Part.INTERPRETATION:
            lifted = hit.score - best[hit.clause.clause_id]
            assert (lifted > 0.01) is ("2025" in hit.clause.text)


def test_everyday_words_are_led_to_policy_words() -> None:
    """娃 adds 婴幼儿; what stands in the text is not added again."""
    assert "婴幼儿" in expansion("娃多大能送").split()
    assert "婴幼儿" not in expansion("婴幼儿的娃").split()
    assert expansion("ABC 123") == ""


# ---- which documents a place means -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare_documents(bundled_documents: list[Document]) -> Documents:
    """The bundled documents; their places are 大洼区, 大兴区, 广州市, 江苏省 and 渝北区."""
    return Documents({document.document_id: document for document in bundled_documents})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("重庆市", "渝北区"), ["渝北府办发〔2024〕6号"]),
        (("重庆市",), ["渝北府办发〔2024〕6号"]),
        (("广东省", "广州市", "天河区"), ["穗府办〔2024〕3号"]),
        (("广东省", "深圳市"), []),
        (("重庆市", "江北区"), []),
        (("北京市", "大兴区"), ["京兴政办发〔2024〕11号"]),
    ],
)
def test_a_place_means_its_documents_or_those_inside_or_above(
    bare_documents: Documents, path: tuple[str, ...], found: list[str]
) -> None:
    """The place's own documents, else those inside it, else those of a place it lies in; never a neighbour's."""
    level = ("province", "city", "county")[len(path) - 1]
    assert bare_documents.matching([Place(path[-1], level, path)]) == found


def test_several_places_keep_their_order(bare_documents: Documents) -> None:
    """Documents come place by place, each once."""
    places = [Place("江苏省", "province", ("江苏省",)), Place("渝北区", "county", ("重庆市", "渝北区"))]
    assert bare_documents.matching([*places, places[0]]) == [
        "蘇衛人口〔2022〕14號",
        "渝北府办发〔2024〕6号",
    ]


def test_a_clause_is_what_the_search_gives(assistant) -> None:
    """A hit carries the whole clause, with the facts that the store keeps."""
    (hit,) = assistant.search("渝北区开园奖补标准是多少？", 1)
    assert isinstance(hit.clause, Clause)
    assert hit.clause.figures and hit.clause.lead_units


# ---- a corpus of several documents -------------------------------------------------------------------------

OLD = (
    "甲市民政局关于印发助餐办法的通知\n甲民规〔2019〕2号\n各区民政局：\n现印发给你们，请认真执行。\n2019年3月1日\n"
    "一、补贴标准。老年人每餐补贴2元，由街道按月发放到助餐点。\n二、助餐点。每个街道至少一处，配备网络设备和资料柜。\n"
)
NEW = (
    "甲市民政局关于印发助餐新办法的通知\n甲民规〔2024〕5号\n各区民政局：\n现印发给你们。《助餐办法》（甲民规〔2019〕2号）同时废止。\n2024年6月1日\n"
    "一、补贴标准。老年人每餐补贴3元，由街道按月发放到助餐点。\n二、助餐点。每个社区至少一处，加强信息公开。\n"
)
OTHER = (
    "乙縣民政局關於印發助餐計畫的通知\n乙民發〔2023〕9號\n各鄉鎮：\n現印發給你們。\n2023年5月1日\n"
    "一、補助標準。老年人每餐補助5元。\n二、網際網路服務。建置助餐軟體，提升品質。\n"
)


@pytest.fixture(scope="module")
def town(models_folder: Path, tmp_path_factory: pytest.TempPathFactory):
    """An assistant over an old and a new policy, a copy of the new one, and a Traditional one of another place."""
    from assistant.assistant import Assistant
    from assistant.building import build
    from assistant.settings import Settings

    folder = tmp_path_factory.mktemp("town")
    for name, text in (("old", OLD), ("new", NEW), ("copy", "转发：" + NEW), ("other", OTHER)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    home = folder / "home"
    home.mkdir()
    (home / "models").symlink_to(models_folder, target_is_directory=True)
    build(Settings(home), [folder / f"{name}.txt" for name in ("old", "new", "copy", "other")])
    opened = Assistant.open(Settings(home))
    yield opened
    opened.close()


def test_a_repealed_document_stands_behind_and_says_so(town) -> None:
    """The policy in force comes first; an answer from the repealed one names the one that repeals it."""
    hits = town.search("助餐每餐补贴标准", 10)
    numbers = [hit.document.document_number for hit in hits]
    assert numbers.index("甲民规〔2024〕5号") < numbers.index("甲民规〔2019〕2号")
    answer = town.ask("甲民规〔2019〕2号的补贴标准是多少？")
    assert "2元" in answer.answer and "已由《" in answer.answer and "废止" in answer.answer
    assert "废止" not in town.ask("甲民规〔2024〕5号的补贴标准是多少？").answer.replace("同时废止", "")


def test_what_two_copies_print_alike_is_found_once(town) -> None:
    """A clause of a document and of its copy comes once; clauses that differ both come."""
    texts = [bare(hit.clause.text) for hit in town.search("助餐每餐补贴标准", 20)]
    assert len(texts) == len(set(texts))
    assert sum("每餐" in text for text in texts) >= 3


def test_words_of_taiwan_and_of_the_mainland_meet(town) -> None:
    """互联网 finds 網際網路, 软件 finds 軟體, and 資訊 finds 信息, by words alone."""
    for query, wanted in (("互联网服务", "網際網路"), ("助餐软件", "軟體"), ("資訊公開", "信息")):
        assert wanted in town.search(query, 1)[0].clause.text


def test_what_is_named_by_number_comes_first(assistant) -> None:
    """A document's number with a clause's own number is resolved, in either kind of brackets."""
    for query in ("渝北府办发〔2024〕6号第13条", "渝北府办发[2024]6号 二（三）13"):
        assert assistant.search(query, 3)[0].clause.clause_id == "渝北府办发〔2024〕6号:二/(三)/13"


@pytest.mark.parametrize("named", ["大兴区", "北京大兴", "北京市大兴区", "大興"])
def test_a_place_is_a_boost_however_it_is_spelled(assistant, named: str) -> None:
    """Documents of the place named come first, and those of other places stay below them."""
    places = [hit.document.place.name for hit in assistant.search(f"{named}托育服务监管", 100)]
    assert places[0] == "大兴区" and len(set(places)) > 1


def test_a_follow_up_is_searched_with_what_was_asked_before(assistant) -> None:
    """封顶多少 alone names no topic; behind its first question it finds that question's clause."""
    asked = ["渝北开园激励性奖补是什么标准？"]
    assert assistant.search("封顶多少？", 1, asked)[0].clause.path == "二/(三)/11"
