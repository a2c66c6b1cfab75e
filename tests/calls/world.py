"""
A call's surroundings in memory: network, agent, media line and clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from urllib.parse import urlsplit

from acsgw.acs.events import Callback
from acsgw.addresses import CALLBACKS, Addresses, read_token_path
from acsgw.audio.batch import Batch
from acsgw.audio.prompt import Prompt
from acsgw.bridge.parts import BridgeParts
from acsgw.bridge.wheel import Wheel
from acsgw.calls.core import Patience
from acsgw.calls.desk import CallDesk
from acsgw.calls.handover import HANG_UP, HandoverRules
from acsgw.calls.parts import AccountParts, CallParts
from acsgw.calls.passage import HandoverTerms
from acsgw.calls.records import CallBook, CallRecord
from acsgw.interfaces import IncomingCall, TransferKind
from acsgw.testing.call_control import FakeCallControl
from acsgw.testing.memory_call import Told
from acsgw.testing.scripted_agent import ScriptedAgent, ScriptedAgentConnector

from ..support import ClockTestCase

RESOURCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
#: Raw id of a user of the account's resource, to whom callers are transferred.
IVR = f"8:acs:{RESOURCE}_0000002b-1c80-11aa-92fd-8b3a0d00b7c4"


class FakeLine:
    """
    The media stream to the caller.
    """

    frames_dropped = 0

    def __init__(self) -> None:
        self.spoken = bytearray()
        self.stops = 0
        self.closed = 0

    def speak(self, pcm: bytes) -> None:
        self.spoken += pcm

    def stop_speaking(self) -> None:
        self.stops += 1

    def close(self) -> None:
        self.closed += 1

    def give_up(self, problem: str) -> None:
        self.closed += 1


def ringing(context: str = "ctx", account: str = "main") -> IncomingCall:
    return IncomingCall(
        event_id="e1",
        account=account,
        context=context,
        caller="4:+14255550123",
        callee="4:+18005550100",
        correlation_id="corr",
        variables={"accountNumber": "12345"},
    )


def told(
    kind: str,
    connection_id: str = "connection-1",
    code: int = 200,
    context: str = "",
) -> Callback:
    """
    @return: a callback of the network.
    """
    return Callback(
        event_id="e9",
        kind=kind,
        connection_id=connection_id,
        operation_context=context,
        code=code,
        sub_code=0,
        message="",
    )


class CallWorldTestCase(ClockTestCase):
    """
    A desk with one account; every call has the id C{c1}, C{c2}...  The network
    tells the desk what happens, when its time passes (L{pass_time}).
    """

    transfer_target: str | None = IVR
    keep_words = True
    resumes = True
    fallback_prompt: Prompt | None = None
    fallback_target: str | None = None
    #: Who takes callers for which reason, instead of whom the usual rules name; L{None}
    #: for the usual rules, in which somebody takes a caller whose agent is lost.
    rule_targets: Mapping[TransferKind, str] | None = {}
    #: Numbers to which transfers fail.
    failing: frozenset[str] = frozenset()

    def setUp(self) -> None:
        super().setUp()
        self.network = FakeCallControl(failing=self.failing)
        self.network.ringing.add("ctx")
        self.network.on_callback(self._heard)
        self.connector = ScriptedAgentConnector(self.reactor)
        self.outcomes: list[str] = []
        self.book = CallBook(
            self.reactor.seconds,
            10,
            lambda outcome, conversation: self.outcomes.append(outcome),
            lambda counters: None,
        )
        self.kept: list[tuple[str, str, dict[str, str], float]] = []
        bridge = BridgeParts(
            connector=self.connector,
            wheel=Wheel(self.reactor),
            batch=Batch(),
            monotonic=self.reactor.seconds,
            lead_ms=40,
            new_recorder=None,
        )
        self.account = AccountParts(
            control=self.network,
            bridge=bridge,
            media_rate=16000,
            handover=HandoverTerms(resource_id=RESOURCE, rules=self.rules()),
            keep_words=self.keep_words,
            resumes=self.resumes,
            fallback_prompt=self.fallback_prompt,
            fallback_target=self.fallback_target,
        )
        self.parts = CallParts(
            clock=self.reactor,
            wall=self.reactor.seconds,
            addresses=Addresses("https://gw"),
            media_token=lambda call_id, account: f"media-{call_id}-{account}",
            callback_token=lambda call_id, account: f"callback-{call_id}-{account}",
            keep_variables=self.keep_variables,
            patience=Patience(),
            max_seconds=3600,
        )
        ids = count(1)
        self.desk = CallDesk(
            {"main": self.account},
            self.parts,
            self.book,
            lambda: f"c{next(ids)}",
            drain_seconds=30,
            max_calls=5,
        )
        self.desk.startService()
        self.line = FakeLine()

    def keep_variables(
        self, call_id: str, account: str, variables: Mapping[str, str], seconds: float
    ) -> str | None:
        self.kept.append((call_id, account, dict(variables), seconds))
        return "https://gw/v1/variables/ref/token"

    def rules(self) -> HandoverRules:
        """
        @return: the usual ones, but for L{rule_targets}; nobody else takes a caller
            whose agent is lost.
        """
        usual = HandoverRules.usual(self.transfer_target)
        if self.rule_targets is None:
            return usual
        targets = {k.name.lower(): (t, HANG_UP) for k, t in self.rule_targets.items()}
        return replace(usual, **{"agent_lost": (HANG_UP,), **targets})

    @property
    def agent(self) -> ScriptedAgent:
        return self.connector.agents[-1]

    @property
    def record(self) -> CallRecord:
        return self.recorded("c1")

    def recorded(self, call_id: str) -> CallRecord:
        record = self.book.find(call_id)
        assert record is not None
        return record

    def offer(self) -> None:
        """
        A call rings and is taken.
        """
        self.successResultOf(self.desk.offer(ringing()))

    def open_media(
        self, call_id: str = "c1", connection_id: str = "connection-1"
    ) -> None:
        """
        The media stream of the call comes in.
        """
        call = self.desk.find(call_id)
        assert call is not None
        call.claim_media().media_opened(self.line, 16000, connection_id)

    def talk(self) -> None:
        """
        Bring the first call to where caller and agent talk.
        """
        self.offer()
        self.open_media()
        self.reactor.advance(0)
        self.network.media_opened(self.record.connection_id)
        self.network.advance(1)

    def pass_time(self, seconds: float) -> None:
        """
        Time passes, for the network and then for the gateway.
        """
        self.network.advance(seconds)
        self.reactor.advance(seconds)

    def fail_transfer(self) -> None:
        """
        The target of the transfer under way lets it ring until the network gives up
        (487); for the gateway no time passes.
        """
        self.network.advance(31)

    def accept_transfer(self) -> None:
        """
        The user to whom the caller was transferred answers.
        """
        self.network.accept_transfer()
        self.network.advance(1)

    def _heard(self, told: Told) -> None:
        place = read_token_path(urlsplit(told.url).path, CALLBACKS)
        if place is not None:  # else another application's
            self.desk.callback(place.call_id, "main", told.event)

    def tell(self, kind: str, code: int = 200, context: str = "") -> None:
        """
        The gateway is told something of the first call, though the network knows
        nothing of it: what comes late, twice, or too early.
        """
        self.desk.callback("c1", "main", told(kind, code=code, context=context))

    def assertOver(self, outcome: str) -> None:
        """
        The first call has ended so, and nothing of it is left.
        """
        assert self.record.outcome is not None, "not ended"
        self.assertEqual(self.record.outcome.value, outcome)
        self.assertIsNone(self.desk.find("c1"))
        self.assertNoTimers()
