"""
Builds the agents on the network that the settings name.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from ..interfaces import IAgentConnector
from ..wire.media_hub import MediaHub
from .asapp.api import HTTP, AsappApi
from .asapp.door import AsappDoor
from .options import AgentOptions, GenerativeAgentOptions
from .twilio.connector import StreamConnector
from .twilio.door import Door, FixedDoor


def build_agent(
    options: AgentOptions,
    hub: MediaHub,
    http: HTTP,
    new_id: Callable[[], str] = lambda: uuid4().hex,
) -> IAgentConnector:
    """
    @param hub: reads the sockets of the agents.
    @param new_id: makes texts of 32 hexadecimal digits that nobody has had.
    """
    door: Door
    reactor = hub.reactor
    if isinstance(options, GenerativeAgentOptions):
        door = AsappDoor(AsappApi(http, reactor, options), reactor, options)
    else:
        door = FixedDoor(options, reactor)
    return StreamConnector(options.name, hub, door, options.stream, new_id)
