"""
An application of the emulated service, that only listens.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.web.resource import Resource

from acsgw.acs.events import (
    INCOMING_CALL,
    VALIDATION,
    Callback,
    callback,
    incoming_call,
    parse_events,
    validation_code,
)
from acsgw.interfaces import IncomingCall


class Application(Resource):
    """
    An application that is told of calls and does nothing about them.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.announced: list[IncomingCall] = []
        self.told: list[Callback] = []

    def render_POST(self, request: Any) -> bytes:
        [event] = parse_events(request.content.read())
        if event.kind == VALIDATION:
            code = validation_code(event)
            return json.dumps({"validationResponse": code}).encode()
        if event.kind == INCOMING_CALL:
            self.announced.append(incoming_call(event, "main"))
        else:
            self.told.append(callback(event))
        return b"{}"
