"""
A caller's script: what a caller does, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import BadScript

CONDITIONS = ("quiet", "speech", "pause", "at", "silence")
#: What is said begins with this if it is a text and not a path.
SPOKEN = "text:"
#: Of steps that keep their own time.
_BESIDE = ("at", "silence")
KEYS = "0123456789*#ABCD"
GIVE_UP_AFTER = 120.0
STEP_TIMEOUT = 30.0
_LONGEST = 24 * 3600.0


@dataclass(frozen=True)
class Condition:
    """
    @ivar kind: one of L{CONDITIONS}.
    @ivar seconds: see L{acs_emulator.model.caller}.
    """

    kind: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind} {self.seconds:g}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    Exactly one of C{say}, C{press} and C{hang_up} is set.

    @ivar say: path of a WAV, or L{SPOKEN} and a text.
    @ivar press: keys.
    @ivar timeout: seconds after which the step is taken anyway.
    @ivar beside: keeps its own time: it neither waits for other steps nor do
        they wait for it.
    """

    after: Condition
    say: str | None = None
    press: str | None = None
    hang_up: bool = False
    timeout: float = STEP_TIMEOUT
    beside: bool = False


@dataclass(frozen=True)
class Script:
    """
    @ivar give_up_after: seconds after the answer at which the caller hangs up,
        wherever the script stands.
    """

    steps: tuple[Step, ...] = ()
    give_up_after: float = GIVE_UP_AFTER


def parse_script(given: Mapping[str, Any]) -> Script:
    """
    @param given: C{steps} and C{give_up_after}, as in a script file; anything
        else is not looked at.

    @raise BadScript: with every problem found.
    """
    problems: list[str] = []
    steps = given.get("steps", [])
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        raise BadScript(["steps: must be a list"])
    parsed = tuple(_step(f"steps[{i}]", step, problems) for i, step in enumerate(steps))
    give_up = given.get("give_up_after", GIVE_UP_AFTER)
    if not _is_time(give_up) or give_up == 0:
        problems.append("give_up_after: must be a number of seconds above 0")
        give_up = GIVE_UP_AFTER
    if problems:
        raise BadScript(problems)
    return Script(parsed, float(give_up))


def _step(where: str, given: object, problems: list[str]) -> Step:
    nothing = Step(after=Condition("pause", 0.0))
    if not isinstance(given, Mapping):
        problems.append(f"{where}: must be {{after, say | say_text | press | hang_up}}")
        return nothing
    actions = {"say", "say_text", "press", "hang_up"}
    for key in sorted(set(given) - actions - {"after", "timeout", "beside"}):
        problems.append(f"{where}.{key}: not known")
    if len(actions & set(given)) != 1:
        problems.append(f"{where}: needs exactly one of say, say_text, press, hang_up")
    spoken = _text(f"{where}.say_text", given.get("say_text"), problems)
    said = _text(f"{where}.say", given.get("say"), problems)
    step = Step(
        after=_condition(f"{where}.after", given.get("after", "pause 0"), problems),
        say=said if spoken is None else SPOKEN + spoken,
        press=_keys(f"{where}.press", given.get("press"), problems),
        hang_up=given.get("hang_up") is True,
        timeout=_seconds(f"{where}.timeout", given, problems),
        beside=given.get("beside") is True,
    )
    if "hang_up" in given and not step.hang_up:
        problems.append(f"{where}.hang_up: must be true")
    if step.beside and (step.say is not None or step.after.kind not in _BESIDE):
        kinds = ", ".join(_BESIDE)
        problems.append(f"{where}.beside: only for press and hang_up after {kinds}")
    return step


def _condition(where: str, given: object, problems: list[str]) -> Condition:
    kind, _, number = str(given).strip().partition(" ")
    try:
        seconds = float(number)
    except ValueError:
        seconds = -1.0
    if kind not in CONDITIONS or not _is_time(seconds):
        problems.append(
            f"{where}: {given!r} is not one of 'quiet 0.8', 'speech 1.5', "
            "'pause 0.5', 'at 12.5', 'silence 3'"
        )
        return Condition("pause", 0.0)
    return Condition(kind, seconds)


def _text(where: str, given: object, problems: list[str]) -> str | None:
    if given is None or (isinstance(given, str) and given):
        return given
    problems.append(f"{where}: must be a text")
    return None


def _keys(where: str, given: object, problems: list[str]) -> str | None:
    if given is None:
        return None
    text = str(given).upper()
    if not text or any(key not in KEYS for key in text):
        problems.append(f"{where}: {given!r} is not made of the keys {KEYS}")
    return text


def _seconds(where: str, given: Mapping[str, Any], problems: list[str]) -> float:
    value = given.get("timeout", STEP_TIMEOUT)
    if not _is_time(value):
        problems.append(f"{where}: must be a number of seconds")
        return STEP_TIMEOUT
    return float(value)


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= _LONGEST
