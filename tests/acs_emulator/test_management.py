"""
Tests for the emulated Azure Resource Manager.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.web.http_headers import Headers

from acs_emulator.fronts.http_client import WholeBody

from .grid_support import GridTestCase
from .support import APP, KEY, RESOURCE

GROUP = f"/subscriptions/{RESOURCE}/resourceGroups/emulator"
SERVICE = f"{GROUP}/providers/Microsoft.Communication/CommunicationServices/emulator"
TOPICS = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics"
ON_TOPIC = f"{TOPICS}/t/eventSubscriptions"
ON_SERVICE = f"{SERVICE}/providers/Microsoft.EventGrid/eventSubscriptions"
TOPIC = {
    "location": "global",
    "properties": {
        "source": SERVICE,
        "topicType": "Microsoft.Communication.CommunicationServices",
    },
}


def properties(path: str = "hook", **more: Any) -> dict[str, Any]:
    """
    The body of a subscription with secrets.
    """
    return {
        "properties": {
            "destination": {
                "endpointType": "WebHook",
                "properties": {
                    "endpointUrl": f"{APP}/{path}?code=secret",
                    "deliveryAttributeMappings": [
                        {
                            "name": "x-key",
                            "type": "Static",
                            "properties": {"value": "secret", "isSecret": True},
                        }
                    ],
                },
            },
            "filter": {
                "includedEventTypes": ["Microsoft.Communication.IncomingCall"],
                "advancedFilters": [
                    {
                        "operatorType": "StringIn",
                        "key": "data.to.kind",
                        "values": ["phoneNumber"],
                    }
                ],
            },
            "labels": ["mine"],
            "retryPolicy": {"maxDeliveryAttempts": 2, "eventTimeToLiveInMinutes": 1},
            **more,
        }
    }


class ManagementTests(GridTestCase):
    """
    System topics, subscriptions, the resource; tokens and errors.
    """

    version = "2022-06-15"

    def arm(
        self, method: str, path: str, body: Any = None, token: str | None = "t"
    ) -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        target = f"{path}?api-version={self.version}"
        return self.http(method, target, content, headers)

    def refused(self, method: str, path: str, body: Any = None, **kw: Any) -> Any:
        """
        @return: status, code and text of an error.
        """
        status, answer = self.arm(method, path, body, **kw)
        error = answer["error"]
        self.assertEqual(set(error), {"code", "message"})
        return status, error["code"], error["message"]

    def make_topic(self) -> None:
        self.assertEqual(self.arm("PUT", f"{TOPICS}/t", TOPIC)[0], 201)

    def make(self, name: str = "sub", path: str = "hook", **more: Any) -> None:
        status, body = self.arm("PUT", f"{ON_TOPIC}/{name}", properties(path, **more))
        self.assertEqual(status, 201, body)
        self.assertEqual(body["properties"]["provisioningState"], "Creating")
        self.advance(0.1)

    def test_service(self) -> None:
        """
        The resource is found with its immutable id, and its keys.
        """
        self.version = "2023-04-01"
        status, body = self.arm("GET", SERVICE.lower())
        self.assertEqual((status, body["id"]), (200, SERVICE))
        self.assertEqual(body["properties"]["immutableResourceId"], RESOURCE)
        _, keys = self.arm("POST", f"{SERVICE}/listKeys")
        self.assertEqual(keys["primaryKey"], KEY)
        self.assertIn(f"accesskey={KEY}", keys["primaryConnectionString"])

    def test_topic(self) -> None:
        """
        There is one system topic at most; it is made, found, listed and deleted
        with its subscriptions.
        """
        self.assertEqual(self.arm("GET", TOPICS), (200, {"value": []}))
        self.assertEqual(
            self.refused("GET", f"{TOPICS}/t")[:2], (404, "ResourceNotFound")
        )
        self.make_topic()
        self.assertEqual(self.arm("PUT", f"{TOPICS}/T", TOPIC)[0], 200)
        status, code, text = self.refused("PUT", f"{TOPICS}/other", TOPIC)
        self.assertEqual((status, code), (400, "InvalidRequest"))
        self.assertIn("already: t", text)
        anywhere = (
            f"/subscriptions/{RESOURCE}/providers/Microsoft.EventGrid/systemTopics"
        )
        for path in (TOPICS, anywhere):
            [found] = self.arm("GET", path)[1]["value"]
            self.assertEqual(found["properties"]["source"], SERVICE)
        self.make()
        self.put("settings")
        self.assertEqual(self.arm("DELETE", f"{TOPICS}/t")[0], 200)
        names = [
            s["name"] for s in self.control("GET", "/subscriptions")[1]["subscriptions"]
        ]
        self.assertEqual(names, ["settings"])

    def test_bad_topic(self) -> None:
        """
        A topic of anything else is refused.
        """
        _, _, text = self.refused("PUT", f"{TOPICS}/t", {"properties": {}})
        for part in ("source", "topicType", "location"):
            self.assertIn(part, text)

    def test_subscription(self) -> None:
        """
        A subscription is made when its handshake is done, gets events, and shows its
        secrets only to those who ask for them.
        """
        self.make_topic()
        self.make()
        [handshake] = self.app.of("/hook", "SubscriptionValidation")
        self.assertEqual(handshake.headers["x-key"], "secret")
        status, body = self.arm("GET", f"{ON_TOPIC}/SUB")
        found = body["properties"]
        self.assertEqual((status, found["provisioningState"]), (200, "Succeeded"))
        self.assertNotIn("secret", json.dumps(found))
        about = found["destination"]["properties"]
        self.assertEqual(about["endpointBaseUrl"], f"{APP}/hook")
        self.assertEqual(found["labels"], ["mine"])
        self.assertEqual(found["retryPolicy"]["maxDeliveryAttempts"], 2)
        _, url = self.arm("POST", f"{ON_TOPIC}/sub/getFullUrl")
        self.assertEqual(url, {"endpointUrl": f"{APP}/hook?code=secret"})
        _, attributes = self.arm("POST", f"{ON_TOPIC}/sub/getDeliveryAttributes")
        [header] = attributes["value"]
        self.assertEqual(header["properties"], {"value": "secret", "isSecret": True})
        self.place()
        self.assertEqual(len(self.app.of("/hook")), 1)
        self.assertEqual(self.arm("DELETE", f"{ON_TOPIC}/sub")[0], 200)
        self.assertEqual(self.arm("DELETE", f"{ON_TOPIC}/sub")[0], 204)
        self.assertEqual(self.arm("GET", ON_TOPIC), (200, {"value": []}))

    def test_operation(self) -> None:
        """
        While the handshake is under way the operation says so, and so does the
        subscription; a second change has to wait.
        """
        self.make_topic()
        self.app.failing["/hook?code=secret"] = None
        path = f"{ON_TOPIC}/sub"
        headers = {"Authorization": "Bearer t"}
        answer = self.successResultOf(
            self.agent.request(
                b"PUT",
                f"http://emulator.example{path}?api-version={self.version}".encode(),
                Headers({name: [value] for name, value in headers.items()}),
                WholeBody(json.dumps(properties()).encode()),
            )
        )
        [operation] = answer.headers.getRawHeaders("Azure-AsyncOperation")
        operation = operation.split("8480")[1].partition("?")[0]
        self.assertEqual(self.arm("GET", operation)[1]["status"], "InProgress")
        state = self.arm("GET", path)[1]["properties"]["provisioningState"]
        self.assertEqual(state, "Creating")
        self.assertEqual(len(self.arm("GET", ON_TOPIC)[1]["value"]), 1)
        self.assertEqual(self.refused("PUT", path, properties())[:2], (409, "Conflict"))
        missing = f"{operation}x"
        self.assertEqual(self.refused("GET", missing)[:2], (404, "ResourceNotFound"))

    def test_failed_handshake(self) -> None:
        """
        A failed handshake fails the operation; a new subscription is not there
        then, and one that was changed is as it was.
        """
        self.make_topic()
        self.make("old")
        self.app.handshake = "wrong"
        self.make("new", "new")
        status, shown = self.arm("PATCH", f"{ON_TOPIC}/old", {"labels": ["changed"]})
        self.assertEqual(shown["properties"]["provisioningState"], "Updating")
        self.advance(6)
        self.assertEqual(self.refused("GET", f"{ON_TOPIC}/new")[0], 404)
        status, body = self.arm("GET", f"{ON_TOPIC}/old")
        self.assertEqual((status, body["properties"]["labels"]), (200, ["mine"]))

    def test_manual(self) -> None:
        """
        An endpoint that does not echo the code leaves the subscription waiting.
        """
        self.make_topic()
        self.app.handshake = "silent"
        self.make()
        _, body = self.arm("GET", f"{ON_TOPIC}/sub")
        state = body["properties"]["provisioningState"]
        self.assertEqual(state, "AwaitingManualAction")

    def test_patch(self) -> None:
        """
        A PATCH replaces the parts that it has, secrets and all else stay.
        """
        self.make_topic()
        self.make()
        body = {"filter": {"subjectBeginsWith": "/caller"}}
        self.assertEqual(self.arm("PATCH", f"{ON_TOPIC}/sub", body)[0], 201)
        self.advance(0.1)
        found = self.arm("GET", f"{ON_TOPIC}/sub")[1]["properties"]
        self.assertEqual(found["filter"]["subjectBeginsWith"], "/caller")
        self.assertEqual(found["filter"]["advancedFilters"], [])
        self.assertEqual(found["labels"], ["mine"])
        _, attributes = self.arm("POST", f"{ON_TOPIC}/sub/getDeliveryAttributes")
        self.assertEqual(attributes["value"][0]["properties"]["value"], "secret")
        status, _, text = self.refused("PATCH", f"{ON_TOPIC}/sub", properties())
        self.assertEqual(status, 400)
        self.assertIn("without properties", text)
        self.assertEqual(self.refused("PATCH", f"{ON_TOPIC}/x", {})[0], 404)

    def test_on_the_resource(self) -> None:
        """
        Subscriptions on the resource itself, such as those of the control API and
        the settings, are apart from those on the topic.
        """
        self.make_topic()
        self.make()
        self.put("by-control")
        status, _ = self.arm("PUT", f"{ON_SERVICE}/by-arm", properties("other"))
        self.assertEqual(status, 201)
        self.advance(0.1)
        names = {s["name"] for s in self.arm("GET", ON_SERVICE)[1]["value"]}
        self.assertEqual(names, {"by-control", "by-arm"})
        [only] = self.arm("GET", ON_TOPIC)[1]["value"]
        self.assertEqual(
            only["type"], "Microsoft.EventGrid/systemTopics/eventSubscriptions"
        )
        self.assertEqual(self.refused("GET", f"{ON_SERVICE}/sub")[0], 404)
        conflict = self.refused("PUT", f"{ON_SERVICE}/sub", properties())
        self.assertEqual(conflict[:2], (409, "Conflict"))
        # The control API makes it anew: then it is no longer the topic's.
        self.put("sub")
        self.assertEqual(self.arm("GET", ON_TOPIC)[1]["value"], [])

    def test_bad_body(self) -> None:
        """
        A body is refused with everything that is wrong with it.
        """
        self.make_topic()
        wrong = properties(
            labels="x", unknown=1, retryPolicy={"maxDeliveryAttempts": 99}
        )
        wrong["properties"]["destination"]["endpointType"] = "StorageQueue"
        wrong["properties"]["filter"]["other"] = 1
        status, code, text = self.refused("PUT", f"{ON_TOPIC}/s", wrong)
        self.assertEqual((status, code), (400, "InvalidRequest"))
        for part in ("unknown: not known", "only WebHook", "filter.other"):
            self.assertIn(part, text)
        for change, part in (
            ({"retryPolicy": {"maxDeliveryAttempts": 99}}, "max_delivery_attempts"),
            ({"labels": "x"}, "labels"),
            ({"filter": 7}, "filter: must be an object"),
            ({"destination": None}, "only WebHook"),
        ):
            _, _, text = self.refused("PUT", f"{ON_TOPIC}/sub", properties(**change))
            self.assertIn(part, text)
        bodies: tuple[Any, ...] = (None, [], {"properties": None})
        for body in bodies:
            self.assertEqual(self.refused("PUT", f"{ON_TOPIC}/sub", body)[0], 400)
        dynamic = properties()
        about = dynamic["properties"]["destination"]["properties"]
        about["deliveryAttributeMappings"][0]["type"] = "Dynamic"
        about["batch"] = 1
        _, _, text = self.refused("PUT", f"{ON_TOPIC}/sub", dynamic)
        self.assertIn("only type Static", text)
        self.assertIn("batch: not known", text)

    def test_dead_letters(self) -> None:
        """
        A dead-letter destination is kept and shown.
        """
        self.make_topic()
        wanted = {"endpointType": "StorageBlob", "properties": {"resourceId": "/a"}}
        self.make(deadLetterDestination=wanted)
        found = self.arm("GET", f"{ON_TOPIC}/sub")[1]["properties"]
        self.assertEqual(found["deadLetterDestination"], wanted)

    def test_tokens(self) -> None:
        """
        Without a token there is nothing; a reader may read, and nobody nothing.
        """
        self.assertEqual(
            self.refused("GET", TOPICS, token=None)[:2], (401, "AuthenticationFailed")
        )
        self.assertEqual(self.arm("GET", TOPICS, token="reader")[0], 200)
        for method, path, token, action in (
            ("PUT", f"{TOPICS}/t", "reader", "Microsoft.EventGrid/systemTopics/write"),
            (
                "POST",
                f"{ON_SERVICE}/x/getDeliveryAttributes",
                "reader",
                "Microsoft.EventGrid/eventSubscriptions/getDeliveryAttributes/action",
            ),
            (
                "DELETE",
                f"{ON_TOPIC}/x",
                "reader",
                "Microsoft.EventGrid/eventSubscriptions/delete",
            ),
            ("GET", TOPICS, "nobody", "Microsoft.EventGrid/systemTopics/read"),
        ):
            status, code, text = self.refused(method, path, token=token)
            self.assertEqual((status, code), (403, "AuthorizationFailed"))
            self.assertIn(f"'{action}'", text)

    def test_wrong_places(self) -> None:
        """
        Errors are Resource Manager's.
        """
        other = TOPICS.replace(RESOURCE, "00000000-1111-2222-3333-444444444444")
        for method, path, status, code in (
            ("GET", other, 404, "SubscriptionNotFound"),
            ("GET", TOPICS.replace("/emulator/", "/g/"), 404, "ResourceGroupNotFound"),
            (
                "GET",
                f"{GROUP}/providers/Microsoft.Web/sites",
                404,
                "InvalidResourceType",
            ),
            ("DELETE", TOPICS, 405, "MethodNotAllowed"),
            ("GET", ON_TOPIC, 404, "ResourceNotFound"),
        ):
            self.assertEqual(self.refused(method, path)[:2], (status, code))
        self.version = "2023-04-01"
        self.assertEqual(
            self.refused("GET", f"{SERVICE}2")[:2], (404, "ResourceNotFound")
        )
        self.assertEqual(
            self.refused("GET", TOPICS)[:2], (400, "NoRegisteredProviderFound")
        )
        status, body = self.http("GET", TOPICS, b"", {"Authorization": "Bearer t"})
        self.assertEqual(status, 400)
        self.assertEqual(body["error"]["code"], "MissingApiVersionParameter")

    def test_stopped(self) -> None:
        """
        What is under way when the emulator stops is given up.
        """
        self.make_topic()
        self.app.failing["/hook?code=secret"] = None
        self.make()
        self.emulator.service.stopService()
        self.assertNoTimers()
