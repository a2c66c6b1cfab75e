"""
What came with a call: input variables for the agent, and what is meant for us.

Core.  Headers whose names are ours are kept from the agent; all others pass as they
are.  See C{docs/protocols/gateway.md}, "What travels with a caller".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..acs.custom_context import (
    MAX_KEY,
    MAX_SIP_HEADERS,
    MAX_SIP_VALUE,
    MAX_VOIP_HEADERS,
    MAX_VOIP_VALUE,
    Remarks,
    length,
    listed,
)
from ..addresses import masked
from ..interfaces import IncomingCall
from .handover import why_not_return_to

#: The name under which agents know C{User-To-User}, however it is spelt.
USER_TO_USER = "userToUser"

_SIP_PREFIX = re.compile(r"x-?ms-?custom-?(?=[^-])", re.IGNORECASE)

#: Fit for a log line and for an exemplar of a metric.
_CONVERSATION_ID = re.compile(r"[!-~]{1,100}")


@dataclass(frozen=True, kw_only=True)
class VariableNames:
    """
    Names of headers that are ours, matched ignoring case.  Of each the first is
    what we send, all are what we understand.

    @ivar return_identity: in: who gets the caller back.
    @ivar conversation_id: in and out.
    @ivar handover_kind: out: why the caller is handed over.
    @ivar variables_url: out: where all variables can be fetched.
    """

    return_identity: tuple[str, ...] = ("returnIdentity",)
    conversation_id: tuple[str, ...] = ("conversationId",)
    handover_kind: tuple[str, ...] = ("handoverKind",)
    variables_url: tuple[str, ...] = ("variablesUrl",)

    def incoming(self) -> frozenset[str]:
        """
        @return: those that are kept from the agent, in lower case.
        """
        return _lowered(self.return_identity, self.conversation_id)

    def outgoing(self) -> frozenset[str]:
        """
        @return: those that no variable of an agent may have, in lower case.
        """
        out = _lowered(self.handover_kind, self.variables_url)
        return self.incoming() | out


def _lowered(*names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for some in names for name in some)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """
    What came with a call.

    @ivar return_identity: raw id of who gets the caller back, if there is one.
    @ivar conversation_id: the same on all legs: as it was given, else the correlation
        id of this one; empty if neither is one.
    @ivar refused: why the return identity that was given is not taken; empty if it
        is, or none was given.
    @ivar remarks: what else was not as it should be.
    """

    variables: Mapping[str, str] = field(repr=False)
    return_identity: str | None
    conversation_id: str
    refused: str
    remarks: tuple[str, ...]


def read_arrival(
    call: IncomingCall,
    names: VariableNames,
    sip_headers: bool | tuple[str, ...],
    resource_id: str,
) -> Arrival:
    """
    @param sip_headers: which C{sipHeaders} become variables: all, none, or these.
    """
    voip, remarks = call.variables, Remarks("voipHeaders")
    given = _reserved(voip, names.return_identity, remarks)
    refused = why_not_return_to(given, resource_id, call.callee) if given else None
    conversation = _reserved(voip, names.conversation_id, remarks)
    if conversation and not _CONVERSATION_ID.fullmatch(conversation):
        remarks.add("not an id of 1 to 100 characters of ASCII", "conversationId")
        conversation = ""
    if not conversation and _CONVERSATION_ID.fullmatch(call.correlation_id):
        conversation = call.correlation_id
    reserved = names.incoming()
    variables = {
        name: value
        for name, value in voip.items()
        if name and name.lower() not in reserved
    }
    _remark_oddities(voip, remarks)
    sip_remarks = Remarks("sipHeaders")
    sip = dict(_from_sip(call.sip_headers, sip_headers, sip_remarks))
    taken = {name.lower() for name in voip} | reserved
    for name, value in sip.items():
        if name.lower() in taken:
            sip_remarks.add("the name is taken or ours, passed over", name)
        else:
            variables[name] = value
    return Arrival(
        variables=variables,
        return_identity=given if given and refused is None else None,
        conversation_id=conversation,
        refused=f"{listed([masked(given)])}: {refused}" if refused else "",
        remarks=(*call.remarks, *remarks, *sip_remarks),
    )


def _reserved(
    headers: Mapping[str, str], names: tuple[str, ...], remarks: Remarks
) -> str:
    """
    @return: the value of the header with the first of these names, an exact match
        before others; empty if there is none.
    """
    found: list[str] = []
    for name in names:
        alike = [key for key in headers if key.lower() == name.lower()]
        found += sorted(alike, key=lambda key: key != name)
    values = [headers[key].strip() for key in found]
    value = next((value for value in values if value), "")
    for key, other in zip(found, values, strict=True):
        if other not in ("", value):
            remarks.add("given twice, passed over", key)
    return value


def _remark_oddities(headers: Mapping[str, str], remarks: Remarks) -> None:
    """
    Limits are the sender's to keep; what came passes whole.
    """
    spellings: dict[str, list[str]] = {}
    for name, value in headers.items():
        spellings.setdefault(name.lower(), []).append(name)
        if not name:
            remarks.add("without a name, passed over", name)
        elif not value:
            remarks.add("empty", name)
        if length(name) > MAX_KEY:
            remarks.add(f"the name has more than {MAX_KEY} characters", name)
        if length(value) > MAX_VOIP_VALUE:
            remarks.add(f"the value has more than {MAX_VOIP_VALUE} characters", name)
    for alike in spellings.values():
        if len(alike) > 1:
            remarks.add("differ by case only", " ".join(alike))
    if len(headers) > MAX_VOIP_HEADERS:
        remarks.add(f"more than {MAX_VOIP_HEADERS}", str(len(headers)))


def _from_sip(
    headers: Mapping[str, str], wanted: bool | tuple[str, ...], remarks: Remarks
) -> Iterator[tuple[str, str]]:
    """
    @return: names and values of the variables that these become.
    """
    ours = {} if isinstance(wanted, bool) else {_folded(name): name for name in wanted}
    seen: set[str] = set()
    if wanted and len(headers) > MAX_SIP_HEADERS:
        remarks.add(f"more than {MAX_SIP_HEADERS}", str(len(headers)))
    for header, value in headers.items():
        bare = _SIP_PREFIX.sub("", header, count=1)
        is_user_to_user = _folded(header) == _folded(USER_TO_USER)
        name = USER_TO_USER if is_user_to_user else bare
        if wanted is not True:
            asked = ours.get(_folded(bare)) or ours.get(_folded(header))
            if asked is None:
                remarks.add("not asked for by this account, passed over", header)
                continue
            name = asked
        if not name or _folded(name) in seen:
            remarks.add("given twice or without a name, passed over", header)
            continue
        seen.add(_folded(name))
        if length(value) > MAX_SIP_VALUE:
            remarks.add(f"the value has more than {MAX_SIP_VALUE} characters", name)
        if is_user_to_user:
            value = _decoded(value, remarks)
        yield name, value


def _folded(name: str) -> str:
    """
    @return: for comparison: documents spell C{User-To-User}, C{userToUser} and
        C{user-To-User}, and examples of the prefix vary too.
    """
    return _SIP_PREFIX.sub("", name, count=1).replace("-", "").lower()


def _decoded(value: str, remarks: Remarks) -> str:
    """
    @return: the text behind C{48656c6c6f;encoding=hex}; anything else as it is.
    """
    data, *parameters = (part.strip() for part in value.split(";"))
    others = [p for p in parameters if p.replace(" ", "").lower() != "encoding=hex"]
    if len(others) == len(parameters):
        return value
    try:
        text = bytes.fromhex(data).decode("utf-8")
    except ValueError:
        text = ""
    if not text or not text.isprintable():
        remarks.add("not a text in hexadecimal, left as it is", USER_TO_USER)
        return value
    if others:
        remarks.add("parameters left out", USER_TO_USER)
    return text
