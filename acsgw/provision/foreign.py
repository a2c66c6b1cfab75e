"""
Event subscriptions that are somebody else's: never touched, but what they do to
ours is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .found import FoundFilter, FoundSubscription
from .wanted import INCOMING_CALL, Filter, Identity, Wanted

_TESTS: dict[str, Callable[[str, str], bool]] = {
    "stringin": lambda text, value: text == value,
    "stringbeginswith": lambda text, value: text.startswith(value),
    "stringendswith": lambda text, value: text.endswith(value),
    "stringcontains": lambda text, value: value in text,
}
_NOT = "stringnot"


def lets_through(
    filters: tuple[FoundFilter, ...], event: Mapping[str, str | None]
) -> bool | None:
    """
    @param event: keys, in lower case, to values, as far as they are known; L{None}:
        the event lacks it.

    @return: L{None} if that depends on what is not known.
    """
    verdict: bool | None = True
    for one in filters:
        matches = _matches(one, event)
        if matches is False:
            return False
        if matches is None:
            verdict = None
    return verdict


def _matches(one: FoundFilter, event: Mapping[str, str | None]) -> bool | None:
    key = one.key.lower()
    operator = one.operator.lower()
    negated = operator.startswith(_NOT)
    test = _TESTS.get("string" + operator.removeprefix(_NOT) if negated else operator)
    if key not in event or test is None:
        return None
    text = event[key]
    found = text is not None and any(
        test(text.lower(), value.lower()) for value in one.values
    )
    return found is not negated


def event_for(raw_id: str) -> dict[str, str | None]:
    """
    @return: what filters can look at in an event for a call to C{raw_id}; L{None}
        for what such an event lacks.
    """
    is_number = raw_id.startswith("4:")
    return {
        "data.to.rawid": raw_id,
        "data.to.kind": "phoneNumber" if is_number else "communicationUser",
        "data.to.phonenumber.value": raw_id[2:] if is_number else None,
        "data.to.communicationuser.id": None if is_number else raw_id,
    }


def takes_calls(found: FoundSubscription) -> bool:
    """
    Does it want events of incoming calls at all?
    """
    kinds = {kind.lower() for kind in found.event_types}
    return not kinds or INCOMING_CALL.lower() in kinds


def callees(chosen: Filter) -> Iterator[str]:
    """
    @return: raw ids that stand for all calls that a filter of ours matches.
    """
    for value in chosen.values:
        raw_id = value.raw_id if isinstance(value, Identity) else value
        if raw_id == "phoneNumber" or raw_id == "4:":
            yield "4:+18005550100"
        elif raw_id is not None:
            yield raw_id


def remarks_on(found: FoundSubscription, wanted: Wanted) -> list[str]:
    """
    @return: how this subscription gets into the way of ours.
    """
    if not takes_calls(found):
        return []
    remarks = []
    if not found.filters and not any(found.subject):
        remarks.append(
            "it has no filter, so it is told of every call of the resource, transfers"
            " among them; if it answers what it transfers itself, that is a loop"
        )
    for ours in wanted.subscriptions:
        both = any(
            lets_through(found.filters, event_for(raw_id)) is not False
            for raw_id in callees(ours.filter)
        )
        if not both:
            continue
        if found.endpoint.partition("?")[0] == ours.endpoint.partition("?")[0]:
            remarks.append(
                f"it has the same endpoint as {ours.name}, which is told twice of some"
                " calls; delete it if it is what you made by hand before"
            )
        else:
            remarks.append(
                f"it is told of calls that {ours.name} is told of too: two would answer"
            )
    return remarks
