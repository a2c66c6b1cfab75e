"""
A call's story, told by all sides, in the order in which it happened.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

#: What the gateway tells, as a sentence; {} is its text.
_GATEWAY = {
    "answered": "answered by the gateway",
    "media_open": "media open: audio flows both ways",
    "agent_ready": "the agent listens",
    "agent_said": 'agent said "{}"',
    "caller_said": 'caller said "{}" (as the agent understood it)',
    "key": "key {}",
    "barge_in": "barge-in: the agent stops speaking",
    "agent_ended": "the agent ends the conversation",
    "agent_left": "the agent has left: {}",
    "transfer": "the agent hands the caller over ({})",
    "handing_over": "handing over: {}",
    "return_identity_refused": "return identity refused: {}",
    "input_variables": "{}",
    "output_variables": "{}",
    "transfer_failed": "the transfer failed: {}",
    "media_closed": "the audio stopped: {}",
    "ended": "ended: {}",
}

#: What the emulated telephone network tells.
_NETWORK = {
    "rang": "rang: {}",
    "refused": "refused: {}",
    "caller_spoke": "{}",
    "barged_in": "{}",
    "hung_up_by_caller": "hung up by the caller",
    "hung_up_by_service": "hung up by the agent's side",
    "media_lost": "the media stream was lost: {}",
    "callback_failed": "a callback failed: {}",
    "violation": "against the protocol: {}",
    "transfer": "{}",
}

#: Events may become known so much later than others that happened after them.
_SETTLE_SECONDS = 0.4


class Story:
    """
    Collects what all sides tell, and tells what has settled.
    """

    def __init__(self) -> None:
        self._begin: float | None = None
        self._seen: dict[str, int] = {}
        self._waiting: list[tuple[float, int, str]] = []
        self._order = 0

    def hear_network(self, call: dict[str, Any]) -> None:
        """
        @param call: as the emulator's control API gives it.
        """
        if self._begin is None:
            self._begin = call["started_at"]
        self._hear("network", _NETWORK, call["story"])

    def hear_gateway(self, call: dict[str, Any]) -> None:
        """
        @param call: as C{/v1/calls/ID} of the gateway gives it.
        """
        self._hear("gateway", _GATEWAY, call["timeline"])

    def hear_ivr(self, number: int, leg: dict[str, Any]) -> None:
        """
        @param number: how often the IVR had the caller before.
        @param leg: as C{/v1/calls/ID} of the IVR gives it.
        """
        events = leg["timeline"]
        key = f"ivr {number}"
        for event in events[self._seen.get(key, 0) :]:
            text = f": {event['text']}" if event["text"] else ""
            self._add("IVR", event["at"], f"{event['what']}{text}")
        self._seen[key] = len(events)

    def settled(self, all_of_it: bool = False) -> Iterator[str]:
        """
        @return: lines in order; what is too fresh only with C{all_of_it}.
        """
        self._waiting.sort()
        horizon = time.time() - _SETTLE_SECONDS
        while self._waiting and (all_of_it or self._waiting[0][0] < horizon):
            at, _order, line = self._waiting.pop(0)
            yield f"{at - (self._begin or at):7.2f} s  {line}"

    def _hear(
        self, side: str, sentences: dict[str, str], events: list[dict[str, Any]]
    ) -> None:
        for event in events[self._seen.get(side, 0) :]:
            sentence = sentences.get(event["what"])
            if sentence is not None:
                self._add(side, event["at"], sentence.format(event["text"]))
        self._seen[side] = len(events)

    def _add(self, side: str, at: float, text: str) -> None:
        self._order += 1
        self._waiting.append((at, self._order, f"{side:8}{text}"))


def travelled(legs: list[dict[str, Any]]) -> Iterator[str]:
    """
    @param legs: as the IVR tells of them.

    @return: which variables went with the caller, a line for each way.
    """
    for leg in legs:
        for way, key in (
            ("IVR to gateway", "sent"),
            ("gateway to IVR", "returned"),
        ):
            if leg[key]:
                pairs = sorted(leg[key].items())
                words = ", ".join(f"{name} = {value}" for name, value in pairs)
                yield f"{way}: {words}"


def recordings(
    gateway: dict[str, Any] | None, legs: list[dict[str, Any]]
) -> Iterator[str]:
    """
    @param gateway: as the gateway tells of its leg.
    @param legs: as the IVR tells of its.

    @return: where they are and who is on which channel, in the order of the legs.
    """
    found = [_ivr_recording(leg) for leg in legs]
    told = gateway and gateway["recording"]
    if told:
        path = f"gateway's recording (caller left, agent right): {told['path']}"
        found.insert(1, path)
    yield from found


def _ivr_recording(leg: dict[str, Any]) -> str:
    recording = leg["recording"]
    files = recording["files"] if recording else []
    paths = ", ".join(part["path"] or part["problem"] or "?" for part in files)
    which = "return" if leg["kind"] == "return" else "first"
    return f"IVR's recording, {which} leg (caller left, IVR right): {paths or 'none'}"
