"""
Faults on order: which of them strikes when.

A fault names a place on the wire (C{on}), attributes of the call (C{match}),
what goes wrong (C{do}) and how often (C{times}).  Nothing here does harm: the
fronts ask L{FaultBook.strike} and obey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadFault
from .call_index import Party
from .fault_checks import ACTIONS, whole

#: What may be looked for, besides what stands in C{_NUMBERS}.
_TEXTS = ("from", "to", "correlation_id", "subscription", "operation", "kind")
_NUMBERS = ("call",)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """
    @ivar match: texts compare without case, and may end with C{*}; C{call} is
        a number: the first, second, ... call that meets all else.
    @ivar times: how often it strikes; L{None}: always.
    """

    on: str
    match: Mapping[str, Any]
    do: Mapping[str, Any]
    times: int | None = 1

    def meets(self, on: str, party: Party, name: str) -> bool:
        """
        @param name: of the operation, the callback or the event.
        """
        if on != self.on:
            return False
        if on == "event" and name != "IncomingCall" and "kind" not in self.match:
            return False  # a handshake, which is spoiled on express order only
        attributes = {
            "from": party.caller.removeprefix("4:"),
            "to": party.callee.removeprefix("4:"),
            "correlation_id": party.correlation_id,
            "subscription": party.subscription,
            "operation": name,
            "kind": name,
        }
        return all(
            _alike(wanted, attributes[key])
            for key, wanted in self.match.items()
            if key != "call"
        )

    def body(self) -> dict[str, Any]:
        """
        @return: as it was ordered.
        """
        return {
            "on": self.on,
            "match": dict(self.match),
            "do": dict(self.do),
            "times": self.times,
        }


def _alike(wanted: str, found: str) -> bool:
    text = wanted.removeprefix("4:").lower()
    if text.endswith("*"):
        return found.lower().startswith(text[:-1])
    return found.lower() == text


def parse_fault(given: object) -> Fault:
    """
    @raise BadFault: with every problem found.
    """
    if not isinstance(given, Mapping):
        raise BadFault(["must be {on, match, do, times}"])
    problems = [
        f"{key}: not known; use on, match, do, times"
        for key in sorted(set(given) - {"on", "match", "do", "times"})
    ]
    on, match, do = given.get("on"), given.get("match", {}), given.get("do")
    problems += _match_problems(match)
    if on not in ACTIONS:
        problems.append(f"on: {on!r} is not one of {', '.join(ACTIONS)}")
    elif not isinstance(do, Mapping) or not do:
        problems.append(f"do: must be a table of {', '.join(ACTIONS[on])}")
    else:
        problems += _do_problems(on, do)
    times = given.get("times", 1)
    if times != "always" and (problem := whole(1, 1_000_000)(times)):
        problems.append(f"times: {problem}, or 'always'")
    if problems:
        raise BadFault(problems)
    return Fault(
        on=str(on), match=match, do=do or {}, times=None if times == "always" else times
    )


def _match_problems(match: Any) -> list[str]:
    if not isinstance(match, Mapping):
        return ["match: must be a table"]
    known = (*_TEXTS, *_NUMBERS)
    problems = [
        f"match.{key}: not known; use {', '.join(known)}"
        for key in match
        if key not in known
    ]
    problems += [
        f"match.{key}: must be a text"
        for key in _TEXTS
        if key in match and not isinstance(match[key], str)
    ]
    if "call" in match and (problem := whole(1, 1_000_000)(match["call"])):
        problems.append(f"match.call: {problem}")
    return problems


def _do_problems(on: str, do: Mapping[str, Any]) -> list[str]:
    problems = []
    for key, value in do.items():
        check = ACTIONS[on].get(key)
        problem = (
            f"not for {on!r}; use {', '.join(ACTIONS[on])}"
            if check is None
            else check(value)
        )
        if problem is not None:
            problems.append(f"do.{key}: {problem}")
    if "retry_after" in do and "status" not in do:
        problems.append("do.retry_after: only with status")
    if "close_code" in do and "drop_after" not in do:
        problems.append("do.close_code: only with drop_after")
    return problems


@dataclass
class Ordered:
    """
    @ivar struck: how often so far.
    """

    fault: Fault
    struck: int = 0
    _calls: list[int] = field(default_factory=list)

    def meets(self, on: str, party: Party, name: str) -> bool:
        """
        As L{Fault.meets}, and is it the right call in turn?
        """
        if not self.fault.meets(on, party, name):
            return False
        wanted = self.fault.match.get("call")
        if wanted is None:
            return True
        if party.number not in self._calls and len(self._calls) < wanted:
            self._calls.append(party.number)
        return self._calls[wanted - 1 : wanted] == [party.number]

    @property
    def spent(self) -> bool:
        """
        Has it struck as often as it was to?
        """
        return self.fault.times is not None and self.struck >= self.fault.times


@dataclass
class FaultBook:
    """
    All faults that were ordered, by id; spent ones stay until they are taken
    back, so that a test can see that they did strike.
    """

    ordered: dict[str, Ordered] = field(default_factory=dict)
    _count: int = 0

    def order(self, fault: Fault) -> str:
        """
        @return: its id.
        """
        self._count += 1
        fault_id = f"fault-{self._count}"
        self.ordered[fault_id] = Ordered(fault)
        return fault_id

    def take_back(self, fault_id: str) -> bool:
        """
        @return: was there one?
        """
        return self.ordered.pop(fault_id, None) is not None

    def clear(self) -> None:
        """
        Take all back.
        """
        self.ordered.clear()

    def strike(self, on: str, party: Party, name: str) -> dict[str, Any]:
        """
        @param name: of the operation, the callback or the event.

        @return: what goes wrong now, of all faults that meet this; of two that
            say the same thing the older one counts, and the other waits.
        """
        return self.strike_batch(on, [(party, name)])

    def strike_batch(
        self, on: str, batch: Sequence[tuple[Party, str]]
    ) -> dict[str, Any]:
        """
        @param batch: what goes over the wire at once; it is spoiled as a whole,
            and once, if a fault meets any of it.
        """
        found: dict[str, Any] = {}
        for ordered in self.ordered.values():
            fault = ordered.fault
            if ordered.spent or not any(ordered.meets(on, *item) for item in batch):
                continue
            if found.keys() & fault.do.keys():
                continue
            ordered.struck += 1
            found.update(fault.do)
        return found

    def body(self) -> list[dict[str, Any]]:
        """
        @return: all, for JSON.
        """
        return [
            {"id": fault_id, **ordered.fault.body(), "struck": ordered.struck}
            for fault_id, ordered in self.ordered.items()
        ]
