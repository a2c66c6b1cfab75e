"""
Tests for L{acsgw.keys.file_ring}.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw.errors import KeyRingError
from acsgw.interfaces import IKeyRing
from acsgw.keys.file_ring import FileKeyRing, load_file_ring

GOOD = b64encode(b"s" * 32).decode()


class FileKeyRingTests(SynchronousTestCase):
    """
    Tests for L{load_file_ring}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp()) / "state" / "keys.json"
        self.made = 0

    def random(self, count: int) -> bytes:
        self.made += 1
        return bytes([self.made]) * count

    def load(self, create: bool = True) -> FileKeyRing:
        ring = load_file_ring(self.path, self.random, create)
        self.assertTrue(verifyObject(IKeyRing, ring))
        return ring

    def problem(self, create: bool = True) -> str:
        with self.assertRaises(KeyRingError) as caught:
            self.load(create)
        self.assertIn(str(self.path), str(caught.exception))
        return str(caught.exception)

    def write(self, value: object) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = value if isinstance(value, str) else json.dumps(value)
        self.path.write_text(text)

    def test_two_at_once(self) -> None:
        """
        Of two processes that start at the same time both have the keys of one.
        """
        first: list[FileKeyRing] = []

        def slow(count: int) -> bytes:
            if not first:
                first.append(load_file_ring(self.path, self.random, True))
            return b"x" * count

        second = load_file_ring(self.path, slow, True)
        self.assertEqual(second.current(), first[0].current())
        self.assertEqual(self.load().current(), first[0].current())
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])

    def test_made_once(self) -> None:
        """
        The first start makes a key that nobody else can read; the next starts find
        it.
        """
        first = self.load()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(list(self.path.parent.iterdir()), [self.path])
        made = self.made
        again = self.load()
        self.assertEqual(again.current(), first.current())
        self.assertEqual(self.made, made)
        self.assertEqual(len(first.current().secret), 32)

    def test_find(self) -> None:
        """
        All keys of the file are on the ring, one of them is for signing.
        """
        other = b64encode(b"t" * 40).decode()
        keys = {"a": {"secret": GOOD}, "b": {"secret": other}}
        self.write({"current": "b", "keys": keys})
        ring = self.load()
        self.assertEqual(ring.current().key_id, "b")
        found = ring.find("a")
        assert found is not None
        self.assertEqual(found.secret, b"s" * 32)
        self.assertIsNone(ring.find("c"))

    def test_secret_is_not_shown(self) -> None:
        """
        A key that gets into a log by mistake does not show its secret.
        """
        self.assertNotIn("\\x02", repr(self.load().current()))

    def test_missing(self) -> None:
        """
        Where none may be made, a missing file is an error with the way out.
        """
        self.assertIn("copy the one of the other processes", self.problem(create=False))
        self.assertFalse(self.path.exists())

    def test_broken(self) -> None:
        """
        Each broken file is an error that names the file and the way out; the file
        is not touched.
        """
        short = b64encode(b"s" * 31).decode()
        for broken in (
            "",
            "{",
            "[]",
            "null",
            "7",
            '"text"',
            {},
            {"current": "a"},
            {"current": "a", "keys": []},
            {"current": "a", "keys": {}},
            {"current": "b", "keys": {"a": {"secret": GOOD}}},
            {"current": ["a"], "keys": {"a": {"secret": GOOD}}},
            {"current": "a", "keys": {"a": GOOD}},
            {"current": "a", "keys": {"a": {}}},
            {"current": "a", "keys": {"a": {"secret": 7}}},
            {"current": "a", "keys": {"a": {"secret": "!" + GOOD}}},
            {"current": "a", "keys": {"a": {"secret": short}}},
            "[" * 100_000,
        ):
            self.write(broken)
            before = self.path.read_bytes()
            self.assertIn("remove it to have a new one", self.problem())
            self.assertEqual(self.path.read_bytes(), before)

    def test_no_current(self) -> None:
        """
        A ring without a key to use says so, and which one it wants.
        """
        keys = {"a": {"secret": GOOD}}
        for ring, said in (
            ({"keys": keys}, "no key is the 'current' one"),
            ({"current": "b", "keys": keys}, "'current' key 'b' is not among its"),
        ):
            self.write(ring)
            self.assertIn(said, self.problem())

    def test_not_allowed(self) -> None:
        """
        A file of somebody else says whose it must be.
        """
        self.load()

        def refuse(path: Path, *arguments: object) -> str:
            raise PermissionError(13, "Permission denied", str(path))

        self.patch(Path, "read_text", refuse)  # root may read all
        problem = self.problem()
        self.assertIn("cannot be read: Permission denied; it must belong", problem)

    def test_not_text(self) -> None:
        """
        A file that is not UTF-8, or a folder in its place, is an error too.
        """
        self.path.parent.mkdir(parents=True)
        self.path.write_bytes(b"\xff\xfe")
        self.assertIn("cannot be read", self.problem())
        self.path.unlink()
        self.path.mkdir()
        self.assertIn("cannot be read", self.problem())

    def test_no_place(self) -> None:
        """
        A file that cannot be made is an error.
        """
        self.path.parent.parent.mkdir(parents=True)
        self.path.parent.write_text("in the way")
        self.assertIn("cannot be made", self.problem())
