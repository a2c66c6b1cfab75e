"""
Tests for the journal: what is kept of the wire, and what must not be.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from acs_emulator.journal import MOST_CALLS, MOST_ENTRIES, Journal
from acs_emulator.model.call_index import CallIndex, Party
from acs_emulator.model.elision import (
    show_headers,
    show_json,
    show_media,
    show_text,
    show_url,
)

from .support import CALLER, LINE, EmulatorTestCase


class ElisionTests(SynchronousTestCase):
    """
    Tests for L{acs_emulator.model.elision}.
    """

    def test_headers(self) -> None:
        """
        Only headers known to be harmless are shown.
        """
        shown = show_headers(
            {"Authorization": "Bearer x", "asapp-api-secret": "abc", "aeg-a": "1"}
        )
        self.assertEqual(
            shown,
            {
                "authorization": "(elided, 8 characters)",
                "asapp-api-secret": "(elided, 3 characters)",
                "aeg-a": "1",
            },
        )

    def test_bodies(self) -> None:
        """
        Contexts, codes and texts that look like tokens are cut out, however
        deep; the rest stays.
        """
        shown = show_json(
            {
                "a": [{"incomingCallContext": "abc", "b": 1}],
                "t": "aaaaaaaaa.bbbbbbbbb.cccc",
                "type": "Microsoft.Communication.CallConnected",
                "n": None,
            }
        )
        self.assertEqual(
            shown,
            {
                "a": [{"incomingCallContext": "(elided, 3 characters)", "b": 1}],
                "t": "(elided, 24 characters)",
                "type": "Microsoft.Communication.CallConnected",
                "n": None,
            },
        )
        self.assertEqual(show_text("x" * 601), "(elided, 601 characters)")

    def test_urls(self) -> None:
        """
        Of addresses, user, query and long path segments are cut out; ids and
        the version of the API stay.
        """
        guid = "401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f"
        long = "t" * 40
        self.assertEqual(
            show_url(f"wss://u:p@host:1/v1/{long}/{guid}:play?token=1"),
            f"wss://host:1/v1/(elided, 40 characters)/{guid}:play"
            "?(elided, 7 characters)",
        )
        self.assertEqual(
            show_url("/callConnections:transferToParticipant?api-version=1&x=secret"),
            "/callConnections:transferToParticipant?api-version=1",
        )

    def test_audio(self) -> None:
        """
        Audio is never shown.
        """
        self.assertEqual(
            show_media({"Kind": "AudioData", "AudioData": {"Data": "AAAA"}}),
            {"Kind": "AudioData", "AudioData": {"Data": "(elided, 4 characters)"}},
        )


class IndexTests(SynchronousTestCase):
    """
    Tests for L{CallIndex}.
    """

    def test_learns(self) -> None:
        """
        An event, the answer to its context, and the callbacks of the new
        connection belong to one call.
        """
        index = CallIndex()
        event: dict[str, Any] = {
            "data": {
                "to": {"rawId": "4:+1"},
                "from": {"rawId": "4:+2"},
                "correlationId": "c",
                "incomingCallContext": "x",
            }
        }
        party = index.of_event([event], "App")
        self.assertEqual(
            party,
            Party(
                correlation_id="c",
                caller="4:+2",
                callee="4:+1",
                number=1,
                subscription="app",
            ),
        )
        path = "/calling/callConnections:answer"
        self.assertEqual(index.of_request(path, {"incomingCallContext": "x"}), party)
        index.learn_answer(party, {"callConnectionId": "cc", "correlationId": "c"})
        found = index.of_callback([{"data": {"callConnectionId": "cc"}}])
        self.assertEqual((found.callee, found.connection_id), ("4:+1", "cc"))
        self.assertEqual(index.of_request("/calling/callConnections/cc:x", None), found)

    def test_created(self) -> None:
        """
        A call that the application places is known by the answer to its request.
        """
        index = CallIndex()
        party = index.of_request("/calling/callConnections", {})
        body = {"callConnectionId": "cc", "correlationId": "c"}
        body_of_call = {**body, "source": {"rawId": "a"}, "targets": [{"rawId": "b"}]}
        found = index.learn_answer(party, body_of_call)
        self.assertEqual((found.caller, found.callee, found.number), ("a", "b", 1))


class JournalTests(SynchronousTestCase):
    """
    Tests for L{Journal}.
    """

    def test_bounded(self) -> None:
        """
        Only so many entries are kept of a call, and it tells how many went lost;
        only so many calls are kept.
        """
        clock = Clock()
        journal = Journal(clock.seconds)
        party = Party(correlation_id="first")
        for _ in range(MOST_ENTRIES + 3):
            journal.note(party, "rest", "in", "x")
        body = journal.body("first")
        self.assertEqual((len(body["entries"]), body["lost"]), (MOST_ENTRIES, 3))
        for i in range(MOST_CALLS):
            journal.note(Party(correlation_id=str(i)), "rest", "in", "x")
        self.assertEqual(journal.body("first")["entries"], [])

    def test_audio_is_counted(self) -> None:
        """
        Frames between two entries become one entry for each direction.
        """
        clock = Clock()
        journal = Journal(clock.seconds)
        party = Party(correlation_id="c")
        journal.note(party, "media", "out", "AudioMetadata")
        tally = journal.tally(party)
        tally.sent, tally.received = 50, 3
        clock.advance(1.5)
        journal.note(party, "media", "in", "StopAudio")
        entries = journal.body("c")["entries"]
        self.assertEqual(
            [(e["direction"], e["what"], e["detail"]) for e in entries],
            [
                ("out", "AudioMetadata", {}),
                ("out", "AudioData", {"messages": 50}),
                ("in", "AudioData", {"messages": 3}),
                ("in", "StopAudio", {}),
            ],
        )
        self.assertEqual(entries[-1]["seconds"], 1.5)


class WireTests(EmulatorTestCase):
    """
    A whole call, read in its journal.
    """

    def test_call(self) -> None:
        """
        Delivery, answer, callbacks, media and the end stand in the journal in
        order, and no secret does.
        """
        self.subscribe()
        call_id = self.place()
        self.pump()
        context = self.app.incoming[0]["incomingCallContext"]
        self.answer(context)
        self.advance(0.5)
        self.app.media[0].say(bytes(640))
        self.advance(0.1)
        connection_id = self.call(call_id)["call_connection_ids"][0]
        self.rest("DELETE", f"/callConnections/{connection_id}")
        self.advance(0.5)
        status, body = self.control("GET", f"/calls/{call_id}/journal")
        self.assertEqual(status, 200)
        whats = [(e["channel"], e["direction"], e["what"]) for e in body["entries"]]
        for wanted in (
            ("event", "out", "POST IncomingCall"),
            ("event", "in", "IncomingCall: 200"),
            ("rest", "in", "POST /calling/callConnections:answer"),
            ("rest", "out", "200"),
            ("media", "out", "connect"),
            ("media", "out", "AudioMetadata"),
            ("callback", "out", "POST CallConnected"),
            ("callback", "in", "CallConnected: 200"),
            ("media", "in", "AudioData"),
            ("rest", "out", "204"),
            ("callback", "out", "POST CallDisconnected"),
        ):
            self.assertIn(wanted, whats)
        text = json.dumps(body)
        for secret in (context, "Bearer ", "HMAC-SHA256", "/media/secret-token"):
            self.assertNotIn(secret, text)
        self.assertIn(CALLER, text)
        self.assertIn(LINE, text)

    def test_unknown_call(self) -> None:
        """
        A call that there is not has no journal.
        """
        self.assertEqual(self.control("GET", "/calls/nope/journal")[0], 404)

    def test_late_clock(self) -> None:
        """
        When the emulator itself cannot keep up, the journal says so, once a
        second and how late it was.
        """
        self.subscribe()
        call_id = self.place()
        self.pump()
        self.answer(self.app.incoming[0]["incomingCallContext"])
        self.advance(0.5)
        self.assertEqual(self.late(call_id), [])
        self.reactor.advance(0.3)
        self.pump()
        self.advance(0.5)
        (entry,) = self.late(call_id)
        self.assertEqual(entry["direction"], "fault")
        self.assertTrue(250 < entry["detail"]["late_ms"] <= 300, entry)
        self.advance(1)
        self.assertEqual(len(self.late(call_id)), 1)

    def late(self, call_id: str) -> list[dict[str, Any]]:
        status, body = self.control("GET", f"/calls/{call_id}/journal")
        self.assertEqual(status, 200)
        return [e for e in body["entries"] if e["what"].endswith("clock is late")]
