"""
How a program tries a client of the Python SDK, sync or aio, and notes what became
of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from azure.communication.callautomation import PhoneNumberIdentifier
from azure.core.exceptions import HttpResponseError

from .server import Application
from .steps import CALLER, control


class Traveller:
    """
    @ivar users: the client of identities.
    @ivar results: by the name of the row in the table of SDK calls.
    """

    def __init__(
        self, client: Any, users: Any, base: str, line: str, user: str
    ) -> None:
        self.client = client
        self.users = users
        self.results: dict[str, str] = {}
        self.app = Application()
        self.base = base
        self.line = line
        self.user = user
        self.caller = PhoneNumberIdentifier(CALLER)
        self.callback = f"http://{self.app.place}/callbacks"

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return control(self.base, method, path, body)

    async def do(self, row: str, step: Callable[[], Any]) -> Any:
        """
        @return: what the SDK gave, if it did not fail.
        """
        try:
            given = step()
            found = await given if inspect.isawaitable(given) else given
        except HttpResponseError as e:
            code = e.error.code if e.error is not None else ""
            self.results[row] = f"{e.status_code} {code}".strip()
            return None
        self.results[row] = "ok"
        return True if found is None else found

    def sees(self, row: str, kind: str, count: int = 1) -> None:
        """
        Wait for an event that must follow.
        """
        came = self.app.wait(lambda: self.kinds().count(kind) >= count)
        self.results[f"{row}: {kind}"] = "ok" if came else "did not come"

    def kinds(self) -> list[str]:
        """
        Of all that was told, by callbacks and by Event Grid.
        """
        told = [event["type"] for event in self.app.events]
        told += [event["eventType"] for event in self.app.published]
        return [kind.rpartition(".")[2] for kind in told]

    def place(
        self, steps: list[dict[str, Any]], caller: str = CALLER
    ) -> tuple[str, str]:
        """
        @return: ids of the call and of its incoming call context.
        """
        call = {"from": caller, "to": self.line, "steps": steps}
        call_id = self.control("POST", "/calls", call)["id"]
        while True:
            incoming = self.app.incoming.get(timeout=5)
            # A redirected call may still ring somewhere else.
            if incoming["to"]["rawId"] == f"4:{self.line}":
                return call_id, incoming["incomingCallContext"]

    async def connection(self, context: str, row: str = "", **more: Any) -> Any:
        """
        @return: the connection of a call that was answered and is up.
        """
        count = self.kinds().count("CallConnected") + 1
        answer = await self.do(
            row or "answer_call",
            lambda: self.client.answer_call(context, self.callback, **more),
        )
        self.sees(row or "answer_call", "CallConnected", count)
        return self.client.get_call_connection(answer.call_connection_id)


async def up_properties(up: Any) -> Any:
    """
    @return: properties of a connection, from either client.
    """
    given = up.get_call_properties()
    return await given if inspect.isawaitable(given) else given


async def all_of(pages: Any) -> list[Any]:
    """
    @return: items of a list that comes in pages, from either client.
    """
    if hasattr(pages, "__aiter__"):
        return [item async for item in pages]
    return list(pages)
