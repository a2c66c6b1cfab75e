"""
Tests for the REST front and the checks behind it, with the Azure SDK as the
other side.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from azure.communication.callautomation import (
    CallAutomationClient,
    CommunicationUserIdentifier,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
)
from azure.communication.callautomation._generated import models
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline.transport import HttpTransport
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.errors import Refusal
from acs_emulator.model.custom_context import context_problems
from acs_emulator.model.hmac_auth import SignedRequest, check_signature
from acs_emulator.model.operations import (
    Strictness,
    check_version,
    find_operation,
)

from .strict_sdk import assert_model
from .support import KEY, USER, EmulatorTestCase


class Stopped(Exception):
    """
    The SDK's request was taken away instead of being sent.
    """


class Capture(HttpTransport):  # type: ignore[type-arg]
    """
    Keeps the request that the SDK would send.
    """

    request: Any = None

    def send(self, request: Any, **kwargs: Any) -> Any:
        self.request = request
        raise Stopped

    def open(self) -> None: ...
    def close(self) -> None: ...
    def __exit__(self, *args: object) -> None: ...


class SDK:
    """
    The requests of the official client, for a resource at an odd port.
    """

    def __init__(self) -> None:
        self.transport = Capture()
        self.client = CallAutomationClient(
            "http://127.0.0.1:8480",
            AzureKeyCredential(KEY),
            transport=self.transport,
        )

    def capture(self, method: str, *args: Any, **kwargs: Any) -> SignedRequest:
        with contextlib.suppress(Stopped):
            getattr(self.client, method)(*args, **kwargs)
        return self._signed()

    def capture_connection(self, method: str, *args: Any, **kw: Any) -> SignedRequest:
        connection = self.client.get_call_connection("a+b/c")
        with contextlib.suppress(Stopped):
            getattr(connection, method)(*args, **kw)
        return self._signed()

    def _signed(self) -> SignedRequest:
        request = self.transport.request
        headers = {k.lower(): v for k, v in request.headers.items()}
        headers["host"] = "127.0.0.1:8480"
        target = request.url.removeprefix("http://127.0.0.1:8480")
        body = (request.body or "").encode("utf-8")
        return SignedRequest(
            method=request.method, target=target, headers=headers, body=body
        )


def answer_with_sdk(sdk: SDK) -> SignedRequest:
    return sdk.capture(
        "answer_call",
        "context",
        "http://127.0.0.1:1/cb?token=t",
        operation_context="o",
        media_streaming=MediaStreamingOptions(
            transport_url="ws://127.0.0.1:1/media",
            transport_type="websocket",
            content_type="audio",
            audio_channel_type="mixed",
            start_media_streaming=True,
            enable_bidirectional=True,
            enable_dtmf_tones=True,
            audio_format="Pcm16KMono",
        ),
    )


class SignatureTests(SynchronousTestCase):
    """
    Tests for L{check_signature}.
    """

    def setUp(self) -> None:
        from email.utils import parsedate_to_datetime

        self.request = answer_with_sdk(SDK())
        when = self.request.headers["x-ms-date"]
        self.now = parsedate_to_datetime(when).timestamp()

    def changed(self, **changes: Any) -> SignedRequest:
        fields = {
            "method": self.request.method,
            "target": self.request.target,
            "headers": self.request.headers,
            "body": self.request.body,
            **changes,
        }
        return SignedRequest(**fields)

    def header(self, name: str, value: str | None) -> SignedRequest:
        headers = {k: v for k, v in self.request.headers.items() if k != name}
        if value is not None:
            headers[name] = value
        return self.changed(headers=headers)

    def assertDenied(self, request: SignedRequest, key: str = KEY) -> None:
        error = self.assertRaises(Refusal, check_signature, key, request, self.now)
        self.assertEqual((error.status, error.code), (401, "Denied"))

    def test_sdk(self) -> None:
        """
        What the SDK's own policy signs is accepted, to the edge of the
        allowed clock skew.
        """
        for skew in (-899, 0, 899):
            check_signature(KEY, self.request, self.now + skew)

    def test_get_and_delete(self) -> None:
        """
        So are requests without a body, and with a path that needs escaping.
        """
        sdk = SDK()
        for method in ("get_call_properties", "hang_up"):
            args = [False] if method == "hang_up" else []
            request = sdk.capture_connection(method, *args)
            self.assertIn("a%2Bb", request.target)
            check_signature(KEY, request, self.now)

    def test_changed(self) -> None:
        """
        Any change of what is signed is denied.
        """
        target = self.request.target
        for request in (
            self.changed(method="PUT"),
            self.changed(target=target + "&x=1"),
            self.changed(body=self.request.body + b" "),
            self.header("host", "127.0.0.1"),
            self.header("x-ms-date", "Sun, 22 Nov 1998 09:10:41 GMT"),
            self.header("x-ms-date", "today"),
            self.header("x-ms-date", None),
            self.header("x-ms-content-sha256", "x"),
            self.header("authorization", None),
            self.header("authorization", "Bearer x"),
        ):
            self.assertDenied(request)

    def test_other_key(self) -> None:
        """
        Only the resource's key opens the door.
        """
        self.assertDenied(self.request, "b3RoZXI=")

    def test_old(self) -> None:
        """
        A request that is more than 15 minutes old, or that much ahead, is
        denied.
        """
        for skew in (-901, 901):
            self.now += skew
            self.assertDenied(self.request)
            self.now -= skew


class OperationTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.operations}.
    """

    def check(self, name: str, body: Any, **options: bool) -> None:
        options = {"insecure": True, **options}
        Strictness(**options).check_body(name, body)

    def assertBad(self, name: str, body: Any, words: str, **options: bool) -> None:
        error = self.assertRaises(Refusal, self.check, name, body, **options)
        self.assertEqual(error.status, 400)
        self.assertIn(words, error.message)

    def answer(self, **changes: Any) -> dict[str, Any]:
        body = json.loads(answer_with_sdk(SDK()).body)
        body["mediaStreamingOptions"].update(changes.pop("media", {}))
        return {**body, **changes}

    def test_sdk_answer(self) -> None:
        """
        The SDK's answer is recognized, and its body is good.
        """
        request = answer_with_sdk(SDK())
        path = request.target.partition("?")[0].removeprefix("/calling")
        self.assertEqual(find_operation("POST", path).name, "answer")
        self.check("answer", json.loads(request.body))

    def test_sdk_transfer(self) -> None:
        """
        So are its transfers, to a user with headers and to a phone.
        """
        sdk = SDK()
        for request in (
            sdk.capture_connection(
                "transfer_call_to_participant",
                CommunicationUserIdentifier(USER),
                voip_headers={"a": "b"},
                sip_headers={"X-MS-Custom-a": "b"},
                operation_context="o",
                operation_callback_url="http://127.0.0.1:1/t",
            ),
            sdk.capture_connection(
                "transfer_call_to_participant",
                PhoneNumberIdentifier("+14255550123"),
                source_caller_id_number=PhoneNumberIdentifier("+18005550100"),
                transferee=PhoneNumberIdentifier("+14255550123"),
            ),
        ):
            path = request.target.partition("?")[0].removeprefix("/calling")
            operation = find_operation("POST", path)
            self.assertEqual(operation.name, "transfer")
            self.assertEqual(operation.connection_id, "a+b/c")
            self.check("transfer", json.loads(request.body))

    def test_terminate(self) -> None:
        """
        C{hang_up} is DELETE for oneself, and C{:terminate} without a body for
        everybody.
        """
        sdk = SDK()
        for everybody, name in ((False, "hang_up"), (True, "terminate")):
            request = sdk.capture_connection("hang_up", everybody)
            path = request.target.partition("?")[0].removeprefix("/calling")
            self.assertEqual(find_operation(request.method, path).name, name)
            self.assertEqual(request.body, b"")
        self.check("terminate", None)
        self.assertBad("terminate", {}, "no body")

    def test_bad_answers(self) -> None:
        """
        What is missing, unknown, of the wrong type or out of range is refused
        by name.
        """
        for changes, words in (
            ({"incomingCallContext": None}, "incomingCallContext is required"),
            ({"callbackUri": "/relative"}, "callbackUri must be an absolute URL"),
            ({"callbackUri": "http://a/ b"}, "callbackUri must be an absolute URL"),
            ({"callbackUri": "http://[::1"}, "callbackUri must be an absolute URL"),
            ({"callbackURI": "x"}, "callbackURI is not a known field"),
            ({"operationContext": 1}, "operationContext must be a string"),
            ({"answeredBy": {}}, "answeredBy.id is required"),
            ({"transcriptionOptions": {}}, "transcriptionOptions.locale is required"),
            ({"media": {"audioFormat": "pcm8KMono"}}, "one of pcm16KMono, pcm24KMono"),
            ({"media": {"startMediaStreaming": "yes"}}, "must be true or false"),
            ({"media": {"transportUrl": "http://x"}}, "transportUrl must be"),
            ({"media": {"audioChannelType": None}}, "audioChannelType is required"),
        ):
            self.assertBad("answer", self.answer(**changes), words)
        self.assertBad("answer", None, "must be an object")

    def test_all_at_once(self) -> None:
        """
        Everything that is wrong is said in one answer.
        """
        error = self.assertRaises(Refusal, self.check, "answer", {"x": 1})
        for words in ("incomingCallContext", "callbackUri", "x is not"):
            self.assertIn(words, error.message)

    def test_lenient(self) -> None:
        """
        Unknown fields pass where strictness was switched off.
        """
        self.check("answer", self.answer(callbackURI="x"), strict=False)

    def test_tls_wanted(self) -> None:
        """
        Without C{insecure} only addresses with TLS are good.
        """
        self.assertBad("answer", self.answer(), "with https", insecure=False)
        good = self.answer(
            callbackUri="https://a/", media={"transportUrl": "wss://a/b"}
        )
        self.check("answer", good, insecure=False)

    def test_unknown(self) -> None:
        """
        What nobody knows is 404, and a wrong method 405.
        """
        for method, path, status in (
            ("PUT", "/callConnections", 405),
            ("PUT", "/recordings/x", 405),
            ("POST", "/callConnections/x:dance", 404),
            ("PUT", "/callConnections/x", 405),
        ):
            error = self.assertRaises(Refusal, find_operation, method, path)
            self.assertEqual(error.status, status, path)

    def test_versions(self) -> None:
        """
        Without an api-version 400, with one that was withdrawn 404.
        """
        check_version("2026-03-12")
        error = self.assertRaises(Refusal, check_version, None)
        self.assertEqual(error.status, 400)
        error = self.assertRaises(Refusal, check_version, "2023-01-15-preview")
        self.assertEqual(error.status, 404)


class CustomContextTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.custom_context}.
    """

    def test_limits(self) -> None:
        """
        At the limits all is well; beyond each of them it is not.
        """
        sip = "X-MS-Custom-"
        good: Mapping[str, Any] = {
            "voipHeaders": {
                **{f"k{i}": "v" * 1024 for i in range(999)},
                "k" * 64: "\u00fc",
            },
            "sipHeaders": {
                "User-To-User": "abc=1;encoding",
                **{f"{sip}{i}": "v" * 256 for i in range(4)},
                sip + "k" * 52: "",
            },
        }
        self.assertEqual(context_problems(good), [])
        for kind, headers in (
            ("voipHeaders", {f"k{i}": "" for i in range(1001)}),
            ("voipHeaders", {"k": "v" * 1025}),
            ("voipHeaders", {"k" * 65: "v"}),
            ("voipHeaders", {"": "v"}),
            ("sipHeaders", {f"{sip}{i}": "v" for i in range(6)}),
            ("sipHeaders", {"Other": "v"}),
            ("sipHeaders", {sip + "k" * 53: "v"}),
            ("sipHeaders", {sip + "k": "v" * 257}),
            ("sipHeaders", {sip + "k": "a b"}),
        ):
            self.assertEqual(len(context_problems({kind: headers})), 1, headers)


class RestFrontTests(EmulatorTestCase):
    """
    Tests for L{acs_emulator.fronts.rest}.
    """

    def test_wrong_key(self) -> None:
        """
        A request signed with another key gets 401 and no reason.
        """
        status, body = self.rest("GET", "/callConnections/x", key="b3RoZXI=")
        self.assertEqual(status, 401)
        self.assertEqual(body["error"]["code"], "Denied")

    def test_not_json(self) -> None:
        """
        A body that is not what was expected is 400, and the error is one that
        the SDK can read.
        """
        status, body = self.rest("POST", "/callConnections:answer", ["no"])
        self.assertEqual(status, 400)
        assert_model(self, models.CommunicationErrorResponse, body)

    def test_unknown_call(self) -> None:
        """
        A call that there is not: 404 with code 8522.
        """
        status, body = self.rest("DELETE", "/callConnections/x")
        self.assertEqual((status, body["error"]["code"]), (404, "8522"))

    def test_garbage_context(self) -> None:
        """
        A context that was not given out here: 400.
        """
        body = self.answer_body("garbage")
        self.assertEqual(self.rest("POST", "/callConnections:answer", body)[0], 400)

    def test_foreign_answerer(self) -> None:
        """
        Somebody else's user cannot answer, and the call rings on.
        """
        self.subscribe()
        self.place()
        body = self.answer_body(self.app.incoming[0]["incomingCallContext"])
        foreign = {**body, "answeredBy": {"id": "8:acs:x_y"}}
        path = "/callConnections:answer"
        self.assertEqual(self.rest("POST", path, foreign)[0], 400)
        self.assertEqual(self.rest("POST", path, body)[0], 200)

    def test_properties_model(self) -> None:
        """
        The properties of a call have the fields that the SDK knows, and none
        else.
        """
        self.subscribe()
        self.place()
        body = self.answer(self.app.incoming[0]["incomingCallContext"])
        model = assert_model(self, models.CallConnectionProperties, body)
        self.assertEqual(model.source.phone_number.value, "+14255550123")
        self.assertEqual(model.targets[0].raw_id, "4:+18005550100")
        self.assertEqual(model.answered_for.value, "+18005550100")
