"""
Caller, IVR, gateway and agent in one room: whole round trips, judged from all sides.
"""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from typing import Any

from twisted.application.service import IService
from twisted.internet.defer import Deferred

from acsgw.acs.http import Body
from acsgw.interfaces import TransferKind, TransferRequest
from acsgw.testing.scripted_agent import ScriptedAgent
from ivr_sample.assembly import build
from ivr_sample.prompts import read_prompts

from ..ivr_sample.house import (
    IVR_OPERATIONS,
    SECRETS,
    IvrHouseTestCase,
    settings_in,
)
from ..scenarios.house import ACCESS_KEY, EMULATOR, GATEWAY, OPERATIONS, tone

#: What a caller keys who does all right: menu, number, confirmation; and when the
#: caller is with the agent then.
KEYS = ((1.0, "1"), (2.0, "12345"), (5.0, "1"))
WITH_AGENT = 6.5

MENU = {
    "prompt": "menu.wav",
    "keys": {"1": {"do": "account", "set": {"topic": "orders"}}, "0": {"do": "human"}},
}


class RoundTripTestCase(IvrHouseTestCase):
    """
    A test whose end is the same for all: nothing may be left anywhere, and nobody has
    done what the contract calls wrong.

    @ivar wrong: what the emulator's report is to say, if it is to say something.
    @ivar ivr_is_up: has the test not stopped it?
    @ivar emulators: where they are reached.
    @ivar more: services besides the usual ones.
    """

    wrong: tuple[str, ...] = ()
    ivr_is_up = True
    emulators: tuple[str, ...] = (EMULATOR,)
    ivr_changes: dict[str, Any] = {
        "ivr__keep_values": True,
        "menu": MENU,
        "gateway__origin": GATEWAY,
    }

    def setUp(self) -> None:
        self.more: list[IService] = []
        super().setUp()

    def _stop(self) -> None:
        reports = [self.ask(f"{url}/emulator/report") for url in self.emulators]
        left = self.left_over()
        for service in self.more:
            stopped = service.stopService()
            self.reactor.run_for(1)
            if stopped is not None:
                self.successResultOf(stopped)
        super()._stop()
        found = [
            finding["what"] for report in reports for finding in report["findings"]
        ]
        self.assertEqual(tuple(found), self.wrong)
        self.assertEqual(left, [])
        self.assertNoTimers()

    def left_over(self) -> list[str]:
        """
        @return: calls that somebody still holds.
        """
        network = [
            call["id"]
            for url in self.emulators
            for call in self.ask(f"{url}/emulator/calls")["calls"]
            if call["state"] != "ended"
        ]
        gateway = [c["id"] for c in self.gateway_calls("?live=1")]
        legs = self.legs() if self.ivr_is_up else []
        return network + gateway + [c["id"] for c in legs if c["outcome"] is None]

    def start_ivr(self, access_key: str = ACCESS_KEY, **changes: Any) -> None:
        """
        One more IVR, on ports of its own.

        @param changes: as L{settings_in} takes them.
        """
        folder = self.folder / f"ivr-{len(self.more)}"
        secrets = {**SECRETS, "IVR_ACS_ACCESS_KEY": access_key}
        settings = settings_in(folder, secrets, **{**self.ivr_changes, **changes})
        prompts, _ = read_prompts(settings, folder)
        clock = self.reactor
        ivr = build(settings, prompts, clock, clock.seconds, self.http)
        ivr.privilegedStartService()
        ivr.startService()
        self.more.append(ivr)

    # What a test does.

    def request(self, method: str, url: str, json: object = None, **kw: Any) -> Any:
        """
        As quick as the answer comes, so that a test can look on.
        """
        data = None if json is None else Body(dumps(json).encode())
        done = Deferred.fromCoroutine(self._request(method, url, data, kw))
        self.until(lambda: done.called)
        return self.successResultOf(done)

    def ask(self, url: str) -> Any:
        code, body = self.request("GET", url)
        self.assertEqual(code, 200, body)
        return body

    def until(self, happened: Callable[[], bool], seconds: float = 20) -> None:
        """
        Let time pass until something has happened.
        """
        deadline = self.reactor.seconds() + seconds
        while not happened():
            if self.reactor.seconds() > deadline:
                self.fail(f"it did not happen in {seconds:g} s; {self.legs()}")
            self.reactor.run_for(0.01)

    def until_ivr(self, milestone: str, leg: int = -1) -> None:
        """
        Let time pass until a call of the IVR has come so far.
        """
        self.until(lambda: bool(self.legs()) and milestone in self.whats(leg))

    def come_to_agent(
        self, *more: tuple[float, str], **call: Any
    ) -> tuple[str, ScriptedAgent]:
        """
        A caller does all right at the IVR.

        @param more: keys that are pressed later on.

        @return: the emulator's id of the call, and the agent that it talks with.
        """
        already = len(self.agents.agents)
        call_id = self.press(*KEYS, *more, **call)
        self.reactor.run_for(WITH_AGENT)
        self.assertEqual(len(self.agents.agents), already + 1, self.whats())
        return call_id, self.agents.agents[-1]

    def hand_back(
        self,
        agent: ScriptedAgent,
        kind: TransferKind = TransferKind.AGENT,
        target: str | None = None,
        **variables: object,
    ) -> None:
        """
        The agent asks for somebody else.
        """
        agent.events.transfer(
            TransferRequest(
                request_id="1", kind=kind, target=target, variables=variables
            )
        )

    def speak(self, agent: ScriptedAgent, seconds: float) -> None:
        """
        The agent says something.
        """
        agent.events.agent_audio(tone(self.agent_rate, 500, seconds), "u1", 0)
        agent.events.utterance_end("u1")

    def hang_up(self, call_id: str) -> None:
        """
        The caller puts the phone down, at once.
        """
        code, _ = self.request("DELETE", f"{EMULATOR}/emulator/calls/{call_id}")
        self.assertEqual(code, 200)

    def fault(self, on: str, match: dict[str, Any], do: dict[str, Any]) -> None:
        """
        Something goes wrong, once.
        """
        fault = {"on": on, "match": match, "do": do}
        code, body = self.request("POST", f"{EMULATOR}/emulator/faults", fault)
        self.assertEqual(code, 201, body)

    # What a test looks at.

    def gateway_calls(self, query: str = "") -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.ask(f"{OPERATIONS}/v1/calls{query}")["calls"]
        return calls

    def legs(self, operations: str = IVR_OPERATIONS) -> list[dict[str, Any]]:
        legs: list[dict[str, Any]] = self.ask(f"{operations}/v1/calls")["calls"]
        return legs

    def assertSides(
        self,
        call_id: str,
        *,
        network: str,
        gateway: list[str | None],
        ivr: list[str | None],
    ) -> None:
        """
        How it ended for the caller, in the gateway's records and in the IVR's.
        """
        side = self.caller_side(call_id)
        whole = (side["outcome"], self.gateway_outcomes(), self.outcomes())
        self.assertEqual(whole, (network, gateway, ivr), side["story"])
        ids = {c["conversation_id"] for c in (*self.gateway_calls(), *self.legs())}
        self.assertEqual(ids, {side["correlation_id"]} if gateway or ivr else set())

    def gateway_outcomes(self) -> list[str | None]:
        return [call["outcome"] for call in self.gateway_calls()]

    def milestones(self, what: str) -> list[str]:
        """
        @return: texts of these milestones of the gateway's latest call.
        """
        timeline = self.gateway_calls()[-1]["timeline"]
        return [m["text"] for m in timeline if m["what"] == what]
