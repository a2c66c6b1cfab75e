"""
Tests for L{acsgw.acs.events}.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.acs.events import (
    INCOMING_CALL,
    VALIDATION,
    BadEvents,
    Event,
    callback,
    incoming_call,
    parse_events,
    validation_code,
)
from acsgw.interfaces import IncomingCall

from .examples import (
    CALL_CONNECTED,
    CALL_DISCONNECTED,
    CLOUD_EVENT,
    HANDSHAKE,
    TO_NUMBER,
    TO_USER,
    USER,
)


def parsed(value: Any) -> list[Event]:
    return parse_events(json.dumps(value).encode())


def ringing(**data: Any) -> IncomingCall:
    """
    A call of these data.
    """
    return incoming_call(Event("e1", INCOMING_CALL, data), "main")


class EnvelopeTests(SynchronousTestCase):
    """
    Both schemas of events.
    """

    def refused(self, body: bytes) -> str:
        with self.assertRaises(BadEvents) as caught:
            parse_events(body)
        return str(caught.exception)

    def test_event_grid_schema(self) -> None:
        """
        Events of the Event Grid schema come as an array.
        """
        [event] = parse_events(TO_NUMBER)
        self.assertEqual(event.event_id, "d5546be8-227a-4db8-b2c3-4f06fd4675dd")
        self.assertEqual(event.kind, INCOMING_CALL)

    def test_cloud_events_schema(self) -> None:
        """
        A CloudEvent comes alone, or in an array when batched.
        """
        [event] = parse_events(CLOUD_EVENT)
        self.assertEqual(event.kind, INCOMING_CALL)
        self.assertEqual(parse_events(b"[" + CLOUD_EVENT + b"]"), [event])

    def test_several(self) -> None:
        """
        All events of an array are read, in order; an empty one holds none.
        """
        body = [{"id": str(n), "type": "x", "data": {}} for n in range(3)]
        self.assertEqual([event.event_id for event in parsed(body)], ["0", "1", "2"])
        self.assertEqual(parse_events(b"[]"), [])

    def test_bad_bodies(self) -> None:
        """
        What is not a list of whole events is refused, with what is wrong and with
        which.
        """
        good = {"id": "1", "eventType": "x", "data": {}}
        for body, reason in (
            (b"", "the body is not JSON"),
            (b"{", "the body is not JSON"),
            (b"\xff\xfe\xfd", "the body is not JSON"),
            (b"[" * 100_000, "the body is not JSON"),
            (b"7", "event 0 is not an object"),
            (b"null", "event 0 is not an object"),
            (json.dumps([good, []]).encode(), "event 1 is not an object"),
            (b"{}", "event 0 has no eventType or type"),
            (b'{"eventType":7,"id":"1","data":{}}', "event 0 has no eventType or type"),
            (b'{"type":"","id":"1","data":{}}', "event 0 has no eventType or type"),
            (b'{"type":"x","data":{}}', "event 0 has no id"),
            (b'{"type":"x","id":7,"data":{}}', "event 0 has no id"),
            (b'{"type":"x","id":"1"}', "event 0 has no data"),
            (b'{"type":"x","id":"1","data":[]}', "event 0 has no data"),
        ):
            self.assertEqual(self.refused(body), reason)

    def test_handshake(self) -> None:
        """
        The validation event holds the code to give back; without one it is
        refused.
        """
        [event] = parse_events(HANDSHAKE)
        self.assertEqual(event.kind, VALIDATION)
        self.assertEqual(validation_code(event), "512d38b6-c7b8-40c8-89fe-f46f9e9622b6")
        for data in ({}, {"validationCode": ""}, {"validationCode": 7}):
            with self.assertRaises(BadEvents):
                validation_code(Event("e1", VALIDATION, data))

    def test_data_are_not_shown(self) -> None:
        """
        What a log would show of an event holds no data of the caller.
        """
        [event] = parse_events(TO_USER)
        self.assertNotIn("+1425", repr(event))
        shown = repr(incoming_call(event, "main"))
        self.assertNotIn("eyJ", shown)
        self.assertNotIn("12345", shown)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            *("id", "type", "eventType", "data", "incomingCallContext"),
                            *("from", "to", "rawId", "customContext", "voipHeaders"),
                            *("callConnectionId", "resultInformation", "code"),
                        ]
                    ),
                    inner,
                    max_size=6,
                )
            ),
            max_leaves=20,
        )
    )
    @settings(derandomize=True, deadline=None, max_examples=300, database=None)
    def test_anything(self, value: Any) -> None:
        """
        Whatever comes is events, calls and callbacks, or refused; never an error of
        ours.
        """
        try:
            for event in parsed(value):
                callback(event)
                incoming_call(event, "main")
        except BadEvents as e:
            self.assertTrue(str(e))
        if isinstance(value, dict):
            try:
                ringing(**value)
            except BadEvents as e:
                self.assertTrue(str(e))


class IncomingCallTests(SynchronousTestCase):
    """
    Calls that ring.
    """

    def test_to_a_number(self) -> None:
        """
        A caller of the telephone network for a number of the resource.
        """
        [event] = parse_events(TO_NUMBER)
        self.assertEqual(
            incoming_call(event, "main"),
            IncomingCall(
                event_id="d5546be8-227a-4db8-b2c3-4f06fd4675dd",
                account="main",
                context="eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJjYyI6Ikg0c0lBLi4uIn0.",
                caller="4:+14255550123",
                callee="4:+18005550100",
                correlation_id="f8a0c1de-1d2f-4a5b-8c6d-7e8f90a1b2c3",
                variables={},
            ),
        )

    def test_to_a_user(self) -> None:
        """
        A transferred call brings the variables of the one who transferred it.
        """
        [event] = parse_events(TO_USER)
        call = incoming_call(event, "main")
        self.assertEqual(call.callee, USER)
        self.assertEqual(
            call.variables, {"accountNumber": "12345", "returnTo": "8:acs:ivr"}
        )

    def test_identities(self) -> None:
        """
        Without raw id it is made of what there is; a caller who is withheld is
        empty.
        """
        for identity, raw_id in (
            ({"rawId": "4:+1"}, "4:+1"),
            ({"phoneNumber": {"value": "+1"}}, "4:+1"),
            ({"rawId": "", "communicationUser": {"id": "8:acs:u"}}, "8:acs:u"),
            ({"kind": "unknown"}, ""),
            ({"phoneNumber": "+1"}, ""),
            ("4:+1", ""),
            (None, ""),
        ):
            call = ringing(incomingCallContext="x", **{"from": identity})
            self.assertEqual(call.caller, raw_id)

    def test_variables_are_texts(self) -> None:
        """
        Headers that are no texts become texts; those that are null are left out.
        """
        headers = {"a": "1", "b": 2, "c": True, "d": None, "e": ["x"]}
        call = ringing(
            incomingCallContext="x",
            customContext={"sipHeaders": {"s": "t"}, "voipHeaders": headers},
        )
        self.assertEqual(
            call.variables, {"a": "1", "b": "2", "c": "true", "e": '["x"]'}
        )

    def test_odd_contexts(self) -> None:
        """
        A custom context of another shape holds no variables.
        """
        contexts: tuple[Any, ...] = (None, [], "x", {}, {"voipHeaders": []})
        for context in contexts:
            call = ringing(incomingCallContext="x", customContext=context)
            self.assertEqual(call.variables, {})

    def test_no_context(self) -> None:
        """
        A call that cannot be answered is refused.
        """
        for context in (None, "", 7):
            self.assertRaises(BadEvents, ringing, incomingCallContext=context)


class CallbackTests(SynchronousTestCase):
    """
    Events of calls in progress.
    """

    def test_connected(self) -> None:
        """
        An event tells which call, which request and how it went.
        """
        [event] = parse_events(CALL_CONNECTED)
        told = callback(event)
        self.assertEqual(told.kind, "CallConnected")
        self.assertEqual(told.connection_id, "401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f")
        self.assertEqual(told.operation_context, "answer-7f3c")
        self.assertEqual((told.code, told.sub_code, told.message), (200, 0, ""))
        self.assertEqual(told.reason, "CallConnected 200/0")

    def test_disconnected(self) -> None:
        """
        The reason holds the codes first, and a message that is cut.
        """
        [event] = parse_events(CALL_DISCONNECTED)
        self.assertTrue(
            callback(event).reason.startswith(
                "CallDisconnected 200/7000 Call was ended"
            )
        )
        data = {
            "callConnectionId": "cc",
            "resultInformation": {"message": "x" * 1000},
        }
        self.assertLess(len(callback(Event("e", "K", data)).reason), 150)

    def test_odd_results(self) -> None:
        """
        A result that is missing or odd counts as none.
        """
        odd = {"code": "200", "subCode": None, "message": None}
        results: tuple[Any, ...] = (None, [], odd)
        for result in results:
            data = {"callConnectionId": "cc", "resultInformation": result}
            told = callback(Event("e", "Microsoft.Communication.CallConnected", data))
            self.assertEqual((told.code, told.sub_code, told.message), (0, 0, ""))

    def test_no_call(self) -> None:
        """
        An event that names no call is refused.
        """
        for connection_id in (None, "", 7):
            with self.assertRaises(BadEvents):
                callback(Event("e", "K", {"callConnectionId": connection_id}))
