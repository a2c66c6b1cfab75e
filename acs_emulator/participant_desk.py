"""
What applications may do to the participants of their calls: list, add, remove,
mute, hold, move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

from .errors import bad_request
from .exchange import Exchange
from .model.asked import Asked
from .model.call import Call
from .model.identifiers import identifier, name_of
from .model.invitations import Invitation
from .model.operations import Operation
from .model.prompts import play_source
from .model.requests import Body, asked, caller_id, echoed, participant, shown
from .model.resource import Resource
from .network import Network
from .phone_call import PhoneCall
from .switchboard import Answered, Perform


class ParticipantDesk:
    """
    As L{Switchboard<acs_emulator.switchboard.Switchboard>}, for participants.
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
            "list_participants": self._list_participants,
            "get_participant": self._get_participant,
            "add_participant": self._add_participant,
            "remove_participant": self._remove_participant,
            "mute": self._mute,
            "cancel_add_participant": self._cancel_add_participant,
            "move_participants": self._move_participants,
            "hold": partial(self._hold, on=True),
            "unhold": partial(self._hold, on=False),
        }

    def _list_participants(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        call = self._exchange.call_with(operation.connection_id)
        people, begin = call.roster.bodies(), _place(operation.skip)
        end = begin + (self._network.page_size or len(people))
        link = None
        if end < len(people):
            # Where the client has come from: it trusts no other address.
            connection_id = quote(operation.connection_id, safe="")
            link = (
                f"{operation.base}/calling/callConnections/{connection_id}"
                f"/participants?skip={end}&api-version={version}"
            )
        return 200, {"value": people[begin:end], "nextLink": link}

    def _get_participant(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        return 200, self._exchange.call_with(operation.connection_id).roster.find(
            operation.participant
        ).body()

    def _add_participant(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        call, told = self._exchange.call_with(operation.connection_id), asked(body)
        target = participant("participantToAdd", body["participantToAdd"])
        number = caller_id(self._resource, body, [target])
        context = body.get("customCallingContext") or {}
        timeout = body.get("invitationTimeoutInSeconds")
        ring = self._network.timings.ring
        leg = call.leg(operation.connection_id)
        invitation = Invitation(
            invitation_id=self._network.new_id(),
            leg=leg,
            target=target,
            asked=told,
            patience=ring if timeout is None else float(timeout),
            shown=shown(target, leg.answered_by, number),
            voip_headers=context.get("voipHeaders"),
            sip_headers=context.get("sipHeaders"),
        )
        call.apply(
            lambda rules: rules.participants.add(operation.connection_id, invitation)
        )
        return 202, {
            "participant": {
                "identifier": identifier(target),
                "isMuted": False,
                "isOnHold": False,
            },
            "invitationId": invitation.invitation_id,
            **echoed(body),
        }

    def _remove_participant(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        who = participant("participantToRemove", body["participantToRemove"])
        key, told = operation.connection_id, asked(body)
        self._exchange.call_with(operation.connection_id).apply(
            lambda rules: rules.participants.remove(key, who, told)
        )
        return 202, echoed(body)

    def _mute(self, operation: Operation, body: Body, version: str) -> Answered:
        who = participant("targetParticipants[0]", body["targetParticipants"][0])
        key = operation.connection_id
        self._exchange.call_with(operation.connection_id).apply(
            lambda rules: rules.participants.mute(key, who)
        )
        return 200, echoed(body)

    def _cancel_add_participant(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        call, invitation_id = (
            self._exchange.call_with(operation.connection_id),
            body["invitationId"],
        )
        leg, told = call.leg(operation.connection_id), asked(body)
        call.apply(lambda rules: rules.invitations.cancel(leg, invitation_id, told))
        return 202, {"invitationId": invitation_id, **echoed(body)}

    def _move_participants(
        self, operation: Operation, body: Body, version: str
    ) -> Answered:
        here, from_leg = (
            self._exchange.call_with(operation.connection_id),
            body["fromCall"],
        )
        there = self._exchange.call_of(from_leg)
        there.leg(from_leg)
        people = [
            participant(f"targetParticipants[{index}]", who)
            for index, who in enumerate(body["targetParticipants"])
        ]
        key, told = operation.connection_id, asked(body)
        for who in people:
            if there is here or who not in there.roster.phones:
                raise bad_request(f"{name_of(who)} is not a phone in the other call.")
            if who in here.roster.phones:
                raise bad_request(f"{name_of(who)} is in this call already.")
        bodies = [there.roster.find(who).body() for who in people]
        for who in people:
            move = partial(_move, there, here, who, from_leg, key, told)
            here.apply(partial(_when_up, key, move))
        return 202, {"participants": bodies, "fromCall": from_leg, **echoed(body)}

    def _hold(
        self, operation: Operation, body: Body, version: str, *, on: bool
    ) -> Answered:
        who = participant("targetParticipant", body["targetParticipant"])
        key = operation.connection_id
        call = self._exchange.call_with(key)
        leg, given = call.leg(key), body.get("playSourceInfo")
        source = None if given is None else play_source(given)
        if source is not None:
            call.media.check_source(leg, source)
        call.apply(lambda rules: rules.participants.hold(key, who, on=on))
        if source is not None:
            call.media.hold(leg, who, source, asked(body))
        if not on:
            call.media.take_back(who)
        return 200, None


def _place(skip: str) -> int:
    if not (skip.isascii() and skip.isdigit() and len(skip) < 10):
        raise bad_request("skip must be a whole number.")
    return int(skip)


def _when_up(key: str, step: Callable[[], None], rules: Call) -> None:
    rules.participants.move(key, step)


def _move(
    there: PhoneCall, here: PhoneCall, who: str, from_leg: str, key: str, asked: Asked
) -> None:
    leg = here.leg(key)
    if who not in there.roster.phones:
        here.apply(
            lambda rules: rules.participants.did_not_arrive(leg, who, from_leg, asked)
        )
        return
    phone = there.lines.release(who)
    if phone is not None:
        here.lines.receive(phone)
    here.apply(lambda rules: rules.participants.arrive(leg, who, from_leg, asked))
    there.apply(lambda rules: rules.participants.depart(who))
