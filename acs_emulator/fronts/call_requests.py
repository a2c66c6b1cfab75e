"""
What the control API is told of calls to be placed and of phones to be called:
JSON in, checked values out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import BadCall, BadWav
from ..handset import Clip
from ..model.caller_script import SPOKEN, parse_script
from ..model.custom_context import voip_problems
from ..model.identifiers import is_phone_number, raw_id_of_address
from ..model.phone_plan import parse_phone_plan
from ..network import CallRequest
from ..phone_book import CalledPhone
from .wav_files import HeardFile, check_writable, read_wav, spoken


def call_request(given: dict[str, Any]) -> CallRequest:
    """
    @raise BadCall: with what is wrong; also L{BadScript} and L{BadWav}.
    """
    known = {"from", "to", "voip_headers", "steps", "heard", "give_up_after"}
    known.add("fail_transfers_to")
    for key in sorted(set(given) - known):
        raise BadCall(f"{key}: not known; use {', '.join(sorted(known))}")
    script = parse_script(given)
    return CallRequest(
        caller=_address(given, "from"),
        callee=_address(given, "to"),
        voip_headers=_voip_headers(given.get("voip_headers")),
        script=script,
        clips=_clips([step.say for step in script.steps if step.say is not None]),
        failing=_failing(given.get("fail_transfers_to", [])),
        heard=given.get("heard"),
        new_recorder=_recorder(given.get("heard")),
    )


def _address(given: dict[str, Any], key: str) -> str:
    try:
        return raw_id_of_address(str(given.get(key, "")))
    except ValueError as e:
        raise BadCall(f"{key}: {e}") from None


def _voip_headers(given: Any) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(
        isinstance(value, str) for value in given.values()
    ):
        raise BadCall("voip_headers: must be an object whose values are texts")
    for problem in voip_problems(given):
        raise BadCall(problem)
    return given


def _clips(paths: list[str]) -> dict[str, Clip]:
    clips: dict[str, Clip] = {}
    for path in paths:
        if path.startswith(SPOKEN):
            clips[path] = spoken(path.removeprefix(SPOKEN))
        elif os.path.isabs(path):
            clips[path] = read_wav(path)
        else:
            raise BadWav(f"{path}: must be an absolute path")
    return clips


def _failing(given: Any) -> frozenset[str]:
    if not isinstance(given, list) or not all(
        isinstance(number, str) and is_phone_number(number) for number in given
    ):
        raise BadCall("fail_transfers_to: must be a list of phone numbers")
    return frozenset(given)


def _recorder(heard: Any) -> Callable[[int], HeardFile] | None:
    if heard is None:
        return None
    problem = check_writable(str(heard))
    if problem is not None:
        raise BadCall(f"heard: {problem}")
    return partial(HeardFile, str(heard))


def called_phone(number: str, given: dict[str, Any]) -> CalledPhone:
    """
    @raise BadCall: with what is wrong; also L{BadScript} and L{BadWav}.
    """
    if not is_phone_number(number):
        raise BadCall(f"{number!r} is not a phone number such as +14255550123")
    known = {"outcome", "after", "steps", "heard"}
    for key in sorted(set(given) - known):
        raise BadCall(f"{key}: not known; use {', '.join(sorted(known))}")
    try:
        plan = parse_phone_plan(given)
    except ValueError as e:
        raise BadCall(str(e)) from None
    script = parse_script(given)
    return CalledPhone(
        plan=plan,
        script=script,
        clips=_clips([step.say for step in script.steps if step.say is not None]),
        heard=given.get("heard"),
        new_recorder=_recorder(given.get("heard")),
    )


def phone_body(number: str, phone: CalledPhone) -> dict[str, Any]:
    """
    @return: what the control API tells of a phone.
    """
    return {
        "number": number,
        "outcome": phone.plan.outcome.value,
        "after": phone.plan.after,
        "steps": len(phone.script.steps),
        "heard": phone.heard,
    }
