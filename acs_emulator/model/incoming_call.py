"""
The C{Microsoft.Communication.IncomingCall} event.

Fields after "Azure Communication Services - Voice and video calling events" in
the Azure docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .identifiers import identifier

INCOMING_CALL = "Microsoft.Communication.IncomingCall"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """
    A ringing call, as a L{GridEvent<acs_emulator.model.grid_events.GridEvent>}.

    @ivar voip_headers: goes into C{customContext}; L{None} leaves that out.
    """

    event_id: str
    caller: str
    callee: str
    context: str = field(repr=False)
    correlation_id: str
    server_call_id: str
    voip_headers: Mapping[str, str] | None = field(repr=False, default=None)
    sip_headers: Mapping[str, str] | None = field(repr=False, default=None)
    kind: str = INCOMING_CALL

    @property
    def subject(self) -> str:
        return f"/caller/{self.caller}/recipient/{self.callee}"

    def data(self) -> dict[str, Any]:
        """
        @return: for both schemas.
        """
        data: dict[str, Any] = {
            "to": identifier(self.callee),
            "from": identifier(self.caller),
            "serverCallId": self.server_call_id,
            "callerDisplayName": "",
        }
        if self.voip_headers is not None or self.sip_headers is not None:
            data["customContext"] = {
                "sipHeaders": dict(self.sip_headers or {}),
                "voipHeaders": dict(self.voip_headers or {}),
            }
        data["incomingCallContext"] = self.context
        data["correlationId"] = self.correlation_id
        return data
