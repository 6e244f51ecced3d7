"""What the service writes down: one JSON object a line on standard error, never a question, a text or a key."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

_EXTRA: Final = ("request_id", "method", "route", "status", "ms", "bytes")


class JsonLines(logging.Formatter):
    """A record as one JSON object: `time`, `level`, `logger`, `message`, what a request adds, and `trace` of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        said |= {name: value for name in _EXTRA if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def configuration() -> dict[str, Any]:
    """The logging configuration (`logging.config.dictConfig`) of a service: JSON lines on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines}},
        "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "loggers": {
            "tiaowen": {"handlers": ["errors"], "level": "INFO", "propagate": False},
            "uvicorn": {"handlers": ["errors"], "level": "WARNING", "propagate": False},
            # The gate writes a line for each request, with its id.
            "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        },
    }
