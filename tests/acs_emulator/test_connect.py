"""
Tests for connecting to calls: by their server call id, and by that of a group.
"""

from __future__ import annotations

from typing import Any

from azure.communication.callautomation._generated import models

from .sdk_operations import OperationTestCase
from .strict_sdk import assert_model
from .support import APP
from .test_created_calls import MEDIA

#: Of a call.
GROUP = "0a1b2c3d-aaaa-4bbb-8ccc-0123456789ab"


class ConnectTests(OperationTestCase):
    """
    Tests for C{connect_call}.
    """

    def test_connect(self) -> None:
        """
        Another application connects to a call by its server call id, and is a
        participant from then on; when it hangs up, the others go on.
        """
        leg = self.connected()
        _, here = self.rest("GET", f"/callConnections/{leg}")
        status, body = self.ask(
            "connect_call",
            f"{APP}/cb/2",
            server_call_id=here["serverCallId"],
            operation_context="c",
            media_streaming=MEDIA,
        )
        self.assertEqual(status, 200)
        assert_model(self, models.CallConnectionProperties, body)
        other = body["callConnectionId"]
        self.assertNotEqual(other, leg)
        self.advance(0.5)
        self.assertEqual(
            self.told(other),
            ["CallConnected", "ParticipantsUpdated", "MediaStreamingStarted"],
        )
        self.assertEqual(len(self.people(leg)), 3)
        self.ask_leg(other, "hang_up", False)
        self.assertEqual(
            self.told(other)[3:], ["CallDisconnected", "MediaStreamingStopped"]
        )
        self.assertEqual(len(self.people(leg)), 2)

    def test_caller_leaves(self) -> None:
        """
        If the call ends before the connection is up, it has failed.
        """
        leg = self.connected()
        _, here = self.rest("GET", f"/callConnections/{leg}")
        self.ask("connect_call", f"{APP}/cb", server_call_id=here["serverCallId"])
        self.ask_leg(leg, "hang_up", True)
        self.assertEqual(self.codes("ConnectFailed"), (200, 5001))

    def test_refused(self) -> None:
        """
        An unknown call is 404, and so is every room; the id of a group must be a
        GUID, and belong to the kind.
        """
        for locator, status in (
            ({"server_call_id": "x"}, 404),
            ({"group_call_id": "x"}, 400),
            ({"room_id": "x"}, 404),
        ):
            answer = self.ask("connect_call", f"{APP}/cb", **locator)
            self.assertEqual(answer[0], status, locator)
        for given in (
            {"kind": "groupCallLocator", "roomId": "x"},
            {"kind": "groupCallLocator", "groupCallId": GROUP, "serverCallId": "x"},
            {"kind": "elsewhere", "serverCallId": "x"},
        ):
            body = {"callLocator": given, "callbackUri": f"{APP}/cb"}
            status, _ = self.rest("POST", "/callConnections:connect", body)
            self.assertEqual(status, 400, given)


class GroupCallTests(OperationTestCase):
    """
    Tests for calls that are known by the id of a group.
    """

    def join(self, group_id: str = GROUP) -> tuple[str, dict[str, Any]]:
        status, body = self.ask("connect_call", f"{APP}/cb", group_call_id=group_id)
        self.assertEqual(status, 200, body)
        assert_model(self, models.CallConnectionProperties, body)
        return str(body["callConnectionId"]), body

    def test_opened(self) -> None:
        """
        Who comes first opens the group, even before that is told; others come
        into the same call, in whatever case they write its id.
        """
        first, about = self.join()
        second, same = self.join(GROUP.upper())
        self.advance(0.5)
        self.assertEqual(about["targets"], [])
        self.assertEqual(same["serverCallId"], about["serverCallId"])
        self.assertIn("CallConnected", self.told(first))
        self.assertIn("CallConnected", self.told(second))
        self.assertEqual(len(self.people(first)), 2)
        other, apart = self.join(GROUP.replace("a", "b"))
        self.assertNotEqual(apart["serverCallId"], about["serverCallId"])
        self.ask_leg(other, "hang_up", True)

    def test_again(self) -> None:
        """
        A group that has ended is opened anew.
        """
        first, about = self.join()
        self.advance(0.5)
        self.ask_leg(first, "hang_up", True)
        self.assertIn("CallDisconnected", self.told(first))
        _, anew = self.join()
        self.assertNotEqual(anew["serverCallId"], about["serverCallId"])

    def test_never_up(self) -> None:
        """
        If the group ends before a connection to it is up, that has failed.
        """
        first, _ = self.join()
        self.advance(0.5)
        second, _ = self.join()
        self.ask_leg(first, "hang_up", True)
        self.assertEqual(self.told(second), ["ConnectFailed"])

    def test_recorded(self) -> None:
        """
        A recording can name the group; one that nobody has opened is 404.
        """
        self.join()
        self.advance(0.5)
        for group_id, wanted in ((GROUP, 200), (GROUP.replace("a", "b"), 404)):
            locator = {"kind": "groupCallLocator", "groupCallId": group_id}
            status, _ = self.rest(
                "POST",
                "/recordings",
                {
                    "callLocator": locator,
                    "recordingContentType": "audio",
                    "recordingFormatType": "wav",
                },
            )
            self.assertEqual(status, wanted, group_id)
        room = {"callLocator": {"kind": "roomCallLocator", "roomId": "r"}}
        self.assertEqual(self.rest("POST", "/recordings", room)[0], 404)
        two = {"callLocator": locator, "callConnectionId": "c"}
        self.assertEqual(self.rest("POST", "/recordings", two)[0], 400)
