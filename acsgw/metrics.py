"""
The numbers of this process.
"""

from __future__ import annotations

from collections.abc import Mapping

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


class AudioCounts:
    """
    What went less than perfect on the way of the audio, of all calls that ended.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._underruns = Counter(
            "acsgw_underruns",
            "Times that a caller waited in the middle of an utterance.",
            registry=registry,
        )
        self._skipped = Counter(
            "acsgw_skipped_silence_seconds",
            "Silence of agents that was left out, to be in time again.",
            registry=registry,
        )
        self._early = Counter(
            "acsgw_early_audio_dropped_seconds",
            "Of callers, too long before the agent was ready.",
            registry=registry,
        )
        self._dropped = Counter(
            "acsgw_audio_frames_dropped",
            "Frames of 20 ms that a peer did not read in time.",
            ["to"],
            registry=registry,
        )
        for peer in ("network", "agent"):
            self._dropped.labels(peer)

    def count(self, counters: Mapping[str, int]) -> None:
        """
        @param counters: of a call that has ended: C{underruns}, C{skipped_ms},
            C{early_dropped_ms}, C{dropped_to_network}, C{dropped_to_agent}; those that
            are missing are 0.
        """
        self._underruns.inc(counters.get("underruns", 0))
        self._skipped.inc(counters.get("skipped_ms", 0) / 1000)
        self._early.inc(counters.get("early_dropped_ms", 0) / 1000)
        for peer in ("network", "agent"):
            self._dropped.labels(peer).inc(counters.get(f"dropped_to_{peer}", 0))
