"""
Reading JSON with the Azure SDK's own models, without its leniency.
"""

from __future__ import annotations

from typing import Any

from azure.communication.callautomation._generated import models
from azure.communication.callautomation._generated._utils import serialization
from twisted.trial.unittest import SynchronousTestCase

_CLASSES = {
    name: value for name, value in vars(models).items() if isinstance(value, type)
}


def assert_model(case: SynchronousTestCase, model: type[Any], body: Any) -> Any:
    """
    @return: C{body} as the SDK reads it.

    @raise case.failureException: if a field of C{body} is not known to the
        model, or one that the model requires is missing.
    """
    _check(case, model.__name__, body, model.__name__)
    return serialization.Deserializer(_CLASSES)(model.__name__, body)


def _check(case: SynchronousTestCase, kind: str, body: Any, where: str) -> None:
    if kind.startswith("["):
        for item in body:
            _check(case, kind[1:-1], item, where + "[]")
        return
    model: Any = _CLASSES.get(kind)
    if model is None or not hasattr(model, "_attribute_map") or body is None:
        return
    known = {about["key"]: about["type"] for about in model._attribute_map.values()}
    unknown = set(body) - set(known)
    case.assertEqual(unknown, set(), f"{where} has fields that the SDK does not know")
    for name, rules in model._validation.items():
        if rules.get("required"):
            key = model._attribute_map[name]["key"]
            case.assertIn(key, body, f"{where} lacks a field")
    for key, value in body.items():
        _check(case, known[key], value, f"{where}.{key}")
