"""
Tests for what participants hear on hold.
"""

from __future__ import annotations

from typing import Any

from azure.communication.callautomation._generated import models

from .media_support import file_source
from .strict_sdk import assert_model
from .support import APP
from .test_group_media import FRIEND, FRIEND_TARGET, HELLO, OTHER, GroupMediaTestCase


class HoldMusicTests(GroupMediaTestCase):
    """
    C{playSourceInfo} of a hold.
    """

    def hold(self, source: dict[str, Any] | None, wanted: int = 200) -> None:
        body = {"targetParticipant": FRIEND_TARGET, "operationContext": "h"}
        if source is not None:
            body["playSourceInfo"] = source
        assert_model(self, models.HoldRequest, body)
        self.operate("hold", body, wanted)

    def test_loop(self) -> None:
        """
        Who is on hold hears it again and again; the others do not.
        """
        self.hold(file_source("/hello.wav"))
        self.advance(1.3)
        caller, friend = self.heard_pcm()
        self.assertNotIn(HELLO, caller)
        self.assertIn(HELLO + HELLO, friend)

    def test_beside_play(self) -> None:
        """
        Music is no media operation: others play meanwhile, and cancel leaves it.
        """
        self.hold(file_source("/hello.wav"))
        self.play("/other.wav")
        self.advance(0.5)
        self.assertIn("PlayCompleted", self.told())
        self.rest("POST", f"/callConnections/{self.leg}:cancelAllMediaOperations")
        self.advance(1.2)
        caller, friend = self.heard_pcm()
        self.assertIn(OTHER, caller)
        self.assertNotIn(OTHER, friend)
        self.assertIn(HELLO + HELLO, friend)

    def test_unhold(self) -> None:
        """
        It stops when the participant is taken back, also for one who is held
        again at once, without music.
        """
        self.hold(file_source("/hello.wav"))
        self.operate("unhold", {"targetParticipant": FRIEND_TARGET}, 200)
        self.hold(None)
        self.advance(1.0)
        self.assertNotIn(HELLO[:640], self.heard_pcm()[1])

    def test_other(self) -> None:
        """
        A second hold brings other music.
        """
        self.hold(file_source("/hello.wav"))
        self.hold(file_source("/other.wav"))
        self.advance(1.0)
        friend = self.heard_pcm()[1]
        self.assertIn(OTHER + OTHER, friend)
        self.assertNotIn(HELLO[:640], friend)

    def test_left(self) -> None:
        """
        Who leaves while the music is fetched leaves nothing behind.
        """
        self.app.silent.add("/hello.wav")
        self.hold(file_source("/hello.wav"))
        self.control("DELETE", f"/calls/{self.call_id}")
        self.rest("POST", f"/callConnections/{self.leg}:terminate")
        self.advance(0.2)
        self.assertNoTimers()

    def test_failed(self) -> None:
        """
        Music that cannot be had is told as HoldFailed with the codes of a prompt;
        the participant stays on hold.
        """
        self.hold(file_source("/nothing.wav"))
        self.advance(0.1)
        self.assertEqual(sorted(self.told()), ["HoldFailed", "ParticipantsUpdated"])
        failed = self.last("HoldFailed")
        self.assertEqual(failed["operationContext"], "h")
        self.assertEqual(failed["resultInformation"]["subCode"], 8535)
        people = f"/callConnections/{self.leg}/participants/4:{FRIEND}"
        self.assertTrue(self.rest("GET", people)[1]["isOnHold"])

    def test_refused(self) -> None:
        """
        A source that is none, and a voice that was not asked for, are 400, and
        nobody is held.
        """
        body = {"targetParticipant": FRIEND_TARGET, "playSourceInfo": {"kind": "file"}}
        self.operate("hold", body, 400)
        self.operate("hold", {**body, "playSourceInfo": {"kind": "tune"}}, 400)
        bad = {"kind": "file", "file": {"uri": f"{APP}/x", "volume": 1}}
        self.operate("hold", {**body, "playSourceInfo": bad}, 400)
        self.hold({"kind": "text", "text": {"text": "hello"}}, 400)
        self.advance(0.1)
        self.assertEqual(self.told(), [])
