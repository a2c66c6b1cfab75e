"""
What the agent is told of a call when the stream starts: C{customParameters}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote

from ...errors import AgentRefused
from ...interfaces import CallInfo
from ..options import StreamOptions

#: Name and value of each parameter together have fewer characters than this
#: (Twilio's page on C{<Stream>}).
LIMIT = 500

#: What the texts of the settings may name.
FACTS = (
    *("call_id", "correlation_id", "conversation_id", "account"),
    *("caller", "callee", "caller_number", "callee_number", "resume_of"),
)


def facts(call: CallInfo) -> dict[str, str]:
    """
    @return: a text for each of L{FACTS}.
    """
    return {
        "call_id": call.call_id,
        "correlation_id": call.correlation_id,
        "conversation_id": conversation_id(call),
        "account": call.account,
        "caller": call.caller,
        "callee": call.callee,
        "caller_number": number(call.caller),
        "callee_number": number(call.callee),
        "resume_of": call.resume_of or "",
    }


def conversation_id(call: CallInfo) -> str:
    """
    @return: what is the same in all sessions of what is one conversation for the
        caller.
    """
    return call.conversation_id or call.correlation_id or call.call_id


def number(raw_id: str) -> str:
    """
    @return: the phone number in a raw id; other raw ids as they are.
    """
    return raw_id[2:] if raw_id.startswith("4:") else raw_id


def fill(template: str, call: CallInfo) -> str:
    """
    @return: the text with each C{{fact}} replaced.
    """
    return _filled(template, facts(call))


def fill_url(url: str, call: CallInfo) -> str:
    """
    @return: the same for an address: nothing in a fact changes where it leads.
    """
    return _filled(url, {k: quote(v, safe="") for k, v in facts(call).items()})


def _filled(template: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), template)


def parameters(
    call: CallInfo, options: StreamOptions, reserved: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """
    Of the same name, what is reserved goes before the settings' parameters, they
    before the caller's variables.

    @param reserved: what the agent's protocol wants, whatever the limit.

    @return: the parameters, and the names of those that were left out.

    @raise AgentRefused: if something would be left out, and must not.
    """
    given = dict(call.variables)
    if options.send_numbers:
        given["from_number"] = number(call.caller)
        given["to_number"] = number(call.callee)
    for name, template in options.parameters.items():
        given[name] = fill(template, call)
    given.update(reserved)
    long = [name for name, value in given.items() if len(name) + len(value) >= LIMIT]
    if long and options.refuse_long:
        raise AgentRefused(
            f"{len(long)} variables are longer than the stream can carry"
            f" ({LIMIT} characters): {', '.join(name[:50] for name in long)}",
            retryable=False,
        )
    return {name: v for name, v in given.items() if name not in long}, long


def sid(kind: str, of: str) -> str:
    """
    @param kind: two letters.

    @return: an identifier in Twilio's form, the same for the same C{of}.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", of):
        of = sha256(of.encode()).hexdigest()[:32]
    return kind + of
