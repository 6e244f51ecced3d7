"""What the service counts, in the text format of Prometheus. The only room that imports prometheus_client."""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one application; two applications in a process count apart."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tiaowen_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tiaowen_request_seconds", "Seconds from a request's first byte read to its last byte sent.", ["route"],
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._working = Gauge("tiaowen_requests_in_progress", "Requests that are being answered.", registry=self._registry)
        self._answers = Counter("tiaowen_answers", "Answers by outcome.", ["status"], registry=self._registry)
        self._feedback = Counter("tiaowen_feedback", "Feedback by verdict.", ["verdict"], registry=self._registry)
        self._documents = Gauge("tiaowen_documents", "Documents in the open index.", registry=self._registry)

    def began(self) -> None:
        """A request has come."""
        self._working.inc()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered, or its caller has gone (status 499)."""
        self._working.dec()
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answered(self, status: str) -> None:
        """A question had this outcome."""
        self._answers.labels(status).inc()

    def judged(self, verdict: str) -> None:
        """A reader said what an answer was worth."""
        self._feedback.labels(verdict).inc()

    def text(self, documents: int) -> bytes:
        """All of it as Prometheus reads it, with the number of `documents` in the open index."""
        self._documents.set(documents)
        return generate_latest(self._registry)
