"""
What Azure Resource Manager's refusals mean, and the way out.

Built-in roles after Microsoft Learn, "Authorize access to Event Grid resources".
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import AzureError, NoPermission

_WHERE_TOKEN = "run az login, or give a new token in ACSGW_ARM_TOKEN"


def explained(method: str, path: str, status: int, body: bytes) -> AzureError:
    """
    @return: the refusal in a line, with the way out.
    """
    code, message = read_error(body)
    said = f"{code}: {message}" if code else message
    what = f"{method} {short(path)}: {status} {said}".strip()
    if status == 401:
        return NoPermission(
            f"{what}; the token is not (or no longer) good: {_WHERE_TOKEN}"
        )
    if status == 403:
        return NoPermission(f"{what}; {_role(method, path)}")
    if code == "SubscriptionNotFound":
        return AzureError(
            f"{what}; is azure.subscription_id right, and does the credential belong to"
            " its tenant?"
        )
    if code == "ResourceGroupNotFound":
        return AzureError(f"{what}; is azure.resource_group right?")
    if status == 404 and "/Microsoft.Communication/" in path:
        return AzureError(
            f"{what}; is azure.communication_service right?  It is the resource's name,"
            " not its endpoint"
        )
    if code in ("MissingSubscriptionRegistration", "SubscriptionNotRegistered"):
        return AzureError(
            f"{what}; register it once: az provider register -n Microsoft.EventGrid"
        )
    return AzureError(what)


def operation_failed(path: str, error: Any) -> AzureError:
    """
    @param error: of an operation that took a while: C{{"code", "message"}}.
    """
    error = error if isinstance(error, dict) else {}
    said = f"{error.get('code', '')}: {error.get('message', 'no reason given')}"
    text = f"{short(path)}: failed: {said.strip(': ')}"
    if "valid" in said.lower():
        text += (
            "; Event Grid asks the endpoint before it takes it: it must run, be"
            " reachable from the internet with a good certificate, and know the same"
            " credentials (see: acsgw check --online)"
        )
    return AzureError(text)


def read_error(body: bytes) -> tuple[str, str]:
    """
    @return: code and message; the first text, if it is not Resource Manager's form.
    """
    try:
        error = json.loads(body)["error"]
        return str(error["code"]), str(error["message"])[:500]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", body[:200].decode("utf-8", "replace")


def short(path: str) -> str:
    """
    @return: the end of a resource's id, which says which it is.
    """
    return re.sub(r"(?i)^.*/providers/(Microsoft\.)?", "", path.partition("?")[0])


def _role(method: str, path: str) -> str:
    group = re.match(r"(?i)/subscriptions/[^/]+(/resourceGroups/[^/]+)?", path)
    scope = group[0] if group else path
    lower = path.lower()
    if "/microsoft.eventgrid/" not in lower:
        role = "Reader"
    elif method == "GET":
        role = "EventGrid EventSubscription Reader"
    elif "/eventsubscriptions" in lower:
        role = "EventGrid EventSubscription Contributor"
    else:
        role = "EventGrid Contributor"
    return f"the credential lacks a role such as '{role}' on {scope}"
