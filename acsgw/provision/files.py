"""
The same set-up as a file for other tools: what all three kinds have in common.
Secrets are parameters of the file, and never stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .bodies import subscription_properties, topic_body
from .wanted import Wanted

EVENT_GRID_TYPE = "Microsoft.EventGrid/systemTopics"


@dataclass(frozen=True)
class Parameter:
    """
    Stands in the place of a value.
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class Declared:
    """
    @ivar otherwise: default; L{None}: there is none.
    """

    name: str
    about: str
    is_secret: bool = False
    otherwise: str | None = None


def parameters(wanted: Wanted) -> Iterator[Declared]:
    """
    @return: what has to be, or may be, given.
    """
    for identity in wanted.identities:
        yield Declared(
            name=f"{identity.role}Identity",
            about=f"Raw id (8:acs:...) of the {identity.role}'s user of the resource.",
            otherwise=identity.raw_id,
        )
    for subscription in wanted.subscriptions:
        for header in subscription.headers:
            yield Declared(
                name=header.parameter,
                about=f"Value of the header {header.name}.",
                is_secret=True,
            )


@dataclass(frozen=True)
class Described:
    """
    @ivar body: of a PUT; L{Parameter}s stand in it.
    """

    name: str
    body: dict[str, Any]


def topic(wanted: Wanted) -> Described:
    return Described(wanted.topic, topic_body(wanted.resource_id))


def subscriptions(wanted: Wanted) -> list[Described]:
    """
    @return: without what is L{None}.
    """
    described = []
    for one in wanted.subscriptions:
        properties = subscription_properties(
            one,
            lambda header: Parameter(header.parameter),
            lambda identity: Parameter(f"{identity.role}Identity"),
        )
        body = {key: value for key, value in properties.items() if value is not None}
        described.append(Described(one.name, {"properties": body}))
    return described
