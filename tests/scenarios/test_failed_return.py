"""
A transfer fails, or the agent does, with the emulated service on the other side.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np

from acsgw.interfaces import TransferKind, TransferRequest
from acsgw.testing.scripted_agent import ScriptedAgent

from .house import ACCESS_KEY, LINE, RESOURCE, HouseTestCase, tone

#: Nobody takes callers there; somebody does here; nobody at the second of them.
BUSY, HUMAN, AWAY = "+18005550111", "+18005550199", "+18005550122"

#: Seconds of the prompt, which is a tone.
PROMPT_SECONDS, PROMPT_HZ = 1.0, 700


class FailedReturnTestCase(HouseTestCase):
    """
    An account that hands callers to somebody who does not take them.
    """

    account: dict[str, Any] = {
        "transfer_to": BUSY,
        "caller_id": LINE,
        "fallback_to": HUMAN,
        "handover": {"agent_lost": ["hang up"]},
    }
    after_failure = "alive"

    def setUp(self) -> None:
        self.emulator_settings = {
            "resource": {"access_key": ACCESS_KEY, "immutable_id": RESOURCE},
            "transfer": {"fail": [BUSY, AWAY], "after_failure": self.after_failure},
        }
        prompts = Path(self.mktemp())
        prompts.mkdir()
        self.write_prompt(prompts / "sorry.wav")
        self.account = {
            **self.account,
            "fallback_prompt": str(prompts.resolve() / "sorry.wav"),
        }
        super().setUp()
        self.subscribe()

    def write_prompt(self, path: Path) -> None:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(tone(8000, PROMPT_HZ, PROMPT_SECONDS))

    def ask(self, agent: ScriptedAgent) -> None:
        """
        The agent asks for a human, whom the caller does not reach.
        """
        agent.events.transfer(
            TransferRequest(
                request_id="t1", kind=TransferKind.AGENT, variables={"intent": "order"}
            )
        )

    def call(self) -> ScriptedAgent:
        """
        @return: the agent that talks with the caller.
        """
        self.heard = self.folder.resolve() / "heard.wav"
        self.call_id = self.place_call(heard=str(self.heard))
        return self.talk()

    def story(self) -> list[str]:
        """
        @return: the call's own milestones.
        """
        call_id = self.record()["id"]
        _, body = self.request("GET", f"http://127.0.0.1:8081/v1/calls/{call_id}")
        passed_on = ("handing_over", "output_variables")
        whats = [milestone["what"] for milestone in body["timeline"]]
        return [what for what in whats if what not in passed_on]

    def assertEnded(self, outcome: str) -> str:
        """
        The call has ended so, for the network too.

        @return: the reason.
        """
        found, reason = self.outcome()
        self.assertEqual(found, outcome)
        self.assertEqual(self.caller_side(self.call_id)["state"], "ended")
        return reason

    def loudness(self, path: Path, channel: int = 0) -> float:
        """
        @return: seconds of the prompt's tone in a file.
        """
        with wave.open(str(path), "rb") as file:
            rate, channels = file.getframerate(), file.getnchannels()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        samples = samples.reshape(-1, channels)[:, channel].astype(float)
        window = rate // 50
        pieces = samples[: len(samples) // window * window].reshape(-1, window)
        t = np.arange(window) / rate
        matched = np.abs(pieces @ np.exp(-2j * np.pi * PROMPT_HZ * t)) * 2 / window
        return float(np.count_nonzero(matched > 6000)) / 50


class AliveTests(FailedReturnTestCase):
    """
    The caller is still there.
    """

    def test_agent_hears(self) -> None:
        """
        The agent hears of it and goes on talking with the caller.
        """
        agent = self.call()
        self.ask(agent)
        self.reactor.run_for(5)
        self.assertIn(("transfer_result", "t1", False), [t[:3] for t in agent.told])
        self.assertEqual(len(self.agents.agents), 1)
        agent.events.ended("done", {})
        self.reactor.run_for(2)
        self.assertEqual(self.assertEnded("completed by agent"), "")
        story = self.story()
        began = story.index("transfer")
        self.assertEqual(
            story[began : began + 4],
            ["transfer", "transfer_failed", "looked_up", "agent_told"],
        )

    def test_agent_gone(self) -> None:
        """
        A new agent session goes on with the caller, who hears it and is heard.
        """
        first = self.call()
        self.ask(first)
        first.events.finished()
        self.reactor.run_for(5)
        second = self.agents.agents[-1]
        self.assertEqual(second.call.resume_of, first.call.call_id)
        self.assertGreater(len(second.heard), 16000)
        second.events.agent_audio(tone(16000, PROMPT_HZ, 1.0), "again", 0)
        second.events.ended("done", {"intent": "solved"})
        self.reactor.run_for(3)
        self.assertEqual(self.assertEnded("completed by agent"), "")
        self.assertGreater(self.loudness(self.heard), 0.9)
        self.assertIn("agent_resumed", self.story())

    def test_agent_deaf(self) -> None:
        """
        So it does for an agent that is there but cannot hear of it.
        """
        self.agents.hears_transfer_results = False
        first = self.call()
        self.ask(first)
        self.reactor.run_for(5)
        self.assertEqual(first.told[-1][0], "close")
        self.assertEqual(self.agents.agents[-1].call.resume_of, first.call.call_id)
        self.assertEqual(self.outcome(), (None, ""))

    def test_new_session_refused(self) -> None:
        """
        The caller hears the prompt, which is in the recording too, and reaches the
        number after it.
        """
        agent = self.call()
        self.ask(agent)
        agent.events.finished()
        self.agents.refuse = "closed"
        self.reactor.run_for(12)
        reason = self.assertEnded("transferred")
        self.assertIn("after transfer failed: CallTransferFailed", reason)
        self.assertGreater(self.loudness(self.heard), 0.9)
        recording = Path(self.record()["recording"]["path"])
        self.assertGreater(self.loudness(recording, channel=1), 0.9)
        story = self.story()
        self.assertLess(story.index("agent_lost"), story.index("fallback_prompt"))
        self.assertEqual(story.count("transfer"), 2)

    def test_caller_leaves(self) -> None:
        """
        Nobody could help a caller who leaves during the prompt: that is the outcome.
        """
        self.call_id = self.place_call({"after": "at 1.5", "hang_up": True})
        self.talk().events.failed("crash")
        self.reactor.run_for(3)
        reason = self.assertEnded("agent lost")
        self.assertIn("crash; the caller left during the prompt", reason)

    def test_agent_lost(self) -> None:
        """
        A caller whose agent crashes hears the prompt and reaches the number, too.
        """
        self.call().events.failed("crash")
        self.reactor.run_for(8)
        self.assertEqual(self.assertEnded("transferred"), "after agent lost: crash")
        self.assertGreater(self.loudness(self.heard), 0.9)

    def test_drained(self) -> None:
        """
        A gateway that is stopped while the prompt is played ends the call in time.
        """
        self.call().events.failed("crash")
        stopping = self.gateway.stopService()
        assert stopping is not None
        self.reactor.run_for(0.5)
        self.assertNoResult(stopping)
        self.reactor.run_for(8)
        self.successResultOf(stopping)
        self.assertEqual(self.caller_side(self.call_id)["state"], "ended")


class BrokenTests(FailedReturnTestCase):
    """
    The failed transfer has left a call with which nothing can be done.
    """

    after_failure = "broken"

    def test_nobody(self) -> None:
        """
        Where no agent goes on, and the fallback is refused, it is hung up, and the
        outcome tells of the transfer.
        """
        agent = self.call()
        self.agents.refuse = "closed"
        self.ask(agent)
        agent.events.finished()
        self.reactor.run_for(12)
        reason = self.assertEnded("transfer failed")
        self.assertIn("the fallback failed: transfer: HTTP 400", reason)

    def test_agent_goes_on(self) -> None:
        """
        The audio still flows: the agent may go on, and its next transfer is refused.
        """
        agent = self.call()
        self.ask(agent)
        self.reactor.run_for(5)
        self.ask(agent)
        self.reactor.run_for(5)
        told = [t[3] for t in agent.told if t[0] == "transfer_result"]
        self.assertEqual(len(told), 2)
        self.assertIn("HTTP 400", told[1])
        self.assertEqual(self.outcome(), (None, ""))


class FallbackFailsTests(FailedReturnTestCase):
    """
    Nobody is at the number after the prompt, either.
    """

    account = {**FailedReturnTestCase.account, "fallback_to": AWAY}

    def test_hung_up(self) -> None:
        """
        The call is hung up after the prompt.
        """
        self.call().events.failed("crash")
        self.reactor.run_for(12)
        reason = self.assertEnded("agent lost")
        self.assertIn("crash; the fallback failed: CallTransferFailed", reason)
        self.assertGreater(self.loudness(self.heard), 0.9)
