"""
The numbers of this process.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

#: Types of events are made up by others: no more than so many get a name.
MAX_NAMES = 100

#: OpenMetrics allows 128 characters for an exemplar's names and values together.
MAX_EXEMPLAR = 128 - len("conversation")


class Counted:
    """
    Counts things by a name that comes from outside.
    """

    def __init__(
        self, registry: CollectorRegistry, name: str, text: str, label: str
    ) -> None:
        self._counter = Counter(name, text, [label], registry=registry)
        self._names: set[str] = set()

    def count(self, name: str, conversation: str = "") -> None:
        """
        One more.

        @param conversation: id of the conversation that it belongs to.  As a label it
            would make a series for each call; so it is an exemplar, the latest of
            each series, for scrapers that ask for OpenMetrics.
        """
        # A lone surrogate (JSON allows it) could not be told to anybody.
        name = name[:100].encode("utf-8", "replace").decode("utf-8")
        if name not in self._names:
            if len(self._names) >= MAX_NAMES:
                name = "other"
            self._names.add(name)
        told = conversation if len(conversation.encode("utf-8")) <= MAX_EXEMPLAR else ""
        exemplar = {"conversation": told} if told else None
        self._counter.labels(name).inc(exemplar=exemplar)
