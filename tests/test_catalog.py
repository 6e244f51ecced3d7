"""What the assistant lists of the bundled documents."""

from __future__ import annotations


def test_the_documents_are_listed_with_their_clauses(assistant, bundled_documents) -> None:
    """Every bundled document is listed once with the number of its clauses."""
    listed = {
        summary.to_json()["document_id"]: summary.to_json()["clauses"] for summary in assistant.documents()
    }
    assert listed == {d.document_id: len(d.clauses) for d in bundled_documents}


def test_every_listed_clause_is_a_slice_of_its_source(assistant) -> None:
    """The clause lines of the contract can be cut from what `source` gives, cells and figures too."""
    for line in assistant.clauses():
        source = assistant.source(line["document_id"])
        for piece in (line, *line["figures"], *line["cells"]):
            assert source[piece["start"] : piece["end"]] == piece["text"]
