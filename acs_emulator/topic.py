"""
The Event Grid topic of the resource: who wants its events, and getting them
there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from .courier import Courier
from .errors import HandshakeFailed
from .fronts.http_client import HttpClient
from .handshakes import Handshakes
from .model.delivery import deletion_event
from .model.delivery_log import Delivery, EventLog, EventRecord
from .model.grid_events import GridEvent, envelope
from .model.handshake import Provisioning
from .model.pace import Pace
from .model.probation import Probation
from .model.report import Report
from .model.subscriptions import Subscription
from .model.wire_time import event_grid_time
from .post_office import Letter, PostOffice, Tell, WriteDeadLetter

#: Seconds between attempts at subscriptions of the settings file.
_SETTINGS_RETRY = 5.0


@dataclass(kw_only=True)
class Entry:
    """
    A subscription as its maker sees it.

    @ivar subscription: as it was asked for last; what is delivered to may be an
        older one until its handshake is done.
    """

    subscription: Subscription
    state: Provisioning
    is_new: bool


class Topic(Service):
    """
    Holds the subscriptions and delivers events to those that want them.
    """

    _log = Logger()

    def __init__(
        self,
        *,
        http: HttpClient,
        clock: IReactorTime,
        new_id: Callable[[], str],
        chance: Callable[[], float],
        path: str,
        base_url: str,
        pace: Pace,
        write_dead_letter: WriteDeadLetter,
        wanted: tuple[Subscription, ...],
        report: Report,
    ) -> None:
        """
        @param chance: from 0 to 1.
        @param path: the name of the topic in events.
        @param base_url: where applications reach the emulator.
        @param wanted: subscriptions of the settings file: their handshake is
            tried from the start on until it succeeds.
        """
        self._clock = clock
        self._new_id = new_id
        self._path = path
        self._wanted = wanted
        self._couriers: dict[str, Courier] = {}
        self._entries: dict[str, Entry] = {}
        self._work: set[Deferred[None]] = set()
        self.events = EventLog()
        self.handshakes = Handshakes(
            http=http,
            clock=clock,
            new_id=new_id,
            topic=path,
            base_url=base_url,
            report=report,
        )
        self._office = PostOffice(
            http=http,
            clock=clock,
            new_id=new_id,
            chance=chance,
            pace=pace,
            probation=Probation(pace.probation_after, pace.speed),
            write_dead_letter=write_dead_letter,
            start=self._start,
        )

    def startService(self) -> None:
        super().startService()
        for subscription in self._wanted:
            self._start(self._insist(subscription))

    def stopService(self) -> None:
        super().stopService()
        self.handshakes.stop()
        for courier in self._couriers.values():
            courier.close()
        for work in list(self._work):
            work.cancel()

    @property
    def subscriptions(self) -> list[Subscription]:
        """
        Those that passed the handshake.
        """
        return [courier.subscription for courier in self._couriers.values()]

    @property
    def entries(self) -> list[Entry]:
        """
        All that were asked for, those without a handshake among them.
        """
        return list(self._entries.values())

    def entry(self, name: str) -> Entry | None:
        """
        @return: the subscription of this name, in any case.
        """
        return self._entries.get(name.lower())

    async def subscribe(self, subscription: Subscription) -> Entry:
        """
        Perform the handshake; a subscription with the same name is replaced
        after it, and until then gets events as before.

        @raise HandshakeFailed: with what the endpoint answered.
        """
        key = subscription.name.lower()
        is_new = key not in self._entries
        state, manual = await self.handshakes.perform(subscription)
        entry = Entry(subscription=subscription, state=state, is_new=is_new)
        self._entries[key] = entry
        if manual is None:
            self._activate(subscription)
        else:
            self._start(self._await_manual(entry, manual))
        return entry

    def unsubscribe(self, name: str) -> bool:
        """
        Drop what is not delivered yet, and tell the endpoint.

        @return: was there one?
        """
        entry = self._entries.pop(name.lower(), None)
        courier = self._couriers.pop(name.lower(), None)
        if courier is not None:
            courier.close()
            self._start(self._say_goodbye(courier.subscription))
        return entry is not None

    def publish(self, event: GridEvent, tell: Tell) -> int:
        """
        Deliver an event to all who want it, now and again until it is delivered
        or given up.

        @return: how many want it.
        """
        now = self._clock.seconds()
        record = self.events.add(
            EventRecord(
                id=event.event_id,
                type=event.kind,
                subject=event.subject,
                correlation_id=event.correlation_id,
                published_at=now,
            )
        )
        count = 0
        for courier in list(self._couriers.values()):
            schema = courier.subscription.schema
            body = envelope(event, schema, self._path, event_grid_time(now))
            if courier.subscription.wants(body):
                count += 1
                courier.send(self._letter(record, courier, body, tell))
        return count

    def _letter(
        self, record: EventRecord, courier: Courier, event: dict[str, Any], tell: Tell
    ) -> Letter:
        delivery = Delivery(courier.subscription.name)
        record.deliveries.append(delivery)
        return Letter(
            event=event,
            kind=record.type.rpartition(".")[2],
            published=record.published_at,
            delivery=delivery,
            tell=tell,
        )

    def _activate(self, subscription: Subscription) -> None:
        key = subscription.name.lower()
        # An endpoint that passes a handshake is well again; inferred.
        self._office.probation.forgive(subscription.endpoint)
        if key in self._couriers:
            self._couriers[key].move(subscription)
        else:
            self._couriers[key] = Courier(subscription, self._office)
        self._log.info("subscription {name} is active", name=subscription.name)

    async def _await_manual(self, entry: Entry, manual: Deferred[bool]) -> None:
        name = entry.subscription.name
        self._log.warn(
            "subscription {name}: the endpoint answered 200 without the "
            "validationCode; waiting for a GET of its validationUrl",
            name=name,
        )
        came = await manual
        if self._entries.get(name.lower()) is not entry or not self.running:
            return
        if came:
            entry.state = Provisioning.SUCCEEDED
            self._activate(entry.subscription)
        else:
            entry.state = Provisioning.FAILED
            self._log.warn("subscription {name}: nobody validated it", name=name)

    async def _say_goodbye(self, subscription: Subscription) -> None:
        """
        Once, whatever the answer; how often Azure tries is not documented.
        """
        now = self._clock.seconds()
        event = deletion_event(
            subscription,
            topic=self._path,
            event_id=self._new_id(),
            time=event_grid_time(now),
        )
        status = await Courier(subscription, self._office).say_goodbye(event)
        self._log.info(
            "subscription {name} is deleted; its endpoint said {status}",
            name=subscription.name,
            status=status,
        )

    async def _insist(self, subscription: Subscription) -> None:
        told = ""
        while self.running:
            try:
                entry = await self.subscribe(subscription)
                while entry.state is Provisioning.AWAITING_MANUAL_ACTION:
                    await deferLater(self._clock, _SETTINGS_RETRY)
                if entry.state is Provisioning.SUCCEEDED:
                    return
            except HandshakeFailed as e:
                if str(e) != told:
                    told = str(e)
                    self._log.warn(
                        "subscription {name}: {error}; will be tried again",
                        name=subscription.name,
                        error=told,
                    )
            await deferLater(self._clock, _SETTINGS_RETRY)

    def _start(self, coroutine: Coroutine[Deferred[Any], Any, None]) -> None:
        work = Deferred.fromCoroutine(coroutine)
        self._work.add(work)

        def done(result: object) -> None:
            self._work.discard(work)

        work.addErrback(lambda failure: failure.trap(CancelledError) and None)
        work.addErrback(lambda failure: self._log.failure("Event Grid", failure))
        work.addBoth(done)
