"""
Did the call go as it should?
"""

from __future__ import annotations

import wave
from array import array
from pathlib import Path
from typing import Any

#: What the demo's caller keys, when he keys it right.
ACCOUNT = "55512"
GOOD_OUTCOMES = ("completed by agent", "transferred")

#: What the demo's own caller brings about.
_SCRIPTED = {
    "caller_said": "no word of the caller was understood",
    "key": "no key reached the agent",
    "barge_in": "the caller could not interrupt the agent",
    "agent_ended": "the agent did not end the conversation",
}

#: Louder than line noise: somebody spoke.
_VOICE = 1000


def problems(
    network: dict[str, Any], gateway: dict[str, Any] | None, scripted: bool
) -> list[str]:
    """
    @param network: the call as the emulator saw it.
    @param gateway: the call as the gateway saw it, if it ever did.

    @param scripted: was the caller the demo's own, of whom we know what he does?

    @return: what was not as it should be, a sentence each.
    """
    if gateway is None:
        return [f"the gateway never heard of the call ({network['outcome']})"]
    found = []
    outcome, reason = gateway["outcome"], gateway["reason"]
    if outcome not in GOOD_OUTCOMES:
        found.append(f"its outcome was {outcome!r} {reason}".strip())
    said = {event["what"] for event in gateway["timeline"]}
    if "agent_said" not in said:
        found.append("the agent said nothing")
    if "caller_said" not in said and "key" not in said:
        found.append("the agent understood nothing of the caller")
    if scripted:
        found += [sentence for what, sentence in _SCRIPTED.items() if what not in said]
        if reason or gateway["variables"].get("outcome") != "completed":
            found.append("the conversation did not come to its end")
    counters = network["counters"]
    if counters.get("violations"):
        found.append(f"{counters['violations']} messages were against the protocol")
    recording = gateway["recording"]
    if recording is None or recording["problem"]:
        found.append(f"the recording failed: {recording and recording['problem']}")
    else:
        found += _silent_sides(Path(recording["path"]))
    return found


def recording_problems(legs: list[dict[str, Any]]) -> list[str]:
    """
    @param legs: the call as the IVR saw it, each time that it had the caller.

    @return: what is not as it should be with its recordings.  (Of the caller, who
        only presses keys here, there is nothing to be heard.)
    """
    found = []
    for number, leg in enumerate(legs, 1):
        which = f"the IVR's recording {number}"
        recording = leg["recording"]
        parts = recording["files"] if recording else []
        if not parts:
            found.append(f"{which} is missing: {recording and recording['problem']}")
        for part in parts:
            if part["path"] is None:
                found.append(f"{which} was not kept: {part['problem']}")
            else:
                found += _silent_ivr(which, Path(part["path"]))
    return found


def _silent_ivr(which: str, path: Path) -> list[str]:
    channels = _channels(path)
    if len(channels) != 2:
        return [f"{which} has {len(channels)} channels instead of 2"]
    return [f"{which} is silent"] if max(channels[1], default=0) < _VOICE else []


def _channels(path: Path) -> list[array[int]]:
    with wave.open(str(path)) as file:
        count = file.getnchannels()
        samples = array("h", file.readframes(file.getnframes()))
    return [samples[n::count] for n in range(count)]


def ivr_problems(
    network: dict[str, Any],
    gateway: dict[str, Any] | None,
    legs: list[dict[str, Any]],
    scripted: bool,
) -> list[str]:
    """
    @param legs: the call as the IVR saw it, each time that it had the caller.

    @return: what was not as it should be, a sentence each.
    """
    found = problems(network, gateway, scripted=False) + recording_problems(legs)
    if gateway is None or not scripted:
        return found
    if [leg["outcome"] for leg in legs] != ["handed over", "sent to a human"]:
        found.append(f"the IVR's outcomes were {[leg['outcome'] for leg in legs]}")
        return found
    first, last = legs
    asked = [e["text"] for e in first["timeline"] if e["what"] == "asked"]
    if asked.count("account") != 2:
        found.append("the IVR did not ask again when the number was too short")
    if first["sent"].get("accountNumber") != ACCOUNT:
        found.append("the IVR did not pass the account number on")
    said = " ".join(e["text"] for e in gateway["timeline"] if e["what"] == "agent_said")
    if " ".join(ACCOUNT) not in said:
        found.append("the agent did not know the account number")
    if last["returned"].get("handoverKind") != "agent":
        found.append("the IVR was not told why the caller came back")
    if not last["returned"].get("intent"):
        found.append("the agent's variables did not come back")
    ids = {call["conversation_id"] for call in (gateway, *legs)}
    if len(ids) != 1:
        found.append(f"the conversation has {len(ids)} ids")
    if not network["outcome"].startswith("transferred to"):
        found.append(f"the caller ended {network['outcome']!r}")
    return found


def _silent_sides(path: Path) -> list[str]:
    sides = dict(zip(("caller", "agent"), _channels(path), strict=True))
    return [
        f"the {side}'s side of the recording is silent"
        for side, voice in sides.items()
        if max(voice, default=0) < _VOICE
    ]
