"""
A frame that passes the queue of L{acsgw.audio.playout} is one that went through it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.audio.playout import Playout

_FRAME = 640

#: Milliseconds until it happens, and what.
_DEEDS = st.lists(
    st.tuples(
        st.sampled_from([0, 5, 15, 20, 20, 20, 20, 20, 25, 39, 41, 60, 130]),
        st.sampled_from(["u"] * 12 + ["v", "half", "two", "silence", "end", "flush"]),
    ),
    max_size=120,
)


class OneWay:
    """
    One queue, and all that it told.
    """

    def __init__(self, may_pass: bool) -> None:
        self._playout = Playout(16000, 100)
        self._may_pass = may_pass
        self.passed = 0
        self.told: list[Any] = []

    def happens(self, deed: str, number: int, now: float) -> None:
        """
        It does, and time has come to C{now}.
        """
        playout = self._playout
        match deed:
            case "end":
                playout.end("u")
            case "flush":
                self.told.append(playout.flush())
            case _:
                size = {"half": _FRAME // 2, "two": 2 * _FRAME}.get(deed, _FRAME)
                sample = 0 if deed == "silence" else number % 250 + 1
                pcm = bytes([sample]) * size
                name = "v" if deed == "v" else "u"
                if self._may_pass and playout.passes(pcm, name, now):
                    self.passed += 1
                    self.told.append([pcm])
                    return
                playout.put(pcm, name)
        self.told.append(playout.due(now))

    def hears(self, now: float) -> None:
        """
        What is told of what was heard.
        """
        playout = self._playout
        self.told += [playout.heard(now), playout.done(), playout.news_at]
        self.told += [playout.wakes_at(True), playout.wakes_at(False), playout.waits]
        self.told += [playout.underruns, playout.skipped_ms, playout.idle]


class PassesTests(SynchronousTestCase):
    """
    Tests for L{Playout.passes}.
    """

    @given(_DEEDS)
    def test_same(self, deeds: list[tuple[int, str]]) -> None:
        """
        Whatever an agent says, and when: with it and without it the same is sent, heard
        and counted.
        """
        ways = OneWay(may_pass=True), OneWay(may_pass=False)
        ms = 0
        for number, (after_ms, deed) in enumerate(deeds):
            ms += after_ms
            for way in ways:
                way.happens(deed, number, ms / 1000)
                way.hears(ms / 1000)
        self.assertEqual(ways[0].told, ways[1].told)

    def test_real_time(self) -> None:
        """
        All frames but the first one of an agent in real time pass, also if they are
        a little late.
        """
        way = OneWay(may_pass=True)
        for number in range(100):
            way.happens("u", number, number * 0.021)
            way.hears(number * 0.021)
        self.assertEqual(way.passed, 99)
