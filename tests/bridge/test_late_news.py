"""
Nobody is woken for each frame in the middle of an utterance: what must not be late, or
lost, all the same.
"""

from __future__ import annotations

from acsgw.interfaces import PlayState

from .world import BridgeTestCase, frame


class LateNewsTests(BridgeTestCase):
    """
    An agent that stops in the middle of an utterance, of which all has been sent.
    """

    def say(self, utterance: str, frames: int = 1) -> None:
        self.agent.events.agent_audio(frame(7) * frames, utterance, 0)

    def pass_frames(self, frames: int) -> None:
        for _ in range(frames * 4):
            self.reactor.advance(0.005)

    def test_recorded_to_the_end(self) -> None:
        """
        What the caller has heard when the call ends is in the recording.
        """
        self.open()
        self.say("u1", 3)
        self.pass_frames(10)
        self.bridge.media_closed("hung up")
        self.finish()
        self.assertEqual([pcm for pcm, _ in self.recorder.agent], [frame(7)] * 3)

    def test_started_in_time(self) -> None:
        """
        That an utterance begins is told when its first frame has been heard, though
        the one before it ended only with that.
        """
        self.open()
        self.say("u1", 3)
        self.pass_frames(10)
        self.say("u2")
        self.agent.told.clear()
        self.pass_frames(2)
        told = [one for one in self.agent.told if one[-1] is PlayState.STARTED]
        self.assertEqual(told, [("played", "u2", 0, PlayState.STARTED)])
