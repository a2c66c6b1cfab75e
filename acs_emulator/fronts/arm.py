"""
Azure Resource Manager, as far as setting up event subscriptions needs it.
"""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

from ..errors import Refusal
from ..management import Management
from ..model.arm_paths import ArmRequest, check_token, parse_request
from ..model.system_topics import not_found
from .signed_requests import read_json, read_version, write_json

#: Seconds that a client is asked to wait between two looks at an operation.
_RETRY_AFTER = "1"


def add_arm(root: Resource, management: Management, base_url: str) -> None:
    """
    Serve Resource Manager beside everything else.
    """
    root.putChild(b"subscriptions", ArmFront(management, base_url))


class ArmFront(Resource):
    """
    C{/subscriptions/...}: checks path, version and token; L{Management} does the
    rest.
    """

    isLeaf = True
    _log = Logger()

    def __init__(self, management: Management, base_url: str) -> None:
        """
        @param base_url: where clients reach the emulator.
        """
        super().__init__()
        self._management = management
        self._base_url = base_url

    def render(self, request: IRequest) -> bytes:
        try:
            return self._serve(request)
        except Refusal as e:
            for name, value in e.headers.items():
                request.setHeader(name, value)
            return write_json(request, e.status, e.body())
        except Exception:
            self._log.failure("management request failed")
            error = Refusal(500, "InternalServerError", "internal error")
            return write_json(request, error.status, error.body())

    def _serve(self, request: IRequest) -> bytes:
        arm = parse_request(
            request.method.decode("ascii"),
            request.path.decode("latin-1"),
            read_version(request),
        )
        check_token(request.getHeader("authorization"), arm)
        self._check_scope(arm)
        body = read_json(request.content.read())
        if arm.kind == "event" and arm.method in ("PUT", "PATCH"):
            return self._change(request, arm, body)
        if arm.method == "DELETE":
            return write_json(request, self._delete(arm), None)
        if arm.kind == "topic" and arm.method == "PUT":
            status, made = self._management.scope.put_topic(arm.topic, body)
            return write_json(request, status, made)
        return write_json(request, 200, self._read(arm))

    def _check_scope(self, arm: ArmRequest) -> None:
        scope = self._management.scope
        if arm.subscription.lower() != scope.subscription.lower():
            raise Refusal(
                404,
                "SubscriptionNotFound",
                f"The subscription '{arm.subscription}' could not be found.",
            )
        if arm.group and arm.group.lower() != scope.group.lower():
            raise Refusal(
                404,
                "ResourceGroupNotFound",
                f"Resource group '{arm.group}' could not be found.",
            )
        if arm.service and arm.service.lower() != scope.service.lower():
            raise not_found(
                f"Microsoft.Communication/CommunicationServices/{arm.service}"
            )
        if arm.topic and not (arm.kind == "topic" and arm.method == "PUT"):
            scope.get_topic(arm.topic)

    def _read(self, arm: ArmRequest) -> dict[str, Any]:
        management, scope = self._management, self._management.scope
        match arm.kind:
            case "topics":
                return {"value": scope.topics()}
            case "topic":
                return scope.get_topic(arm.topic)
            case "events":
                return {"value": management.list_events(arm.topic)}
            case "event":
                return management.get_event(arm)
            case "action":
                return management.perform(arm)
            case "keys":
                return dict(scope.keys())
            case "operation":
                return management.operation(arm.name)
        return scope.communication_service()

    def _change(self, request: IRequest, arm: ArmRequest, body: Any) -> bytes:
        change = (
            self._management.put_event
            if arm.method == "PUT"
            else self._management.patch_event
        )
        operation, shown = change(arm, body)
        where = f"/subscriptions/{arm.subscription}/providers/Microsoft.EventGrid"
        version = read_version(request)
        request.setHeader(
            "Azure-AsyncOperation",
            f"{self._base_url}{where}/locations/global/operationsStatus/{operation}"
            f"?api-version={version}",
        )
        request.setHeader("Retry-After", _RETRY_AFTER)
        return write_json(request, 201, shown)

    def _delete(self, arm: ArmRequest) -> int:
        if arm.kind == "topic":
            self._management.delete_topic(arm.topic)
            return 200
        return 200 if self._management.delete_event(arm) else 204
