"""
What is wanted, in the words of Azure Resource Manager.

Shapes: REST specification of C{Microsoft.EventGrid}, 2022-06-15.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .wanted import (
    INCOMING_CALL,
    LABEL,
    MAX_ATTEMPTS,
    TTL_MINUTES,
    Identity,
    SecretHeader,
    WantedSubscription,
)

TOPIC_TYPE = "Microsoft.Communication.CommunicationServices"


def topic_body(source: Any) -> dict[str, Any]:
    """
    @param source: id of the Communication Services resource.

    @return: a system topic; for such resources, which are everywhere, it is C{global}.
    """
    return {
        "location": "global",
        "properties": {"source": source, "topicType": TOPIC_TYPE},
    }


def subscription_properties(
    wanted: WantedSubscription,
    secret: Callable[[SecretHeader], Any],
    identity: Callable[[Identity], Any],
) -> dict[str, Any]:
    """
    @param secret: gives what stands for the value of a header.
    @param identity: gives what stands for an identity.
    """
    values = [
        identity(v) if isinstance(v, Identity) else v for v in wanted.filter.values
    ]
    return {
        "destination": {
            "endpointType": "WebHook",
            "properties": {
                "endpointUrl": wanted.endpoint,
                "maxEventsPerBatch": 1,
                "preferredBatchSizeInKilobytes": 64,
                "deliveryAttributeMappings": [
                    {
                        "name": header.name,
                        "type": "Static",
                        "properties": {"value": secret(header), "isSecret": True},
                    }
                    for header in wanted.headers
                ],
            },
        },
        "filter": {
            "includedEventTypes": [INCOMING_CALL],
            "subjectBeginsWith": "",
            "subjectEndsWith": "",
            "advancedFilters": [
                {
                    "operatorType": wanted.filter.operator,
                    "key": wanted.filter.key,
                    "values": values,
                }
            ],
        },
        "labels": [LABEL],
        "eventDeliverySchema": wanted.schema,
        "retryPolicy": {
            "maxDeliveryAttempts": MAX_ATTEMPTS,
            "eventTimeToLiveInMinutes": TTL_MINUTES,
        },
        "deadLetterDestination": dead_letter(wanted.dead_letter),
    }


def dead_letter(container: str | None) -> dict[str, Any] | None:
    """
    @param container: resource id of a blob container.
    """
    if container is None:
        return None
    account, _, name = container.partition("/blobServices/default/containers/")
    return {
        "endpointType": "StorageBlob",
        "properties": {"resourceId": account, "blobContainerName": name},
    }
