"""
An agent that sometimes wants to know of every frame that it was heard.
"""

from __future__ import annotations

from typing import Any

from zope.interface import alsoProvides

from acsgw.interfaces import IHearsProgress, PlayState

from .world import BridgeTestCase, frame


class WantingTests(BridgeTestCase):
    """
    It says so when that begins.
    """

    def setUp(self) -> None:
        super().setUp()
        self.connector.prepare = self.interest
        self.bridge.media_opened(self.line, 16000, "cc")
        self.bridge.open_agent()
        self.reactor.advance(0)

    def interest(self, agent: Any) -> None:
        agent.awaits_progress = False
        alsoProvides(agent, IHearsProgress)

    @property
    def agent(self) -> Any:
        return self.connector.agents[-1]

    def progress(self) -> list[int]:
        """
        @return: how much it was told to have been heard, in ms, since the last time.
        """
        told = self.agent.told
        heard = [ms for _, _, ms, state in told if state is PlayState.PROGRESS]
        told.clear()
        return heard

    def say(self, frames: int) -> None:
        self.agent.events.agent_audio(frame(7) * frames, "u", 0)

    def want(self, wanted: bool) -> None:
        self.agent.awaits_progress = wanted
        if wanted:
            self.agent.events.progress_wanted()

    def pass_frames(self, frames: int) -> None:
        for _ in range(frames * 4):
            self.reactor.advance(0.005)

    def test_in_the_middle(self) -> None:
        """
        It is told at once how far the caller is, then each frame; and nothing before,
        nor when it is not interested any more.
        """
        self.say(20)
        self.pass_frames(5)
        self.assertEqual(self.progress(), [])
        self.want(True)
        self.assertEqual(self.progress(), [100])
        self.pass_frames(3)
        self.assertEqual(self.progress(), [120, 140, 160])
        self.want(False)
        self.pass_frames(12)
        self.assertEqual(self.progress(), [])

    def test_all_heard(self) -> None:
        """
        It may ask when all that it said has been heard, and more may come.
        """
        self.say(5)
        self.pass_frames(50)
        self.want(True)
        self.assertEqual(self.progress(), [100])

    def test_nothing_heard(self) -> None:
        """
        It may ask before anything has been heard.
        """
        self.want(True)
        self.say(2)
        self.assertEqual(self.progress(), [])
        self.pass_frames(2)
        self.assertEqual(self.progress(), [20, 40])
