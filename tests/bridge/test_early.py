"""
What the caller says before the agent is there.
"""

from __future__ import annotations

from typing import Any

from acsgw.agent.kinds import build_agent
from acsgw.agent.options import StreamOptions, TwilioStreamOptions
from acsgw.wire.media_hub import MediaHub

from ..support import ClockTestCase
from .world import BridgeTestCase, frame


class EarlyTests(BridgeTestCase):
    """
    An agent may want to hear it, or not; either way it knows how long it was.
    """

    def hears(
        self, early: bool, before: int, gone: bool = False
    ) -> list[tuple[Any, ...]]:
        """
        @param before: frames before the agent is ready; one follows.
        @param gone: has it left by then?

        @return: frames that the agent heard, each with its position.
        """
        self.connector.hears_early = early
        heard: list[tuple[Any, ...]] = []

        def prepare(agent: Any) -> None:
            agent.caller_audio = lambda pcm, at: heard.append((pcm[0], at))

        self.connector.prepare = prepare
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()
        for number in range(before):
            self.bridge.caller_audio(frame(number))
        if gone:
            self.bridge.close_agent("it failed", caller_gone=False)
        self.reactor.advance(0)
        self.bridge.caller_audio(frame(before))
        return heard

    def test_wanted(self) -> None:
        """
        All that was said comes when the agent is ready, with its own time.
        """
        self.assertEqual(self.hears(True, 3), [(0, 0), (1, 20), (2, 40), (3, 60)])
        self.assertEqual(self.bridge.counters["early_dropped_ms"], 0)

    def test_not_wanted(self) -> None:
        """
        Nothing of it comes, the time counts on, and it was not dropped for want of
        room.
        """
        self.assertEqual(self.hears(False, 3), [(3, 60)])
        self.assertEqual(self.bridge.counters["early_dropped_ms"], 0)

    def test_recorded(self) -> None:
        """
        Whether the agent hears it or not, it is part of the call.
        """
        self.hears(False, 3)
        self.assertEqual([pcm[0] for pcm, _ in self.recorder.caller], [0, 1, 2, 3])

    def test_last_second(self) -> None:
        """
        Of more than a second the last one is kept; what is not is counted.
        """
        heard = self.hears(True, 60)
        self.assertEqual([at for _, at in heard], list(range(200, 1220, 20)))
        self.assertEqual(self.bridge.counters["early_dropped_ms"], 200)

    def test_gone(self) -> None:
        """
        An agent that was never ready hears nothing.
        """
        self.assertEqual(self.hears(True, 3, gone=True), [])

    def test_keys(self) -> None:
        """
        Keys are not sound: they are told in any case.
        """
        self.connector.hears_early = False
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()
        self.bridge.caller_pressed("5")
        self.reactor.advance(0)
        self.assertEqual(self.agent.told, [("dtmf", "5")])


class OptionTests(ClockTestCase):
    """
    The option of the settings is what the bridge asks the connector.
    """

    def test_connector(self) -> None:
        """
        For an agent with a stream.
        """
        http: Any = None
        for early in (True, False):
            options = TwilioStreamOptions(
                name="a",
                url="ws://localhost/",
                stream=StreamOptions(early_audio=early),
            )
            connector = build_agent(options, MediaHub(self.reactor), http)
            self.assertIs(connector.hears_early, early)
