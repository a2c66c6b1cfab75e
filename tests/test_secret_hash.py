"""
Tests for L{acsgw.secret_hash}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acsgw.secret_hash import SecretHash


class SecretHashTests(SynchronousTestCase):
    """
    Tests for L{SecretHash}.
    """

    def test_matches(self) -> None:
        """
        The secret matches its hash, and nothing else does.
        """
        hashed = SecretHash.of("correct horse battery")
        self.assertTrue(hashed.matches("correct horse battery"))
        for wrong in ("", "correct horse batter", "Correct horse battery", "\udcff"):
            self.assertFalse(hashed.matches(wrong))

    def test_written_and_read(self) -> None:
        """
        What is printed can be put into the settings.
        """
        hashed = SecretHash.of("secret")
        self.assertEqual(SecretHash.parse(str(hashed)), hashed)

    def test_salted(self) -> None:
        """
        The same secret is hashed differently each time.
        """
        self.assertNotEqual(str(SecretHash.of("a")), str(SecretHash.of("a")))

    def test_not_shown(self) -> None:
        """
        What a log would show holds no hash.
        """
        hashed = SecretHash.of("a")
        self.assertNotIn(hashed.digest.hex()[:8], repr(hashed))
        self.assertEqual(repr(hashed), "SecretHash()")

    def test_broken(self) -> None:
        """
        Anything that is not such a hash is refused, with the way out.
        """
        good = str(SecretHash.of("a"))
        for broken in ("", "a", good[:-1], good + "0", good.upper(), good + "\n"):
            with self.assertRaises(ValueError) as caught:
                SecretHash.parse(broken)
            self.assertIn("acsgw hash-secret", str(caught.exception))
