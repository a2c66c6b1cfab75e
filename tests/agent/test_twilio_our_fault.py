"""
A bug of the gateway's in the middle of an agent's stream.
"""

from __future__ import annotations

from acsgw.agent.options import StreamOptions
from acsgw.agent.twilio.door import is_normal, told
from acsgw.agent.twilio.protocol import CLOSE_OUR_FAULT, Closed
from acsgw.testing.agent_events import RecordingEvents

from .agent_contract import call_info
from .stream_world import StreamWorld


class Deaf(RecordingEvents):
    """
    A gateway with a bug.
    """

    def agent_audio(self, pcm: bytes, utterance: str, generation: int) -> None:
        raise ZeroDivisionError


class OurFaultTests(StreamWorld):
    """
    The agent has done nothing wrong.
    """

    def test_bug(self) -> None:
        """
        It is told as the gateway's fault, even where the agent may close so.
        """
        for codes in ((1000,), (CLOSE_OUR_FAULT,)):
            events = Deaf()
            self.twilio(normal_close_codes=codes).open(call_info(), events)
            self.pass_time(0.1)
            self.stream.say(bytes(160))
            self.pass_time(0.1)
            reason = "the gateway closed the stream (4500): internal error"
            self.assertEqual(events.all_of("failed"), [f"agent bot: {reason}"])
            self.assertEqual(events.names()[-1], "finished")
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_same_code_of_the_agent(self) -> None:
        """
        An agent may use the same code, and is told to have.
        """
        options = StreamOptions(normal_close_codes=(CLOSE_OUR_FAULT,))
        closed = Closed(CLOSE_OUR_FAULT, "")
        self.assertEqual(told(closed), "the agent closed the stream (4500)")
        self.assertTrue(is_normal(closed, options))
