"""
What Azure tells us over HTTP: Event Grid events and call automation callbacks.

Core: parsed JSON in, frozen values out.  Sources: Microsoft Learn, "Azure
Communication Services as an Event Grid source", "Azure Event Grid event schema",
"CloudEvents schema", and the models of azure-communication-callautomation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..interfaces import IncomingCall as IncomingCall
from .custom_context import read_custom_context

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
INCOMING_CALL = "Microsoft.Communication.IncomingCall"
_CALLBACK_PREFIX = "Microsoft.Communication."


class BadEvents(ValueError):
    """
    The body is not what it should be; the text goes back to the sender.
    """


@dataclass(frozen=True)
class Event:
    """
    One event of either schema.

    @ivar kind: C{eventType} (Event Grid schema) or C{type} (CloudEvents).
    @ivar subject: what it is about, as a path; empty if nothing is said.
    """

    event_id: str
    kind: str
    data: Mapping[str, Any] = field(repr=False)
    subject: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Callback:
    """
    One mid-call event.

    @ivar kind: without the common prefix: C{CallConnected}.
    @ivar code: C{resultInformation.code}, 0 if there is none.
    @ivar sub_code: C{resultInformation.subCode}, 0 if there is none.
    """

    event_id: str
    kind: str
    connection_id: str
    operation_context: str
    code: int
    sub_code: int
    message: str

    @property
    def reason(self) -> str:
        """
        What happened, for our log and the call's record.
        """
        return f"{self.kind} {self.code}/{self.sub_code} {self.message[:120]}".strip()


def parse_events(body: bytes) -> list[Event]:
    """
    @param body: an array of events, or a single one (CloudEvents come so).

    @raise BadEvents: if it is not.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise BadEvents("the body is not JSON") from None
    items = parsed if isinstance(parsed, list) else [parsed]
    return [_event(item, number) for number, item in enumerate(items)]


def _event(item: object, number: int) -> Event:
    if not isinstance(item, dict):
        raise BadEvents(f"event {number} is not an object")
    kind = item.get("eventType", item.get("type"))
    if not isinstance(kind, str) or not kind:
        raise BadEvents(f"event {number} has no eventType or type")
    event_id = item.get("id")
    if not isinstance(event_id, str) or not event_id:
        raise BadEvents(f"event {number} has no id")
    data = item.get("data")
    if not isinstance(data, dict):
        raise BadEvents(f"event {number} has no data")
    subject = item.get("subject")
    return Event(event_id, kind, data, subject if isinstance(subject, str) else "")


def validation_code(event: Event) -> str:
    """
    @raise BadEvents: if there is none.
    """
    code = event.data.get("validationCode")
    if not isinstance(code, str) or not code:
        raise BadEvents("the validation event has no validationCode")
    return code


def incoming_call(event: Event, account: str) -> IncomingCall:
    """
    @param account: name of the account that the event came in for.

    @raise BadEvents: if something is missing that answering needs.
    """
    data = event.data
    context = data.get("incomingCallContext")
    if not isinstance(context, str) or not context:
        raise BadEvents("the IncomingCall event has no incomingCallContext")
    correlation_id = data.get("correlationId")
    travelled = read_custom_context(data.get("customContext"))
    return IncomingCall(
        event_id=event.event_id,
        account=account,
        context=context,
        caller=_raw_id(data.get("from")),
        callee=_raw_id(data.get("to")),
        correlation_id=correlation_id if isinstance(correlation_id, str) else "",
        variables=travelled.voip_headers,
        sip_headers=travelled.sip_headers,
        remarks=travelled.remarks,
    )


def _raw_id(identifier: object) -> str:
    """
    @return: raw id; made from the typed part if that is all there is, empty if
        the caller withheld it.
    """
    if not isinstance(identifier, dict):
        return ""
    raw_id = identifier.get("rawId")
    if isinstance(raw_id, str) and raw_id:
        return raw_id
    match identifier:
        case {"phoneNumber": {"value": str(number)}}:
            return f"4:{number}"
        case {"communicationUser": {"id": str(user)}}:
            return user
    return ""


def callback(event: Event) -> Callback:
    """
    @raise BadEvents: if it names no call.
    """
    data = event.data
    connection_id = data.get("callConnectionId")
    if not isinstance(connection_id, str) or not connection_id:
        raise BadEvents(f"{event.kind} has no callConnectionId")
    result = data.get("resultInformation")
    if not isinstance(result, dict):
        result = {}
    return Callback(
        event_id=event.event_id,
        kind=event.kind.removeprefix(_CALLBACK_PREFIX),
        connection_id=connection_id,
        operation_context=str(data.get("operationContext") or ""),
        code=_number(result.get("code")),
        sub_code=_number(result.get("subCode")),
        message=str(result.get("message") or ""),
    )


#: How mid-call events spell the keys of a telephone (the SDK's C{DtmfTone}).
_KEYS = dict(
    zip(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven"),
            *("eight", "nine", "a", "b", "c", "d", "pound", "asterisk"),
        ),
        "0123456789ABCD#*",
        strict=True,
    )
)


def keyed(event: Event) -> str:
    """
    @return: the keys of a C{RecognizeCompleted}, as they stand on a telephone; empty
        if it is of another kind.
    """
    result = event.data.get("dtmfResult")
    tones = result.get("tones") if isinstance(result, dict) else None
    if not isinstance(tones, list):
        return ""
    return "".join(_KEYS.get(str(tone).lower(), "?") for tone in tones)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
