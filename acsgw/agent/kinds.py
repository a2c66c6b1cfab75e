"""
Builds the agents on the network that the settings name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from ..interfaces import IAgentConnector
from .asapp.api import HTTP, AsappApi
from .asapp.door import AsappDoor
from .options import AgentOptions, GenerativeAgentOptions
from .twilio.connector import StreamConnector
from .twilio.door import Door, FixedDoor


def build_agent(
    options: AgentOptions,
    reactor: Any,
    http: HTTP,
    frame_shortcut: bool,
    new_id: Callable[[], str] = lambda: uuid4().hex,
) -> IAgentConnector:
    """
    @param frame_shortcut: do whole audio frames go past Autobahn?
    @param new_id: makes texts of 32 hexadecimal digits that nobody has had.
    """
    door: Door
    if isinstance(options, GenerativeAgentOptions):
        door = AsappDoor(AsappApi(http, reactor, options), reactor, options)
    else:
        door = FixedDoor(options, reactor)
    return StreamConnector(
        options.name, reactor, door, options.stream, frame_shortcut, new_id
    )
