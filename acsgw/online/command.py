"""
The C{acsgw check --online} command.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from ..errors import AcsgwError
from ..provision.command import Order, provisioning
from ..provision.credential import NO_CREDENTIAL, find_token
from ..reactor_command import Outside
from . import azure, front, inside, storage
from .dial import Dialer
from .findings import Finding, exit_status, fail, skipped
from .inside import Connectors, Running


@dataclass(frozen=True, kw_only=True)
class OnlineCheck:
    """
    @ivar order: settings, and who we are for Resource Manager.
    @ivar connect: builds the agents' connectors, by name; they are not started.
    @ivar open_store: builds a store of recordings.
    """

    order: Order
    outside: Outside
    dialer: Dialer
    connect: Callable[[], Connectors]
    open_store: storage.OpenStore

    async def run(self) -> int:
        """
        @return: the exit status.
        """
        findings = []
        async for finding in self._findings():
            self.outside.say(str(finding))
            findings.append(finding)
        return exit_status(findings)

    async def _findings(self) -> AsyncIterator[Finding]:
        finding, running = await inside.gateway(self.order.settings, self.outside)
        yield finding
        async for finding in self._front(running):
            yield finding
        async for finding in self._azure():
            yield finding
        async for finding in self._agents(running):
            yield finding
        settings = self.order.settings
        for options in settings.stores:
            for finding in await storage.store(
                options, settings, self.open_store, self.outside
            ):
                yield finding
        yield inside.signing_keys(settings)
        if settings.recordings_sealed:
            yield inside.recording_keys(settings)

    async def _front(self, running: Running) -> AsyncIterator[Finding]:
        settings, outside = self.order.settings, self.outside
        url = settings.public_url
        finding, dialed = await front.public_url(self.dialer, url, outside.wall())
        yield finding
        if dialed is None:
            yield skipped(front.UPGRADE, "the public URL cannot be used")
            yield skipped(front.HANDSHAKE, "the public URL cannot be used")
            return
        yield front.upgrade(dialed.head, runs_here=running.runs)
        for account in settings.accounts:
            yield await front.handshake(
                outside.http, outside.reactor, account, url, runs_here=running.runs
            )

    async def _azure(self) -> AsyncIterator[Finding]:
        settings, outside = self.order.settings, self.outside
        dates = []
        for account in settings.accounts:
            finding, date = await azure.credential(account, outside)
            yield finding
            if date is not None:
                dates.append(date)
        yield azure.clock(dates, outside.wall())
        yield await azure.public_keys(settings, outside)
        async for finding in self._subscriptions():
            yield finding

    async def _subscriptions(self) -> AsyncIterator[Finding]:
        order, outside = self.order, self.outside
        what = "event subscriptions"
        token, problem = None, NO_CREDENTIAL
        try:
            token = find_token(order.environment, order.endpoint, outside.in_thread)
            if token is not None:
                # Libraries can be there without anybody being logged in.
                await token()
        except AcsgwError as e:
            token, problem = None, str(e)
        if token is None:
            yield skipped(what, problem)
            return
        for account in order.settings.accounts:
            if account.azure is None:
                table = f"[accounts.{account.name}.azure]"
                why = f"there is no table {table}"
                yield skipped(f"{what} of {account.name}", why, "see: acsgw example")
                continue
            looked_at = provisioning(order, account, account.azure, token, outside)
            for finding in await azure.subscriptions(looked_at):
                yield finding

    async def _agents(self, running: Running) -> AsyncIterator[Finding]:
        try:
            connectors = self.connect()
        except AcsgwError as e:
            yield fail("agent", str(e))
            return
        for name, connector in connectors.items():
            yield await inside.agent(name, connector, running)
