"""
Events of the resource's topic, in both schemas of Event Grid.
"""

from __future__ import annotations

from typing import Any, Protocol

from .subscriptions import Schema


class GridEvent(Protocol):
    """
    Something that is published, before it is put into an envelope.
    """

    @property
    def event_id(self) -> str: ...

    @property
    def kind(self) -> str:
        """
        The type, prefix and all.
        """

    @property
    def subject(self) -> str: ...

    @property
    def correlation_id(self) -> str:
        """
        Of the call that it is about.
        """

    def data(self) -> dict[str, Any]:
        """
        @return: the same in both schemas.
        """


def envelope(event: GridEvent, schema: Schema, topic: str, time: str) -> Any:
    """
    @return: the event, ready for JSON.
    """
    if schema is Schema.CLOUD_EVENT:
        return {
            "id": event.event_id,
            "source": topic,
            "subject": event.subject,
            "type": event.kind,
            "time": time,
            "specversion": "1.0",
            "data": event.data(),
        }
    return {
        "id": event.event_id,
        "topic": topic,
        "subject": event.subject,
        "data": event.data(),
        "eventType": event.kind,
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": time,
    }
