"""
The Communication Services resource and its system topic, as Azure Resource Manager
shows them.

Shapes after the REST specifications of C{Microsoft.Communication} (2023-04-01) and
C{Microsoft.EventGrid} (2022-06-15).
"""

from __future__ import annotations

from typing import Any

from ..errors import Refusal
from .arm_subscription import bad
from .resource import Resource

_TOPIC_TYPE = "Microsoft.Communication.CommunicationServices"


class SystemTopics:
    """
    At most one, for the one resource.

    @ivar subscription: Azure's, that is billed.
    @ivar group: the resource group.
    @ivar name: of the system topic; empty if there is none.
    """

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        _, _, self.subscription, _, self.group, *_ = resource.topic.split("/")
        self.service = resource.topic.rpartition("/")[2]
        self.name = ""

    @property
    def resource_id(self) -> str:
        """
        Of the Communication Services resource.
        """
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers"
            f"/Microsoft.Communication/CommunicationServices/{self.service}"
        )

    def communication_service(self) -> dict[str, Any]:
        host = self._resource.base_url.partition("://")[2]
        return {
            "id": self.resource_id,
            "name": self.service,
            "type": "Microsoft.Communication/CommunicationServices",
            "location": "global",
            "properties": {
                "provisioningState": "Succeeded",
                "hostName": host,
                "dataLocation": "United States",
                "immutableResourceId": self._resource.immutable_id,
            },
        }

    def keys(self) -> dict[str, str]:
        """
        The same key twice: the emulator has one.
        """
        key, url = self._resource.access_key, self._resource.base_url
        text = f"endpoint={url}/;accesskey={key}"
        return {
            "primaryKey": key,
            "secondaryKey": key,
            "primaryConnectionString": text,
            "secondaryConnectionString": text,
        }

    # System topics.

    def topics(self) -> list[dict[str, Any]]:
        return [self._topic_body()] if self.name else []

    def get_topic(self, name: str) -> dict[str, Any]:
        """
        @raise Refusal: 404.
        """
        if not self.name or name.lower() != self.name.lower():
            raise not_found(f"Microsoft.EventGrid/systemTopics/{name}")
        return self._topic_body()

    def put_topic(self, name: str, body: Any) -> tuple[int, dict[str, Any]]:
        """
        @raise Refusal: if it is not for the emulated resource, or another one is.
        """
        given = body.get("properties") if isinstance(body, dict) else None
        given = given if isinstance(given, dict) else {}
        problems = []
        if str(given.get("source")).lower() != self.resource_id.lower():
            problems.append(f"source: must be {self.resource_id}")
        if str(given.get("topicType")).lower() != _TOPIC_TYPE.lower():
            problems.append(f"topicType: must be {_TOPIC_TYPE}")
        if not isinstance(body, dict) or body.get("location") != "global":
            problems.append("location: must be global, as the source's is")
        if problems:
            raise bad(*problems)
        if self.name and name.lower() != self.name.lower():
            raise Refusal(
                400,
                "InvalidRequest",
                f"The source has a system topic already: {self.name}.",
            )
        status = 200 if self.name else 201
        self.name = self.name or name
        return status, self._topic_body()

    def _topic_body(self) -> dict[str, Any]:
        name = self.name
        return {
            "id": f"{self._group_id}/providers/Microsoft.EventGrid/systemTopics/{name}",
            "name": name,
            "type": "Microsoft.EventGrid/systemTopics",
            "location": "global",
            "properties": {
                "provisioningState": "Succeeded",
                "source": self.resource_id,
                "topicType": _TOPIC_TYPE,
                "metricResourceId": self._resource.immutable_id,
            },
        }

    @property
    def _group_id(self) -> str:
        return self.resource_id.partition("/providers/")[0]

    def of_events(self, topic: str) -> str:
        """
        @return: what the ids of subscriptions there begin with.
        """
        if topic:
            provider = f"/providers/Microsoft.EventGrid/systemTopics/{topic}"
            return f"{self._group_id}{provider}/eventSubscriptions/"
        return f"{self.resource_id}/providers/Microsoft.EventGrid/eventSubscriptions/"


def not_found(what: str) -> Refusal:
    """
    There is no such resource.
    """
    return Refusal(404, "ResourceNotFound", f"The Resource '{what}' was not found.")
