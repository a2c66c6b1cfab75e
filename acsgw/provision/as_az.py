"""
The set-up as commands of the Azure CLI.

Source: Microsoft Learn, reference of C{az eventgrid system-topic} and C{az eventgrid
system-topic event-subscription}.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from .bodies import TOPIC_TYPE
from .files import Parameter, parameters, subscriptions
from .wanted import Wanted


def az_script(wanted: Wanted) -> str:
    """
    @return: for a POSIX shell; secrets come from its environment.
    """
    return "\n".join(_lines(wanted)) + "\n"


def _lines(wanted: Wanted) -> Iterator[str]:
    yield "#!/bin/sh"
    yield "# Give secrets by the environment, not here."
    yield "set -eu"
    for declared in parameters(wanted):
        name = variable(declared.name)
        if declared.otherwise is not None:
            yield f': "${{{name}:={declared.otherwise}}}"'
            continue
        if not declared.is_secret:
            yield (
                "# Once, if there is none yet:"
                " az communication user-identity user create"
            )
        yield f': "${{{name}:?{declared.about}}}"'
    group = ["--subscription", wanted.subscription_id]
    group += ["--resource-group", wanted.resource_group]
    yield ""
    yield _command(
        ["az", "eventgrid", "system-topic", "create", *group],
        ["--name", wanted.topic],
        ["--location", "global"],
        ["--topic-type", TOPIC_TYPE],
        ["--source", wanted.resource_id],
    )
    for one in subscriptions(wanted):
        yield ""
        yield _command(
            ["az", "eventgrid", "system-topic", "event-subscription", "create", *group],
            ["--system-topic-name", wanted.topic],
            ["--name", one.name],
            *_options(one.body["properties"]),
        )


def _options(properties: dict[str, Any]) -> Iterator[list[Any]]:
    destination = properties["destination"]["properties"]
    chosen, retry = properties["filter"], properties["retryPolicy"]
    yield ["--endpoint-type", properties["destination"]["endpointType"].lower()]
    yield ["--endpoint", destination["endpointUrl"]]
    yield ["--event-delivery-schema", properties["eventDeliverySchema"].lower()]
    yield ["--included-event-types", *chosen["includedEventTypes"]]
    for one in chosen["advancedFilters"]:
        yield ["--advanced-filter", one["key"], one["operatorType"], *one["values"]]
    for header in destination["deliveryAttributeMappings"]:
        value = header["properties"]["value"]
        name = header["name"]
        yield ["--delivery-attribute-mapping", name, "static", value, "true"]
    yield ["--max-events-per-batch", destination["maxEventsPerBatch"]]
    yield [
        "--preferred-batch-size-in-kilobytes",
        destination["preferredBatchSizeInKilobytes"],
    ]
    yield ["--max-delivery-attempts", retry["maxDeliveryAttempts"]]
    yield ["--event-ttl", retry["eventTimeToLiveInMinutes"]]
    yield ["--labels", *properties["labels"]]
    letters = properties.get("deadLetterDestination")
    if letters is not None:
        about = letters["properties"]
        container = f"blobServices/default/containers/{about['blobContainerName']}"
        yield ["--deadletter-endpoint", f"{about['resourceId']}/{container}"]


def _command(*parts: list[Any]) -> str:
    return " \\\n  ".join(" ".join(_word(word) for word in part) for part in parts)


def _word(word: Any) -> str:
    if isinstance(word, Parameter):
        return f'"${{{variable(word.name)}}}"'
    return shlex.quote(str(word))


def variable(parameter: str) -> str:
    """
    @return: C{asappApiId} as C{ASAPP_API_ID}.
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper()
