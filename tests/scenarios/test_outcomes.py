"""
Every way in which a call can end, with the emulated service on the other side.
"""

from __future__ import annotations

from base64 import b64encode

from acsgw.interfaces import TransferKind, TransferRequest

from .house import HouseTestCase, tone

HUMAN = "+18005550199"


class OutcomeTests(HouseTestCase):
    """
    The outcome can be looked up, and the caller's leg has ended.
    """

    def end(self, call_id: str, seconds: float = 2.0) -> tuple[str | None, str]:
        """
        Let time pass; the network must have ended the call too.
        """
        self.reactor.run_for(seconds)
        self.assertEqual(self.caller_side(call_id)["state"], "ended")
        return self.outcome()

    def test_caller_hangs_up(self) -> None:
        """
        The caller hangs up: the agent is told that he is gone.
        """
        self.subscribe()
        call_id = self.place_call({"after": "at 2", "hang_up": True})
        agent = self.talk()
        outcome, reason = self.end(call_id)
        self.assertEqual(outcome, "caller hung up")
        self.assertIn("CallDisconnected", reason)
        self.assertEqual(agent.told[-1][0], "caller_gone")

    def test_agent_lost(self) -> None:
        """
        The agent fails in mid-call: the caller is not left in silence.
        """
        self.subscribe()
        call_id = self.place_call()
        self.talk().events.failed("it crashed")
        self.assertEqual(self.end(call_id), ("agent lost", "it crashed"))

    def test_agent_refuses(self) -> None:
        """
        The agent does not take the call.
        """
        self.subscribe()
        self.agents.refuse = "too many calls"
        call_id = self.place_call()
        self.assertEqual(self.end(call_id), ("agent lost", "too many calls"))

    def test_too_long(self) -> None:
        """
        No call lasts longer than the settings say.
        """
        self.subscribe()
        call_id = self.place_call()
        self.talk()
        self.reactor.run_for(1)
        self.assertEqual(self.outcome(), (None, ""))
        self.assertEqual(self.end(call_id, 10), ("timed out", "longer than 10 s"))

    gateway_settings = {"max_call_seconds": 10}

    def test_last_words_are_heard(self) -> None:
        """
        What the agent said before it ended the call is played to its end.
        """
        self.subscribe()
        heard = str(self.folder.resolve() / "heard.wav")
        call_id = self.place_call(heard=heard)
        agent = self.talk()
        agent.events.agent_audio(tone(16000, 800, 1.0), "bye", 0)
        agent.events.ended("done", {})
        agent.events.finished()
        self.reactor.run_for(0.5)
        self.assertEqual(self.outcome(), (None, ""))
        self.assertEqual(self.end(call_id), ("completed by agent", ""))


class RefusedAnswerTests(HouseTestCase):
    """
    The service refuses to let us answer.
    """

    emulator_settings = {
        "resource": {
            "access_key": b64encode(b"another key that is long enough").decode()
        }
    }

    def test_wrong_access_key(self) -> None:
        """
        The outcome says what is wrong and what to look at.
        """
        self.subscribe()
        self.place_call()
        self.reactor.run_for(2)
        outcome, reason = self.outcome()
        self.assertEqual(outcome, "answer failed")
        self.assertIn("HTTP 401 Denied", reason)
        self.assertIn("access key", reason)


class FullTests(HouseTestCase):
    """
    More calls come in than the settings allow.
    """

    gateway_settings = {"max_calls": 1}

    def test_full(self) -> None:
        """
        The call that is too much is told 503, so that another process may take it.
        """
        self.subscribe()
        self.place_call()
        self.talk()
        late = self.place_call()
        self.reactor.run_for(1)
        self.assertIn("503", str(self.caller_side(late)["story"]))
        self.assertEqual(len(self.agents.agents), 1)


class DrainTests(HouseTestCase):
    """
    The gateway is told to stop in mid-call.
    """

    def test_drained(self) -> None:
        """
        A call that goes on too long is hung up; new ones are told 503 meanwhile;
        then everything has stopped.
        """
        self.subscribe()
        call_id = self.place_call()
        self.talk()
        stopping = self.gateway.stopService()
        assert stopping is not None
        self.reactor.run_for(1)
        self.assertNoResult(stopping)
        late = self.place_call()
        self.reactor.run_for(1)
        self.assertIn("503", str(self.caller_side(late)["story"]))
        code, body = self.request("GET", "http://127.0.0.1:8081/health/ready")
        self.assertEqual((code, body["reason"]), (503, "draining"))
        self.reactor.run_for(6)
        self.successResultOf(stopping)
        side = self.caller_side(call_id)
        self.assertEqual(side["state"], "ended")
        self.assertIn("hung_up_by_service", [e["what"] for e in side["story"]])

    def test_calls_may_end(self) -> None:
        """
        A call that ends by itself while we drain is completed.
        """
        self.subscribe()
        self.place_call()
        agent = self.talk()
        stopping = self.gateway.stopService()
        assert stopping is not None
        agent.events.ended("done", {})
        self.reactor.run_for(1)
        self.successResultOf(stopping)


class TransferTests(HouseTestCase):
    """
    The agent asks for a human.
    """

    account = {"transfer_to": HUMAN, "caller_id": "+18005550100"}
    emulator_settings = {
        "resource": {
            "access_key": b64encode(bytes(range(64))).decode(),
            "immutable_id": "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c",
        },
        "transfer": {"fail": ["+18005550111"]},
    }

    def test_transferred(self) -> None:
        """
        The caller is handed over; nothing is hung up by us.
        """
        self.subscribe()
        call_id = self.place_call({"after": "at 12", "hang_up": True})
        agent = self.talk()
        agent.events.transfer(TransferRequest(request_id="t1", kind=TransferKind.AGENT))
        self.reactor.run_for(5)
        self.assertEqual(self.outcome(), ("transferred", ""))
        story = [event["what"] for event in self.caller_side(call_id)["story"]]
        self.assertIn("transfer", story)
        self.assertNotIn("hung_up_by_service", story)

    def test_transfer_fails(self) -> None:
        """
        The agent hears that it failed, and goes on talking.
        """
        self.subscribe()
        self.place_call()
        agent = self.talk()
        agent.events.transfer(
            TransferRequest(
                request_id="t1", kind=TransferKind.ADDRESS, target="+18005550111"
            )
        )
        self.reactor.run_for(5)
        result = [command for command in agent.told if command[0] == "transfer_result"]
        self.assertEqual([command[1:3] for command in result], [("t1", False)])
        self.assertIn("10004", result[0][3])
        self.assertEqual(self.outcome(), (None, ""))
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(self.outcome(), ("completed by agent", ""))
