"""
The tools for tests, put together: what looks at the wire, and what spoils it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import Clock
from twisted.web.iweb import IAgent

from .exchange import Exchange
from .fronts.control_tools import ToolsFront
from .fronts.rest_gate import RestGate
from .fronts.trust import Trust
from .fronts.watched_client import WatchedClient
from .fronts.watched_media import WatchedConnector
from .journal import Journal
from .manual_time import ManualTime
from .metronome import Metronome
from .model.faults import FaultBook
from .model.forgery import Forger
from .model.report import Report
from .model.tokens import Issuer


@dataclass(frozen=True, kw_only=True)
class Watch:
    """
    One journal and one book of faults, in front of all that speaks to
    applications.
    """

    clock: IReactorTime
    journal: Journal
    faults: FaultBook
    report: Report
    forger: Forger
    http: WatchedClient
    gate: RestGate

    def connector(self, reactor: Any, trust: Trust) -> WatchedConnector:
        """
        @return: what opens media streams.
        """
        return WatchedConnector(
            reactor,
            trust,
            self.clock,
            journal=self.journal,
            faults=self.faults,
            forger=self.forger,
            report=self.report,
        )

    def front(
        self,
        exchange: Exchange,
        metronome: Metronome,
        new_id: Callable[[], str],
        reactor: IReactorTime,
        monotonic: Callable[[], float],
    ) -> ToolsFront:
        """
        @param monotonic: real seconds, in which applications answer.

        @return: the part of the control API that serves all this.
        """
        time = None
        if isinstance(self.clock, Clock) and self.clock is not reactor:
            time = ManualTime(
                self.clock, reactor, monotonic, lambda: self.http.in_flight > 0
            )
        return ToolsFront(
            calls=exchange,
            journal=self.journal,
            faults=self.faults,
            report=self.report,
            forger=self.forger,
            new_id=new_id,
            metronome=metronome,
            time=time,
        )


def watch(
    clock: IReactorTime,
    agent: IAgent,
    issuer: Issuer,
    new_key: Callable[[], RSAPrivateKey],
    reactor: IReactorTime,
) -> Watch:
    """
    @param reactor: whose time is that of applications.

    @return: a watch that has seen nothing yet.
    """
    journal, faults = Journal(clock.seconds), FaultBook()
    report = Report(clock.seconds)

    def ahead() -> float:
        return 0.0 if clock is reactor else reactor.seconds() - clock.seconds()

    forger = Forger(issuer, new_key, ahead)
    return Watch(
        clock=clock,
        journal=journal,
        faults=faults,
        report=report,
        forger=forger,
        http=WatchedClient(
            agent,
            clock,
            journal=journal,
            faults=faults,
            forger=forger,
            report=report,
        ),
        gate=RestGate(journal, faults, report, clock, ahead),
    )
