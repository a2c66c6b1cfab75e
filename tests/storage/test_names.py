"""
Tests for L{acsgw.storage.names}.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.storage.names import (
    BadSidecar,
    object_name,
    pattern_problem,
    read_facts,
    sidecar_name,
    split,
)

GOOD = {"account": "main", "started": 0}


class NamesTests(SynchronousTestCase):
    """
    Names of files and objects.
    """

    def facts(self, name: str = "c1.wav", **changes: Any) -> Any:
        return read_facts(name, json.dumps({**GOOD, **changes}), 0.0)

    def test_split(self) -> None:
        """
        A finished recording has one of four endings.
        """
        for ext in ("wav", "flac", "wav.sealed", "flac.sealed"):
            self.assertEqual(split(f"c.1.{ext}"), ("c.1", ext))
        for other in ("c1.wav.part", "c1.json", ".wav", "wav", "c1.wav.uploaded"):
            self.assertIsNone(split(other))

    def test_started(self) -> None:
        """
        The start of the call is a number of seconds, or ISO 8601; dates are in UTC.
        """
        at = datetime(2027, 1, 15, 23, 30, tzinfo=UTC)
        for started in (
            at.timestamp(),
            int(at.timestamp()),
            "2027-01-15T23:30:00Z",
            "2027-01-16T00:30:00+01:00",
            "2027-01-15T23:30:00",
        ):
            self.assertEqual(self.facts(started=started).started, at)
        bad: object
        for bad in (True, None, "soon", 1e300, [], float("nan")):
            with self.assertRaises(BadSidecar):
                self.facts(started=bad)

    def test_object_names(self) -> None:
        """
        Every field can be in a name; the sidecar has the same one, but for its end.
        """
        facts = self.facts("c1.flac.sealed", started="2027-01-05T07:30:00Z")
        pattern = "r/{account}/{year}-{month}-{day}T{hour}/{date}/{call_id}.{ext}"
        name = object_name(pattern, facts)
        self.assertEqual(name, "r/main/2027-01-05T07/2027-01-05/c1.flac.sealed")
        self.assertEqual(
            sidecar_name(name, facts), "r/main/2027-01-05T07/2027-01-05/c1.json"
        )

    @given(account=st.text(min_size=1), call_id=st.text(min_size=1))
    def test_nobody_gets_out(self, account: str, call_id: str) -> None:
        """
        Whatever a sidecar says, the object stays where the pattern puts it, and its
        metadata are a header's.
        """
        facts = read_facts(
            f"{call_id}.wav",
            json.dumps({**GOOD, "account": account, "seconds": "\r"}),
            0.0,
        )
        parts = object_name("{account}/{call_id}.{ext}", facts).split("/")
        self.assertEqual(len(parts), 2)
        self.assertFalse({"", ".", ".."} & set(parts))
        for value in facts.metadata("0f").values():
            self.assertTrue(value.isascii() and value.isprintable(), value)

    @given(sidecar=st.text() | st.binary().map(lambda b: b.decode("latin-1")))
    def test_any_sidecar(self, sidecar: str) -> None:
        """
        A sidecar of anything is bad, and no more.
        """
        with self.assertRaises(BadSidecar):
            read_facts("c1.wav", sidecar, 0.0)

    def test_too_deep(self) -> None:
        """
        Neither is one that is nested deeper than a parser goes more than bad.
        """
        with self.assertRaises(BadSidecar):
            read_facts("c1.wav", "[" * 200_000, 0.0)

    def test_beginning_not_known(self) -> None:
        """
        A repaired recording may not know account and start: its file was written when
        it died.  Any other must know them.
        """
        lost = {"account": "", "started": ""}
        for changes in (lost, {"account": ""}, {"started": ""}):
            with self.assertRaises(BadSidecar):
                self.facts(**changes)
        facts = read_facts("c1.wav", json.dumps({**lost, "repaired": True}), 86400.0)
        self.assertEqual((facts.account, facts.started), ("", None))
        self.assertEqual(facts.metadata("0f"), {"callid": "c1", "sha256": "0f"})
        pattern = "{account}/{date}/{call_id}.{ext}"
        self.assertEqual(object_name(pattern, facts), "unknown/1970-01-02/c1.wav")
        self.assertEqual(object_name(pattern, facts, "main"), "main/1970-01-02/c1.wav")

    @given(pattern=st.text(alphabet="{}/.:!ac_dlextin0[]", max_size=40))
    def test_any_pattern(self, pattern: str) -> None:
        """
        A pattern that has no problem makes names.
        """
        if pattern_problem(pattern) is None:
            object_name(pattern, self.facts())
