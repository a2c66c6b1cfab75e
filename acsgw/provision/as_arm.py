"""
The set-up as a template of Azure Resource Manager.

Source: Microsoft Learn, "Understand the structure and syntax of ARM templates".
"""

from __future__ import annotations

import json
from typing import Any

from .arm import EVENT_GRID
from .files import EVENT_GRID_TYPE, Parameter, parameters, subscriptions, topic
from .wanted import Wanted

SCHEMA = (
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
)


def arm_template(wanted: Wanted) -> str:
    """
    @return: JSON.
    """
    of_topic = topic(wanted)
    topic_id = f"[resourceId('{EVENT_GRID_TYPE}', '{of_topic.name}')]"
    resources: list[dict[str, Any]] = [
        {
            "type": EVENT_GRID_TYPE,
            "apiVersion": EVENT_GRID,
            "name": of_topic.name,
            **of_topic.body,
        }
    ]
    for one in subscriptions(wanted):
        resources.append(
            {
                "type": f"{EVENT_GRID_TYPE}/eventSubscriptions",
                "apiVersion": EVENT_GRID,
                "name": f"{of_topic.name}/{one.name}",
                "dependsOn": [topic_id],
                **_expressed(one.body),
            }
        )
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            p.name: {
                "type": "securestring" if p.is_secret else "string",
                **({} if p.otherwise is None else {"defaultValue": p.otherwise}),
                "metadata": {"description": p.about},
            }
            for p in parameters(wanted)
        },
        "resources": resources,
    }
    return json.dumps(template, indent=2)


def _expressed(value: Any) -> Any:
    match value:
        case Parameter(name):
            return f"[parameters('{name}')]"
        case dict():
            return {key: _expressed(item) for key, item in value.items()}
        case list():
            return [_expressed(item) for item in value]
        case str() if value.startswith("["):
            return f"[{value}"  # or it would be an expression
    return value
