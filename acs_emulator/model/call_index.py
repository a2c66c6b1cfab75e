"""
Whose call something on the wire belongs to, learned from the wire alone.

An C{IncomingCall} event names caller, callee, correlation id and context; the
answer to a request names the call connection.  Whoever looks at requests of one
side only can tell with this to which call they belong.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

#: Calls, contexts and connections that are remembered, each.
_KEPT = 5000

_CONNECTION = re.compile(r"/callConnections/([^/:?]+)")
#: In the REST API, and where files are fetched.
_RECORDING = re.compile(r"(?:/calling)?/recordings/([^/:?]+)")
#: The subject of the event that tells of a file.
_RECORDED = re.compile(r"/recording/call/([^/]+)/")


@dataclass(frozen=True, kw_only=True)
class Party:
    """
    One side's view of a call; all texts are empty where nothing is known.

    @ivar caller: raw id.
    @ivar callee: raw id; that of a transfer's target for its leg.
    @ivar number: of the call, counted from 1 in order of first sight.
    @ivar subscription: that got the event, in lower case.
    """

    correlation_id: str
    caller: str = ""
    callee: str = ""
    number: int = 0
    connection_id: str = ""
    subscription: str = ""


NOBODY = Party(correlation_id="")


@dataclass
class CallIndex:
    """
    Grows with what is seen; bounded.
    """

    _numbers: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _count: int = 0
    _latest: OrderedDict[str, Party] = field(default_factory=OrderedDict)
    _contexts: OrderedDict[bytes, Party] = field(default_factory=OrderedDict)
    _connections: OrderedDict[str, Party] = field(default_factory=OrderedDict)
    _server_calls: OrderedDict[str, Party] = field(default_factory=OrderedDict)
    _recordings: OrderedDict[str, Party] = field(default_factory=OrderedDict)

    def of_event(self, event: object, subscription: str) -> Party:
        """
        @param event: what Event Grid delivers, in either schema, array or not.
        """
        data = _data(event)
        recorded = _RECORDED.match(_subject(event))
        if recorded is not None:
            party = self.of_connection("", unquote(recorded[1]))
            return replace(party, subscription=subscription.lower())
        correlation_id = data.get("correlationId")
        if not isinstance(correlation_id, str):
            return replace(NOBODY, subscription=subscription.lower())
        party = Party(
            correlation_id=correlation_id,
            caller=_raw_id(data.get("from")),
            callee=_raw_id(data.get("to")),
            number=self._number(correlation_id),
            subscription=subscription.lower(),
        )
        _keep(self._latest, correlation_id, party)
        if isinstance(context := data.get("incomingCallContext"), str):
            _keep(self._contexts, _digest(context), party)
        self._learn_server_call(data, party)
        return party

    def of_callback(self, event: object) -> Party:
        """
        @param event: what is posted to a callback address.
        """
        data = _data(event)
        return self.of_connection(
            str(data.get("callConnectionId", "")), str(data.get("correlationId", ""))
        )

    def of_connection(self, connection_id: str, correlation_id: str) -> Party:
        """
        @param correlation_id: used if the connection was not seen before.
        """
        known = self._connections.get(connection_id)
        if known is not None:
            return known
        if not correlation_id:
            return NOBODY
        party = self._latest.get(correlation_id) or Party(
            correlation_id=correlation_id, number=self._number(correlation_id)
        )
        return replace(party, connection_id=connection_id)

    def of_request(self, path: str, body: object) -> Party:
        """
        @param path: of a request to the REST API.
        """
        if match := _CONNECTION.search(path):
            return self.of_connection(unquote(match[1]), "")
        if match := _RECORDING.match(path):
            return self._recordings.get(unquote(match[1]), NOBODY)
        return self._named_in(body) if isinstance(body, Mapping) else NOBODY

    def _named_in(self, body: Mapping[str, Any]) -> Party:
        context = body.get("incomingCallContext")
        if isinstance(context, str):
            return self._contexts.get(_digest(context), NOBODY)
        connection_id = body.get("callConnectionId")
        if isinstance(connection_id, str):
            return self.of_connection(connection_id, "")
        locator = body.get("callLocator")
        if isinstance(locator, Mapping):
            server_call_id = locator.get("serverCallId")
            if isinstance(server_call_id, str):
                return self._server_calls.get(server_call_id, NOBODY)
        return NOBODY

    def learn_answer(self, party: Party, body: object) -> Party:
        """
        @param body: of the answer to a request of this party.

        @return: the party, with its connection if the answer tells it.
        """
        if not isinstance(body, Mapping):
            return party
        recording_id = body.get("recordingId")
        if isinstance(recording_id, str) and recording_id not in self._recordings:
            _keep(self._recordings, recording_id, party)
        connection_id, found = body.get("callConnectionId"), body.get("correlationId")
        if not isinstance(connection_id, str) or not isinstance(found, str):
            return party
        if party.correlation_id != found:
            party = Party(correlation_id=found, number=self._number(found))
            party = replace(
                party,
                caller=_raw_id(body.get("source")),
                callee=next(map(_raw_id, body.get("targets") or ()), ""),
            )
        party = replace(party, connection_id=connection_id)
        _keep(self._connections, connection_id, party)
        self._learn_server_call(body, party)
        return party

    def _learn_server_call(self, data: Mapping[str, Any], party: Party) -> None:
        # Several legs may share one: the first stands for the call.
        found = data.get("serverCallId")
        if isinstance(found, str) and found not in self._server_calls:
            _keep(self._server_calls, found, party)

    def _number(self, correlation_id: str) -> int:
        if correlation_id not in self._numbers:
            self._count += 1
            _keep(self._numbers, correlation_id, self._count)
        return self._numbers[correlation_id]


def _keep(kept: OrderedDict[Any, Any], key: object, value: object) -> None:
    kept[key] = value
    while len(kept) > _KEPT:
        kept.popitem(last=False)


def _data(event: object) -> Mapping[str, Any]:
    if isinstance(event, list):
        event = event[0] if event else None
    data = event.get("data") if isinstance(event, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _subject(event: object) -> str:
    if isinstance(event, list):
        event = event[0] if event else None
    found = event.get("subject") if isinstance(event, Mapping) else None
    return found if isinstance(found, str) else ""


def _raw_id(identifier: object) -> str:
    found = identifier.get("rawId") if isinstance(identifier, Mapping) else None
    return found if isinstance(found, str) else ""


def _digest(context: str) -> bytes:
    return sha256(context.encode("utf-8", "replace")).digest()
