"""
Whole calls with agents on the network, which the gateway reaches by WebSocket.
"""

from __future__ import annotations

import wave
from typing import Any

import numpy as np
import numpy.typing as npt
from twisted.application.service import IService

from acsgw.audio.g711 import mulaw_to_pcm, pcm_to_mulaw
from acsgw.testing.asapp_api import FakeAsapp
from acsgw.testing.twilio_agent import FakeStream, FakeTwilioAgent

from .house import HouseTestCase, tone

STREAMS, API = 9001, 9002
HUMAN = "+18005550199"


def speech(hz: float, seconds: float) -> bytes:
    """
    @return: mu-law of a tone.
    """
    return pcm_to_mulaw(tone(8000, hz, seconds))


def pitch(pcm: bytes, rate: int) -> float:
    """
    @return: the loudest frequency, in Hz.
    """
    samples: npt.NDArray[Any] = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


class StreamHouseTestCase(HouseTestCase):
    """
    A gateway whose account has an agent on the network; its address is that of a
    fake, which says in the end what was against the rules.
    """

    account = {"agent": "bot", "transfer_to": HUMAN, "caller_id": "+18005550100"}

    def _gateway(self) -> IService:
        self.bot = FakeTwilioAgent(self.reactor)
        self.reactor.listenTCP(STREAMS, self.bot)
        self.prepare()
        return super()._gateway()

    def prepare(self) -> None:
        """
        Whatever else the agent has.
        """

    def tearDown(self) -> None:
        self.assertEqual([s.broken for s in self.bot.streams if s.broken], [])

    def call(self, *steps: dict[str, Any], **more: Any) -> str:
        """
        @return: the emulator's id of a call that the agent has got.
        """
        self.subscribe()
        call_id = self.place_call(*steps, **more)
        self.reactor.run_for(1)
        return call_id

    @property
    def stream(self) -> FakeStream:
        return self.bot.streams[-1]

    def ended(self, call_id: str, seconds: float = 2.0) -> tuple[str | None, str]:
        """
        Let time pass; the network must have ended the call too.
        """
        self.reactor.run_for(seconds)
        self.assertEqual(self.caller_side(call_id)["state"], "ended")
        return self.outcome()


