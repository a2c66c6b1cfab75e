"""
What applications may do to calls beyond answering, transferring and hanging
up: create, redirect, reject, connect, and all that concerns participants and
media streaming and transcription.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .errors import Refusal, bad_request
from .exchange import Exchange
from .model.asked import Asked
from .model.invitations import Invitation
from .model.locators import Locator, parse_locator
from .model.operations import Operation
from .model.requests import Body, asked, caller_id, participant, shown
from .model.resource import Resource
from .network import Network
from .phone_call import PhoneCall

#: Status and body of the answer.
Answered = tuple[int, Body | None]
Perform = Callable[[Operation, Body, str], Answered]


class Switchboard:
    """
    Finds the call that a request is about, and lets its rules decide; all
    operations raise L{Refusal}.
    """

    def __init__(
        self, exchange: Exchange, resource: Resource, network: Network
    ) -> None:
        self._exchange = exchange
        self._resource = resource
        self._network = network

    @property
    def operations(self) -> Mapping[str, Perform]:
        """
        By the name of the operation.
        """
        return {
            "create": self._create,
            "redirect": self._redirect,
            "reject": self._reject,
            "connect": self._connect,
            "start_media_streaming": self._start_media_streaming,
            "stop_media_streaming": self._stop_media_streaming,
            "start_transcription": self._start_transcription,
            "stop_transcription": self._stop_transcription,
            "update_transcription": self._update_transcription,
        }

    # Calls.

    def _create(self, operation: Operation, body: Body, version: str) -> Answered:
        source = (body.get("source") or {}).get("id") or self._resource.bot
        if source != self._resource.bot and not self._resource.owns(source):
            raise bad_request("source is not a user of this resource.")
        targets = [
            participant(f"targets[{index}]", target)
            for index, target in enumerate(body["targets"])
        ]
        if len(set(targets)) != len(targets):
            raise bad_request("targets names somebody twice.")
        number = caller_id(self._resource, body, targets)
        call = self._exchange.open_call(source, targets[0])
        leg = self._exchange.new_leg(
            call,
            body,
            version,
            caller=source,
            callee=targets[0],
            answered_by=source,
            made_by="create",
            targets=tuple(targets),
            source_number=number,
            source_name=body.get("sourceDisplayName"),
        )
        invitations = [
            Invitation(
                invitation_id=self._network.new_id(),
                leg=leg,
                target=target,
                asked=Asked(),
                patience=self._network.timings.ring,
                shown=shown(target, source, number),
                creates=True,
            )
            for target in targets
        ]
        call.apply(lambda rules: rules.create(leg, invitations))
        return 201, leg.properties()

    def _redirect(self, operation: Operation, body: Body, version: str) -> Answered:
        target = participant("target", body["target"])
        ring, call = self._exchange.deflect(body["incomingCallContext"])
        call.apply(lambda rules: rules.deflections.redirect(ring.ring_id, target))
        return 204, None

    def _reject(self, operation: Operation, body: Body, version: str) -> Answered:
        reason = (body.get("callRejectReason") or "none").lower()
        ring, call = self._exchange.deflect(body["incomingCallContext"])
        call.apply(lambda rules: rules.deflections.reject(ring.ring_id, reason))
        return 204, None

    def _connect(self, operation: Operation, body: Body, version: str) -> Answered:
        locator = parse_locator(body["callLocator"])
        me = f"8:acs:{self._resource.immutable_id}_{self._network.new_id()}"
        call = self._joined(locator, me)
        leg = self._exchange.new_leg(
            call,
            body,
            version,
            caller=call.request.caller,
            callee=call.request.callee,
            answered_by=me,
            made_by="connect",
        )
        call.apply(lambda rules: rules.join(leg))
        return 200, leg.properties()

    def _joined(self, locator: Locator, me: str) -> PhoneCall:
        """
        @param me: raw id of who joins.
        """
        try:
            return self._exchange.located(locator)
        except Refusal:
            if locator.group_id is None:
                raise
        # Whoever comes first opens the group.
        return self._exchange.open_call(me, me, group_id=locator.group_id)

    # Media streaming.

    def _start_media_streaming(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        key, told = operation.connection_id, asked(body)
        self._exchange.call_with(operation.connection_id).apply(
            lambda rules: rules.streaming.start(key, told)
        )
        return 202, None

    def _stop_media_streaming(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        key, told = operation.connection_id, asked(body)
        self._exchange.call_with(operation.connection_id).apply(
            lambda rules: rules.streaming.stop(key, told)
        )
        return 202, None

    # Transcription.

    def _start_transcription(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        key, told = operation.connection_id, asked(body)
        locale, model = body.get("locale"), body.get("speechModelEndpointId")
        self._exchange.call_with(key).apply(
            lambda rules: rules.transcribing.start(key, told, locale, model)
        )
        return 202, None

    def _stop_transcription(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        key, told = operation.connection_id, asked(body)
        self._exchange.call_with(key).apply(
            lambda rules: rules.transcribing.stop(key, told)
        )
        return 202, None

    def _update_transcription(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        key, told = operation.connection_id, asked(body)
        locale, model = body.get("locale"), body.get("speechModelEndpointId")
        self._exchange.call_with(key).apply(
            lambda rules: rules.transcribing.update(key, told, locale, model)
        )
        return 202, None
