"""
From what is wanted and what is there: what is to be done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..settings.azure import default_name
from .bodies import subscription_properties, topic_body
from .difference import (
    DESTINATION,
    WHOLE,
    Field,
    compared,
    created,
    parts_to_send,
    secret_value,
)
from .foreign import remarks_on
from .found import Found, FoundSubscription
from .wanted import GATEWAY, IVR, LABEL, Identity, Wanted, WantedSubscription

_SETTLED = ("Succeeded", "Failed", "Canceled", "AwaitingManualAction")


class Verb(Enum):
    """
    What becomes of something.
    """

    CREATE = "+"
    CHANGE = "~"
    KEEP = "="
    LEAVE = "."


class Kind(Enum):
    """
    What it is.
    """

    IDENTITY = "identity"
    TOPIC = "system topic"
    SUBSCRIPTION = "event subscription"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One thing of Azure's, and what becomes of it.

    @ivar path: Resource Manager's id of it.
    @ivar method: how it is sent; empty: nothing is.
    @ivar body: what is sent; holds secrets.
    @ivar obstacle: why it cannot be sent, with the way out.
    """

    verb: Verb
    kind: Kind
    name: str
    purpose: str = ""
    fields: tuple[Field, ...] = ()
    remarks: tuple[str, ...] = ()
    path: str = ""
    method: str = ""
    body: Any = None
    obstacle: str | None = None

    def __repr__(self) -> str:
        return f"<{self.verb.value} {self.kind.value} {self.name}>"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    @ivar obstacles: why it cannot be carried out.
    """

    wanted: Wanted
    steps: tuple[Step, ...]
    general: tuple[str, ...] = ()

    @property
    def obstacles(self) -> tuple[str, ...]:
        found = [f"{s.name}: {s.obstacle}" for s in self.steps if s.obstacle]
        return (*self.general, *found)

    @property
    def changes(self) -> bool:
        return any(s.verb in (Verb.CREATE, Verb.CHANGE) for s in self.steps)

    def count(self, verb: Verb) -> int:
        return sum(step.verb is verb for step in self.steps)


def make_plan(
    wanted: Wanted,
    found: Found,
    *,
    rotate: bool = False,
    adopt: frozenset[str] = frozenset(),
) -> Plan:
    """
    @param rotate: send the secrets anew.
    @param adopt: names of subscriptions that were not made by us, but shall be ours.
    """
    general = []
    if found.immutable_id.lower() != wanted.immutable_id.lower():
        general.append(
            f"accounts.{wanted.account}.resource_id: is {wanted.immutable_id}, but"
            f" {wanted.resource_id} has {found.immutable_id}: one of both is another"
            " resource's"
        )
    if found.name_taken:
        general.append(
            f"accounts.{wanted.account}.azure.system_topic: {wanted.topic} is the"
            " system topic of another resource; choose another name"
        )
    steps = [*map(_identity, wanted.identities), _topic(wanted, found)]
    there = {s.name.lower(): s for s in found.subscriptions}
    topic = found.topic_id or topic_id(wanted)
    for one in wanted.subscriptions:
        present = there.pop(one.name.lower(), None)
        steps.append(_subscription(one, present, topic, rotate, adopt))
    steps += [_left(s, wanted) for s in (*there.values(), *found.elsewhere)]
    return Plan(wanted=wanted, steps=tuple(steps), general=tuple(general))


def topic_id(wanted: Wanted) -> str:
    """
    @return: Resource Manager's id of the topic that we would make.
    """
    return (
        f"{wanted.group_id}/providers/Microsoft.EventGrid/systemTopics/{wanted.topic}"
    )


def _identity(identity: Identity) -> Step:
    known = identity.raw_id is not None
    shown = Field("id", "", identity.raw_id, str(identity), identity.source)
    return Step(
        verb=Verb.KEEP if known else Verb.CREATE,
        kind=Kind.IDENTITY,
        name=identity.role,
        fields=(shown,),
    )


def _topic(wanted: Wanted, found: Found) -> Step:
    if found.topic_id is not None:
        name = found.topic_id.rpartition("/")[2]
        return Step(verb=Verb.KEEP, kind=Kind.TOPIC, name=name, path=found.topic_id)
    return Step(
        verb=Verb.CREATE,
        kind=Kind.TOPIC,
        name=wanted.topic,
        fields=(Field("source", "", None, wanted.resource_id),),
        path=topic_id(wanted),
        method="PUT",
        body=topic_body(wanted.resource_id),
    )


def _subscription(
    wanted: WantedSubscription,
    found: FoundSubscription | None,
    topic: str,
    rotate: bool,
    adopt: frozenset[str],
) -> Step:
    path = f"{topic}/eventSubscriptions/{wanted.name}"
    verb, method, obstacle = Verb.CREATE, "PUT", None
    if found is None:
        fields = created(wanted)
        parts = {WHOLE}
    else:
        fields = compared(wanted, found, rotate=rotate)
        parts = parts_to_send(fields)
        verb = Verb.CHANGE if parts else Verb.KEEP
        method = ("PUT" if WHOLE in parts else "PATCH") if parts else ""
        obstacle = _obstacle(found, adopt) if parts else None
    body: Any = None
    if parts and obstacle is None:
        body = _properties(wanted, found)
        if parts & {WHOLE, DESTINATION}:
            obstacle = _unknown_secret(wanted, found)
        if method == "PATCH":
            body = {part: body[part] for part in sorted(parts)}
        else:
            body = {"properties": body}
    return Step(
        verb=verb,
        kind=Kind.SUBSCRIPTION,
        name=wanted.name,
        purpose=wanted.purpose,
        fields=tuple(fields),
        path=path,
        method=method,
        body=body,
        obstacle=obstacle,
    )


def _properties(
    wanted: WantedSubscription, found: FoundSubscription | None
) -> dict[str, Any]:
    return subscription_properties(
        wanted, lambda header: secret_value(header, found), str
    )


def _obstacle(found: FoundSubscription, adopt: frozenset[str]) -> str | None:
    if found.state not in _SETTLED:
        return f"somebody else is at it ({found.state}): try again in a minute"
    ours = LABEL in {label.lower() for label in found.labels}
    if ours or found.name.lower() in {name.lower() for name in adopt}:
        return None
    return (
        f"there is one of this name that was not made by acsgw (it lacks the label"
        f" {LABEL}): make it ours by --adopt {found.name}, or choose another name in"
        " the settings"
    )


def _unknown_secret(
    wanted: WantedSubscription, found: FoundSubscription | None
) -> str | None:
    unknown = [h for h in wanted.headers if secret_value(h, found) is None]
    if not unknown:
        return None
    return "; ".join(f"the value of {h.name} is not known: {h.way}" for h in unknown)


def _left(found: FoundSubscription, wanted: Wanted) -> Step:
    remarks = list(_left_over(found, wanted)) or remarks_on(found, wanted)
    return Step(
        verb=Verb.LEAVE,
        kind=Kind.SUBSCRIPTION,
        name=found.name,
        remarks=tuple(remarks),
        path=found.arm_id,
    )


def _left_over(found: FoundSubscription, wanted: Wanted) -> Iterator[str]:
    ours = LABEL in {label.lower() for label in found.labels}
    # Only these: what begins alike may be of another account, and in use.
    names = {default_name(wanted.account, role).lower() for role in (GATEWAY, IVR)}
    if ours and found.name.lower() in names:
        yield (
            "made by acsgw for this account, which does not want it any more; delete"
            f" it by: az resource delete --ids {found.arm_id}"
        )
