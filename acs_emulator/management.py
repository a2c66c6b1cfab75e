"""
Azure Resource Manager's view of the emulated resource: the system topic, and the
subscriptions that L{Topic<acs_emulator.topic.Topic>} holds.

What a failed handshake leaves behind is inferred: of a new subscription nothing, of
one that is changed what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from .errors import HandshakeFailed, Refusal
from .model.arm_paths import ArmRequest
from .model.arm_subscription import (
    Extras,
    bad,
    delivery_attributes,
    parse_arm,
    properties,
)
from .model.handshake import Provisioning
from .model.resource import Resource
from .model.subscriptions import Subscription
from .model.system_topics import SystemTopics, not_found
from .topic import Entry, Topic

_EVENTS = "Microsoft.EventGrid/eventSubscriptions"


@dataclass
class _Operation:
    """
    Something that takes a while.
    """

    status: str = "InProgress"
    error: dict[str, str] | None = None

    def body(self) -> dict[str, Any]:
        error = {} if self.error is None else {"error": self.error}
        return {"status": self.status, **error}


@dataclass(frozen=True)
class _Pending:
    """
    A subscription whose handshake is under way.
    """

    entry: dict[str, Any]


class Management(Service):
    """
    One subscription with one resource group that holds one Communication Services
    resource; at most one system topic for it, as in Azure.
    """

    _log = Logger()

    def __init__(
        self,
        resource: Resource,
        topic: Topic,
        *,
        new_id: Callable[[], str],
        insecure: bool,
    ) -> None:
        """
        @param insecure: allow endpoints without TLS.
        """
        self.scope = SystemTopics(resource)
        self._topic = topic
        self._new_id = new_id
        self._insecure = insecure
        # Good only for this very subscription: the control API may replace it.
        self._extras: dict[str, tuple[Subscription, Extras]] = {}
        self._pending: dict[str, _Pending] = {}
        self._operations: dict[str, _Operation] = {}
        self._work: set[Deferred[None]] = set()

    def stopService(self) -> None:
        super().stopService()
        for work in list(self._work):
            work.cancel()

    def delete_topic(self, name: str) -> None:
        """
        Its subscriptions go with it.

        @raise Refusal: 404.
        """
        self.scope.get_topic(name)
        for entry in self._topic.entries:
            if self._extras_of(entry.subscription.name).topic:
                self._topic.unsubscribe(entry.subscription.name)
        self.scope.name = ""

    def list_events(self, topic: str) -> list[dict[str, Any]]:
        """
        @param topic: empty: those of the resource itself.
        """
        found = [
            self._body(entry)
            for entry in self._topic.entries
            if self._extras_of(entry.subscription.name).topic.lower() == topic.lower()
            and entry.subscription.name.lower() not in self._pending
        ]
        scope = self.scope.of_events(topic).lower()
        waiting = [p.entry for p in self._pending.values()]
        return found + [b for b in waiting if b["id"].lower().startswith(scope)]

    def get_event(self, request: ArmRequest) -> dict[str, Any]:
        """
        @raise Refusal: 404.
        """
        pending = self._pending.get(request.name.lower())
        if pending is not None:
            return pending.entry
        return self._body(self._entry(request))

    def perform(self, request: ArmRequest) -> dict[str, Any]:
        """
        @return: what a POST on a subscription asks for.
        """
        subscription = self._entry(request).subscription
        if request.action.lower() == "getfullurl":
            return {"endpointUrl": subscription.endpoint}
        return {"value": delivery_attributes(subscription, secrets=True)}

    def put_event(self, request: ArmRequest, body: Any) -> tuple[str, dict[str, Any]]:
        """
        @return: id of the operation, and the subscription as it will be.

        @raise Refusal: if it is not right, or something else is under way.
        """
        key = request.name.lower()
        if key in self._pending:
            raise Refusal(
                409, "Conflict", f"An operation on {request.name} is in progress."
            )
        entry = self._topic.entry(key)
        topic = self.scope.name if request.topic else ""
        if entry is not None and self._extras_of(key).topic != topic:
            raise Refusal(409, "Conflict", f"{request.name} exists in another scope.")
        subscription, extras = parse_arm(
            request.name, body, topic, insecure=self._insecure
        )
        new = Entry(
            subscription=subscription, state=Provisioning.FAILED, is_new=entry is None
        )
        shown = self._body(new, extras)
        shown["properties"]["provisioningState"] = "Updating" if entry else "Creating"
        operation_id = self._new_id()
        operation = self._operations[operation_id] = _Operation()
        self._pending[key] = _Pending(shown)
        self._start(self._settle(new, extras, operation))
        return operation_id, shown

    def patch_event(self, request: ArmRequest, body: Any) -> tuple[str, dict[str, Any]]:
        """
        Like L{put_event}, with parts that replace those that are there.
        """
        if not isinstance(body, dict) or "properties" in body:
            raise bad("The body holds the parts themselves, without properties")
        subscription = self._entry(request).subscription
        present = properties(subscription, self._extras_of(request.name), secrets=True)
        return self.put_event(request, {"properties": {**present, **body}})

    def delete_event(self, request: ArmRequest) -> bool:
        """
        @return: was there one?
        """
        try:
            self._entry(request)
        except Refusal:
            return False
        return self._topic.unsubscribe(request.name)

    def operation(self, operation_id: str) -> dict[str, Any]:
        """
        @raise Refusal: 404.
        """
        found = self._operations.get(operation_id)
        if found is None:
            raise not_found(f"operationsStatus/{operation_id}")
        return {"id": operation_id, "name": operation_id, **found.body()}

    async def _settle(
        self, entry: Entry, extras: Extras, operation: _Operation
    ) -> None:
        name = entry.subscription.name
        try:
            await self._topic.subscribe(entry.subscription)
            self._extras[name.lower()] = (entry.subscription, extras)
            operation.status = "Succeeded"
        except HandshakeFailed as e:
            text = f"The endpoint of {name} could not be validated: {e}."
            operation.error = {"code": "Endpoint validation", "message": text}
            operation.status = "Failed"
        finally:
            self._pending.pop(name.lower(), None)

    def _entry(self, request: ArmRequest) -> Entry:
        entry = self._topic.entry(request.name)
        topic = self._extras_of(request.name).topic
        if entry is None or topic.lower() != request.topic.lower():
            raise not_found(f"{_EVENTS}/{request.name}")
        return entry

    def _extras_of(self, name: str) -> Extras:
        entry = self._topic.entry(name)
        known, extras = self._extras.get(name.lower(), (None, Extras()))
        return extras if entry and entry.subscription is known else Extras()

    def _body(self, entry: Entry, extras: Extras | None = None) -> dict[str, Any]:
        name = entry.subscription.name
        extras = extras or self._extras_of(name)
        shown = properties(entry.subscription, extras, secrets=False)
        kind = (
            "systemTopics/eventSubscriptions" if extras.topic else "eventSubscriptions"
        )
        return {
            "id": self.scope.of_events(extras.topic) + name,
            "name": name,
            "type": f"Microsoft.EventGrid/{kind}",
            "properties": {
                "topic": self.scope.resource_id,
                "provisioningState": entry.state.value,
                **shown,
            },
        }

    def _start(self, coroutine: Coroutine[Deferred[Any], Any, None]) -> None:
        work = Deferred.fromCoroutine(coroutine)
        self._work.add(work)
        work.addErrback(lambda failure: failure.trap(CancelledError) and None)
        work.addErrback(lambda failure: self._log.failure("Resource Manager", failure))
        work.addBoth(lambda _: self._work.discard(work))
