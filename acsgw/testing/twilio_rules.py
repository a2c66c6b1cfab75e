"""
What a stream of Twilio's may carry to an agent: every message, field by field, as the
agent sees it.  Written without a look at the gateway's side, so that a common error
cannot hide.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections import Counter
from typing import Any


class AgainstTheRules(Exception):
    """
    The peer is not what it pretends to be.
    """


class StreamRules:
    """
    Of one stream.

    @ivar stream_sid: empty before C{start}.
    @ivar parameters: the C{customParameters}.
    @ivar owed: marks that have not come back, and how often.
    """

    def __init__(self) -> None:
        self.stream_sid = ""
        self.parameters: dict[str, str] = {}
        self.start: dict[str, Any] = {}
        self.owed: Counter[str] = Counter()
        self._expects = "connected"
        self._sequence = 0
        self._chunk = 0
        self._samples = 0

    def check(self, message: bytes) -> tuple[str, Any]:
        """
        @return: the event, and what it is about: the parameters of C{start}, the
            mu-law of C{media}, digit, or name of a mark.

        @raise AgainstTheRules: if Twilio would not send this, here and now.
        """
        try:
            given = json.loads(message)
        except ValueError:
            raise AgainstTheRules("not JSON") from None
        event = given.get("event") if isinstance(given, dict) else None
        if self._expects == "nothing":
            raise AgainstTheRules(f"{event} after stop")
        if self._expects and event != self._expects:
            raise AgainstTheRules(f"{event} instead of {self._expects}")
        check = getattr(self, f"_{event}", None)
        if check is None or event not in _KEYS:
            raise AgainstTheRules(f"{event!r} is not an event")
        _same(set(given), _KEYS[event], f"keys of {event}")
        if event != "connected":
            self._count(given)
        return str(event), check(given)

    def _count(self, given: Any) -> None:
        self._sequence += 1
        _same(given["sequenceNumber"], str(self._sequence), "sequenceNumber")
        if self.stream_sid:
            _same(given["streamSid"], self.stream_sid, "streamSid")

    def _connected(self, given: Any) -> None:
        _same((given["protocol"], given["version"]), ("Call", "1.0.0"), "connected")
        self._expects = "start"

    def _start(self, given: Any) -> Any:
        start = given["start"]
        _same(set(start), _START, "keys of start.start")
        for key, kind in (("streamSid", "MZ"), ("accountSid", "AC"), ("callSid", "CA")):
            if not re.fullmatch(kind + "[0-9a-f]{32}", start[key]):
                raise AgainstTheRules(f"{key} is {start[key]!r}")
        _same(given["streamSid"], start["streamSid"], "streamSid")
        _same(start["tracks"], ["inbound"], "tracks")
        _same(
            start["mediaFormat"],
            {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "mediaFormat",
        )
        for name, value in start["customParameters"].items():
            if not isinstance(value, str) or len(name) + len(value) >= 500:
                raise AgainstTheRules(f"parameter {name} is no text, or too long")
        self.start = start
        self.stream_sid = start["streamSid"]
        self.parameters = start["customParameters"]
        self._expects = ""
        return self.parameters

    def _media(self, given: Any) -> bytes:
        media = given["media"]
        _same(set(media), {"track", "chunk", "timestamp", "payload"}, "keys of media")
        _same(media["track"], "inbound", "track")
        self._chunk += 1
        _same(media["chunk"], str(self._chunk), "chunk")
        _same(media["timestamp"], str(self._samples // 8), "timestamp")
        mulaw = b64decode(media["payload"], validate=True)
        _same(len(mulaw), 160, "bytes of media")
        self._samples += len(mulaw)
        return mulaw

    def _dtmf(self, given: Any) -> str:
        dtmf = given["dtmf"]
        _same(set(dtmf), {"track", "digit"}, "keys of dtmf")
        _same(dtmf["track"], "inbound_track", "track")
        digit = dtmf["digit"]
        if not (isinstance(digit, str) and re.fullmatch("[0-9*#]", digit)):
            raise AgainstTheRules("digit")
        return digit

    def _mark(self, given: Any) -> str:
        _same(set(given["mark"]), {"name"}, "keys of mark")
        name = given["mark"]["name"]
        if not self.owed[name]:
            raise AgainstTheRules(f"mark {name!r} was not asked for")
        self.owed[name] -= 1
        return str(name)

    def _stop(self, given: Any) -> None:
        sids = {key: self.start[key] for key in ("accountSid", "callSid")}
        _same(given["stop"], sids, "stop")
        self._expects = "nothing"


_KEYS = {
    "connected": {"event", "protocol", "version"},
    **{
        event: {"event", "sequenceNumber", event, "streamSid"}
        for event in ("start", "media", "dtmf", "mark", "stop")
    },
}
_START = {
    *("accountSid", "streamSid", "callSid", "tracks", "mediaFormat"),
    "customParameters",
}


def _same(given: object, wanted: object, what: str) -> None:
    if given != wanted or type(given) is not type(wanted):
        raise AgainstTheRules(f"{what}: {given!r} instead of {wanted!r}")
