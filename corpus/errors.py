"""Every error Tiaowen raises on purpose.

    TiaowenError                      exit 2, HTTP 422
    ├── QuestionError                 an empty, over-long or malformed question
    ├── SettingsError                 an environment variable that cannot be used
    ├── SourceError                   a file that cannot be read as a policy document
    ├── NotFoundError                 HTTP 404
    │   ├── DocumentNotFoundError
    │   └── ClauseNotFoundError
    ├── DocumentExistsError           HTTP 409; a document of this number stands in the index with other words
    ├── AccessError                   HTTP 401; no key, or one that is not known
    │   └── ForbiddenError            HTTP 403; a key that may not do this, or no admin key is set
    ├── LimitError                    HTTP 429; too many requests from one key or address
    ├── SnapshotError                 HTTP 503
    │   ├── SnapshotMissingError      nothing was built yet
    │   ├── SnapshotBusyError         another build holds the folder
    │   └── IndexMismatchError        built by another format, encoder or corpus
    └── EncoderError                  HTTP 503; a model that cannot be loaded or is not what it says

A message is one line: what happened, to what, what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class TiaowenError(Exception):
    """Base of all errors a caller can cause or mend; `str(error)` is one line fit for a person."""

    exit_code: ClassVar[int] = 2
    http_status: ClassVar[int] = 422
    code: ClassVar[str] = "error"


class QuestionError(TiaowenError):
    """The question is empty, longer than the limit, or not a text."""

    code = "question"


class SettingsError(TiaowenError):
    """A setting names something that cannot be used."""

    code = "settings"


class SourceError(TiaowenError):
    """A file cannot be read as a policy document; the message names the file and the reason."""

    code = "source"


class NotFoundError(TiaowenError):
    """Something asked for by its identity does not exist."""

    http_status = 404
    code = "not_found"


class DocumentNotFoundError(NotFoundError):
    """No document has this id."""

    code = "document_not_found"


class ClauseNotFoundError(NotFoundError):
    """No clause has this id."""

    code = "clause_not_found"


class DocumentExistsError(TiaowenError):
    """A document of the same number or title, with other words, stands in the index."""

    http_status = 409
    code = "document_exists"


class AccessError(TiaowenError):
    """A key is needed, and none that is known was given."""

    http_status = 401
    code = "key"


class ForbiddenError(AccessError):
    """The key may not do this, or the service has no key that may."""

    http_status = 403
    code = "forbidden"


class LimitError(TiaowenError):
    """More requests than one key or address may send; `wait` seconds later there is room for the next."""

    http_status = 429
    code = "rate"

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class SnapshotError(TiaowenError):
    """The data folder cannot be used as it is."""

    http_status = 503
    code = "snapshot"


class SnapshotMissingError(SnapshotError):
    """No index was built in the data folder."""

    code = "snapshot_missing"


class SnapshotBusyError(SnapshotError):
    """Another process is building in the same data folder."""

    code = "snapshot_busy"


class IndexMismatchError(SnapshotError):
    """The index on disk was made by another format, encoder or corpus than this one."""

    code = "index_mismatch"


class EncoderError(TiaowenError):
    """An embedding model or a reranker cannot be loaded, prepared or trusted."""

    http_status = 503
    code = "encoder"
