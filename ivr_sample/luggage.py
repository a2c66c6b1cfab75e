"""
What travels with one caller: unpacked when he comes in, packed when he goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .actions import Target
from .errors import IvrError
from .handover import (
    earlier_handovers,
    headers_to_agent,
    is_from,
    plain_variables,
    reserved_value,
)
from .records import CallRecord
from .requests import Requests
from .settings import Settings


@dataclass
class Luggage:
    """
    @ivar handovers: of this conversation so far.  At first as far as we remember; what
        came with the caller may say more, if another process handed him over.
    @ivar returned: what came with the caller, headers and fetched variables.
    """

    settings: Settings
    requests: Requests
    record: CallRecord
    handovers: int
    returned: dict[str, str] = field(default_factory=dict, repr=False)

    def plain(self) -> dict[str, str]:
        """
        @return: what came with the caller, without what has a meaning of its own.
        """
        return plain_variables(self.returned, self.settings.gateway)

    async def unpack(
        self, headers: Mapping[str, str], note: Callable[[str, str], None]
    ) -> None:
        """
        What came back with the caller; without what did not fit into the headers if
        that cannot be had.
        """
        if self.record.kind != "return":
            return
        gateway = self.settings.gateway
        self.returned = dict(headers)
        url = reserved_value(headers, "variablesUrl")
        if url:
            try:
                if not is_from(url, gateway.origin):
                    raise IvrError("variablesUrl is not of gateway.origin; not fetched")
                fetched = await self.requests.fetch_variables(url)
                self.returned = {**plain_variables(fetched, gateway), **headers}
                note("variables fetched", str(len(fetched)))
            except IvrError as e:
                note("variables missing", str(e))
        self.record.returned = self._without_secrets(self.returned)
        self.handovers = max(self.handovers, earlier_handovers(headers))

    def pack(
        self, target: Target, collected: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        """
        @return: raw id of the target, and C{voipHeaders}.

        @raise ivr_sample.errors.BadHeaders: if Azure would refuse them.
        """
        settings, conversation = self.settings, self.record.conversation_id
        human = settings.human.target
        if target is Target.HUMAN and human.startswith("+"):
            return f"4:{human}", {}  # telephones take none
        if target is Target.HUMAN:
            raw_id, headers = (
                human,
                {settings.gateway.conversation_header: conversation},
            )
        else:
            raw_id = settings.gateway.identity
            headers = headers_to_agent(
                settings.gateway,
                settings.acs.identity,
                conversation,
                self.handovers + 1,
                *(self.plain(), collected),
            )
        self.record.sent = self._without_secrets(headers)
        return raw_id, headers

    def _without_secrets(self, variables: Mapping[str, str]) -> dict[str, str]:
        """
        @return: what may be kept: no PIN, and no URL that opens something.
        """
        pin = self.settings.pin
        hidden = {"variablesurl"}
        if pin is not None and pin.variable is not None:
            hidden.add(pin.variable.lower())
        return {
            name: "(not kept)" if name.lower() in hidden else value
            for name, value in variables.items()
        }
