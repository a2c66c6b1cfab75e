"""
Looks at what there is in Azure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import NoPermission
from .arm import COMMUNICATION, EVENT_GRID, Arm
from .found import Found, FoundSubscription, read_subscription
from .wanted import GATEWAY, IVR, LABEL, Wanted


async def survey(arm: Arm, wanted: Wanted) -> Found:
    """
    @raise AzureError: with the way out.
    """
    service = await arm.get(wanted.resource_id, COMMUNICATION)
    topics = await arm.all(
        f"/subscriptions/{wanted.subscription_id}/providers/Microsoft.EventGrid"
        "/systemTopics",
        EVENT_GRID,
    )
    # Azure has at most one for each source, whoever made it.
    own = [t for t in topics if _source(t) == wanted.resource_id.lower()]
    topic_id = str(own[0]["id"]) if own else None
    names = {s.name.lower() for s in wanted.subscriptions}
    on_topic: list[FoundSubscription] = []
    if topic_id is not None:
        for body in await arm.all(f"{topic_id}/eventSubscriptions", EVENT_GRID):
            is_ours = str(body.get("name")).lower() in names
            on_topic.append(await _closely(arm, body) if is_ours else _read(body))
    elsewhere = await arm.all(
        f"{wanted.resource_id}/providers/Microsoft.EventGrid/eventSubscriptions",
        EVENT_GRID,
    )
    wanted_topic = f"{wanted.group_id}/providers/microsoft.eventgrid/systemtopics/"
    wanted_topic = f"{wanted_topic}{wanted.topic}".lower()
    known = {s.arm_id.lower() for s in on_topic}
    return Found(
        immutable_id=str(service.get("properties", {}).get("immutableResourceId")),
        topic_id=topic_id,
        name_taken=topic_id is None
        and any(str(t.get("id")).lower() == wanted_topic for t in topics),
        subscriptions=tuple(on_topic),
        elsewhere=tuple(
            _read(body)
            for body in elsewhere
            if str(body.get("id")).lower() not in known
        ),
    )


async def _closely(arm: Arm, body: Mapping[str, Any]) -> FoundSubscription:
    """
    With what a GET hides, if the credential may see that.
    """
    path = str(body["id"])
    try:
        url = (await arm.act(path, "getFullUrl")).get("endpointUrl")
        attributes = (await arm.act(path, "getDeliveryAttributes")).get("value")
    except NoPermission:
        return _read(body)
    return read_subscription(body, url, attributes)


def _read(body: Mapping[str, Any]) -> FoundSubscription:
    return read_subscription(body)


def _source(topic: Mapping[str, Any]) -> str:
    properties = topic.get("properties") or {}
    return str(properties.get("source")).lower()


def identities_in(found: Found, wanted: Wanted) -> dict[str, str]:
    """
    @return: role to raw id, of identities that stand in the filters of our own
        subscriptions: so that nothing is made twice if a file gets lost.
    """
    prefix = f"8:acs:{wanted.immutable_id}_".lower()
    there = {s.name.lower(): s for s in found.subscriptions}
    roles = {}
    for role, ours in zip((GATEWAY, IVR), wanted.subscriptions, strict=False):
        present = there.get(ours.name.lower())
        if present is None or LABEL not in {x.lower() for x in present.labels}:
            continue
        values = [v for f in present.filters for v in f.values]
        users = [v for v in values if v.lower().startswith(prefix)]
        if len(users) == 1:
            roles[role] = users[0]
    return roles
