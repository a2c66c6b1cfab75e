"""
Tests for L{acsgw.recording.sealed}.
"""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acsgw.interfaces import SigningKey
from acsgw.recording.sealed import (
    CHUNK_BYTES,
    MAX_HEADER,
    Opener,
    Sealer,
    Unsealable,
    make_header,
    parse_header,
)

from .world import KEY, counted

SALT = counted(32)


def sealed(data: bytes, pieces: int = 1) -> bytes:
    sealer = Sealer(KEY, "wav", SALT)
    size = max(1, -(-len(data) // pieces))
    written = [sealer.append(data[at : at + size]) for at in range(0, len(data), size)]
    return b"".join([*written, sealer.finish()])


class SealerTests(SynchronousTestCase):
    """
    Tests for L{Sealer} and L{Opener}.
    """

    def opened(self, file: bytes, key: SigningKey = KEY) -> list[bytes | None]:
        header = parse_header(file[:MAX_HEADER])
        opener, body = Opener(key, header), file[len(header.raw) :]
        size = header.sealed_chunk
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        return [
            opener.open(number, chunk, last=number == len(chunks) - 1)
            for number, chunk in enumerate(chunks)
        ]

    def joined(self, file: bytes) -> bytes:
        return b"".join(b"?" if c is None else c for c in self.opened(file))

    def test_round(self) -> None:
        """
        What comes out is what went in, whatever its length, and however it was cut.
        """
        for size in (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 150_000):
            data = (sha256(b"x").digest() * (size // 32 + 1))[:size]
            whole = sealed(data)
            for pieces in (2, 7, 100):
                self.assertTrue(sealed(data, pieces) == whole)
            self.assertTrue(self.joined(whole) == data)

    def test_as_the_decision_says(self) -> None:
        """
        A decryptor made from docs/decisions/009-sealed-recordings.md alone reads it.
        """
        data = bytes(70_000)
        file = sealed(data)
        self.assertEqual(file[:13], b"ACSGWREC\x01\x00\x01\x00\x00")
        self.assertEqual(file[13:20], b"\x02k1\x03wav")
        self.assertEqual((file[20], file[21:53]), (32, SALT))
        header, body = file[:53], file[53:]
        key = HKDF(SHA256(), 32, SALT, b"acsgw sealed recording").derive(KEY.secret)
        first, last = body[: 65536 + 16], body[65536 + 16 :]
        cipher = AESGCM(key)
        out = cipher.decrypt(bytes(12), first, header)
        out += cipher.decrypt(bytes(10) + b"\x01\x01", last, header)
        self.assertTrue(out == data)

    def test_nothing_opens(self) -> None:
        """
        Another key, a chunk elsewhere, another header, a chunk that claims to be the
        last, one bit: nothing of it opens.
        """
        file = sealed(bytes(200_000))
        header = parse_header(file)
        size, start = header.sealed_chunk, len(header.raw)
        chunk = file[start : start + size]
        opener = Opener(KEY, header)
        self.assertIsNotNone(opener.open(0, chunk, last=False))
        self.assertIsNone(opener.open(1, chunk, last=False))
        self.assertIsNone(opener.open(0, chunk, last=True))
        self.assertIsNone(opener.open(0, chunk[:-1], last=False))
        self.assertIsNone(opener.open(0, b"\1" + chunk[1:], last=False))
        self.assertIsNone(opener.open(0, b"", last=False))
        other = SigningKey("k1", b"2" * 32)
        self.assertIsNone(Opener(other, header).open(0, chunk, last=False))
        renamed = make_header("k1", "flac", SALT)
        self.assertIsNone(Opener(KEY, renamed).open(0, chunk, last=False))

    def test_secret(self) -> None:
        """
        Nothing of what is inside can be seen.
        """
        self.assertNotIn(b"my card number", sealed(b"my card number" * 10_000))

    @given(st.binary(max_size=80), st.integers(0, 60))
    def test_headers(self, noise: bytes, cut: int) -> None:
        """
        What is not a header is refused with words.
        """
        genuine = make_header("k1", "wav", SALT).raw
        for start in (noise, genuine[:cut] + noise, b"ACSGWREC\1" + noise):
            try:
                parse_header(start)
            except Unsealable as e:
                self.assertTrue(str(e))

    def test_later_version(self) -> None:
        """
        A file of a version to come says what is needed.
        """
        raw = bytearray(make_header("k1", "wav", SALT).raw)
        raw[8] = 2
        error = self.assertRaises(Unsealable, parse_header, bytes(raw))
        self.assertIn("version 2", str(error))