class TwilioStreamTests(StreamHouseTestCase):
    """
    An agent with an address of its own.
    """

    agent_settings = {
        "bot": {
            "kind": "twilio-stream",
            "url": f"ws://127.0.0.1:{STREAMS}/in",
            "stall_seconds": 5,
        }
    }

    def test_conversation(self) -> None:
        """
        Each hears the other at his own rate, keys arrive, and a mark comes back when
        the caller has heard what was before it.
        """
        said = self.write_wav("said.wav", tone(16000, 440, 2.0))
        heard = str(self.folder.resolve() / "heard.wav")
        call_id = self.call(
            {"after": "at 1.2", "press": "7#"},
            {"after": "at 1.5", "say": said},
            heard=heard,
        )
        self.stream.say(speech(1000, 1.0))
        self.stream.mark("said")
        self.reactor.run_for(0.8)
        self.assertEqual(self.stream.marks, [])
        self.reactor.run_for(0.6)
        self.assertEqual(self.stream.marks, ["said"])
        self.reactor.run_for(1.2)
        self.assertEqual(self.stream.keys, "7#")
        loud = mulaw_to_pcm(bytes(self.stream.heard[-8000:]))
        self.assertNear(pitch(loud, 8000), 440, within=5)
        self.stream.leave()
        self.assertEqual(self.ended(call_id), ("completed by agent", ""))
        self.assertNear(self.heard_seconds(heard), 1.0, within=0.1)

    def assertNear(self, value: float, wanted: float, within: float) -> None:
        self.assertLess(abs(value - wanted), within, f"{value} is not {wanted}")

    def heard_seconds(self, path: str) -> float:
        """
        @return: from the first to the last that is loud, without pauses of more than
            2 ms.
        """
        with wave.open(path) as file:
            rate = file.getframerate()
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        loud = np.flatnonzero(np.abs(pcm.astype(int)) > 500)
        steps: list[int] = np.diff(loud).tolist()
        seconds: float = sum(s for s in steps if s <= rate // 500) / rate
        return seconds

    def test_barge_in(self) -> None:
        """
        At C{clear} the caller hears no more of it, every mark comes back at once, and
        what the agent says then is heard.
        """
        heard = str(self.folder.resolve() / "heard.wav")
        call_id = self.call(heard=heard)
        for number in range(10):
            self.stream.say(speech(1000, 1.0))
            self.stream.mark(f"m{number}")
        self.reactor.run_for(1.5)
        self.assertEqual(self.stream.marks, ["m0"])
        self.stream.clear()
        self.stream.say(speech(500, 0.5))
        self.stream.mark("after")
        self.reactor.run_for(0.1)
        self.assertEqual(self.stream.marks, [f"m{n}" for n in range(10)])
        self.reactor.run_for(1)
        self.assertEqual(self.stream.marks[-1], "after")
        self.stream.leave()
        self.ended(call_id)
        self.assertNear(self.heard_seconds(heard), 2.0, within=0.25)
        whats = [milestone["what"] for milestone in self.record()["timeline"]]
        self.assertIn("barge_in", whats)

    def test_marks_of_pieces(self) -> None:
        """
        An agent that marks every piece of a sentence hears of each in time, and the
        sentence has no seams.
        """
        heard = str(self.folder.resolve() / "heard.wav")
        call_id = self.call(heard=heard)
        whole = speech(1000, 1.0)
        for start in range(0, 8000, 400):
            self.stream.say(whole[start : start + 400])
            self.stream.mark(str(start))
        self.reactor.run_for(0.5)
        self.assertNear(len(self.stream.marks), 9, within=2)
        self.reactor.run_for(1)
        self.assertEqual(self.stream.marks, [str(n) for n in range(0, 8000, 400)])
        self.stream.leave()
        self.ended(call_id)
        self.assertNear(self.heard_seconds(heard), 1.0, within=0.05)

    def test_last_words(self) -> None:
        """
        What was said before the close is heard; silence at the end is not waited for.
        """
        heard = str(self.folder.resolve() / "heard.wav")
        call_id = self.call(heard=heard)
        self.stream.say(speech(1000, 1.0) + b"\xff" * 16_000)
        self.stream.leave()
        self.reactor.run_for(0.8)
        self.assertEqual(self.outcome(), (None, ""))
        self.assertEqual(self.ended(call_id, 0.7)[0], "completed by agent")
        self.assertNear(self.heard_seconds(heard), 1.0, within=0.1)

    def test_caller_hangs_up(self) -> None:
        """
        The agent hears C{stop} and the close.
        """
        call_id = self.call({"after": "at 2", "hang_up": True})
        self.assertEqual(self.ended(call_id)[0], "caller hung up")
        self.assertEqual(self.stream.told[-1], "stop")
        self.assertTrue(self.stream.closed)

    def test_refused(self) -> None:
        """
        An agent that refuses is lost, and the reason stands in the record.
        """
        self.bot.refuse = 403
        outcome, reason = self.ended(self.call())
        self.assertEqual(outcome, "agent lost")
        self.assertIn("agent bot: it refused the stream", reason)

    def test_stall(self) -> None:
        """
        A caller who speaks to an agent that is silent for ever is not left alone.
        """
        said = self.write_wav("said.wav", tone(16000, 440, 8.0))
        call_id = self.call({"after": "at 1", "say": said})
        self.ended(call_id, 8)
        story = str(self.record())
        self.assertIn("it did not answer the caller and is silent", story)
        self.assertTrue(self.stream.closed)

    def test_not_ready(self) -> None:
        """
        The gateway is not ready while its agent cannot be reached.
        """
        self.bot.refuse = 403
        self.subscribe()
        for _ in range(3):
            self.place_call()
            self.reactor.run_for(1)
        code, body = self.request("GET", "http://127.0.0.1:8081/health/ready")
        self.assertEqual(code, 503)
        self.assertIn("agent bot: 3 tries in a row failed", str(body))


class GenerativeAgentTests(StreamHouseTestCase):
    """
    ASAPP's GenerativeAgent.
    """

    agent_settings = {
        "bot": {
            "kind": "generativeagent",
            "api_url": f"http://127.0.0.1:{API}",
            "api_id": "key-id",
            "parameters": {"customerId": "{caller_number}", "taskName": "welcome"},
        }
    }
    environment = {"ACSGW_AGENT_BOT_API_SECRET": "key-secret"}

    def prepare(self) -> None:
        self.asapp = FakeAsapp(
            self.reactor, self.bot, f"ws://127.0.0.1:{STREAMS}", "key-id:key-secret"
        )
        self.reactor.listenTCP(API, self.asapp.site())

    def test_to_a_human(self) -> None:
        """
        The IVR's variables reach the agent; when it wants a human, the caller hears
        its last words and is transferred.
        """
        call_id = self.call(voip_headers={"accountNumber": "12345"})
        parameters = self.stream.rules.parameters
        self.assertEqual(parameters["customerId"], "+14255550123")
        self.assertEqual(parameters["taskName"], "welcome")
        self.stream.say(speech(1000, 1.0))
        self.asapp.hand_over(self.stream, "AGENT", {"intent": "billing"})
        self.reactor.run_for(0.7)
        self.assertEqual(self.outcome(), (None, ""))
        self.reactor.run_for(3)
        self.assertEqual(self.outcome()[0], "transferred")
        self.assertIn(HUMAN, str(self.caller_side(call_id)))

    def test_transfer_fails(self) -> None:
        """
        An agent that has left cannot hear that the transfer failed: a new session
        goes on with the same conversation.
        """
        call_id = self.call(fail_transfers_to=[HUMAN])
        first = dict(self.stream.rules.parameters)
        self.asapp.hand_over(self.stream, "AGENT")
        self.reactor.run_for(8)
        self.assertEqual(len(self.bot.streams), 2)
        again = self.stream.rules.parameters
        conversation, session = "asapp_externalConversationId", "asapp_callTransferId"
        self.assertEqual(again[conversation], first[conversation])
        self.assertNotEqual(again[session], first[session])
        self.stream.say(speech(1000, 0.5))
        self.stream.mark("sorry")
        self.reactor.run_for(1)
        self.assertEqual(self.stream.marks, ["sorry"])
        self.stream.leave()
        self.assertEqual(self.ended(call_id, 4)[0], "completed by agent")

    def test_done(self) -> None:
        """
        A conversation without a transfer ends the call.
        """
        call_id = self.call()
        self.stream.leave()
        self.assertEqual(self.ended(call_id, 4)[0], "completed by agent")

    def test_wrong_key(self) -> None:
        """
        Without a good key the call is lost, and the record says why.
        """
        self.asapp._key = "other:key"
        outcome, reason = self.ended(self.call())
        self.assertEqual(outcome, "agent lost")
        self.assertIn("no stream address from ASAPP: HTTP 401", reason)

    def test_caller_hangs_up(self) -> None:
        """
        The conversation is completed on the agent's side too.
        """
        call_id = self.call({"after": "at 2", "hang_up": True})
        self.assertEqual(self.ended(call_id)[0], "caller hung up")
        self.assertIsNotNone(self.asapp.transfer_of(self.stream).completed)
