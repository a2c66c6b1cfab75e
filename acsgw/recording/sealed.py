"""
Sealed recordings: AES-256-GCM in chunks.  docs/decisions/009-sealed-recordings.md has
the format byte by byte.

Core: bytes in, bytes out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import AcsgwError
from ..interfaces import SigningKey

MAGIC = b"ACSGWREC"
VERSION = 1
SALT_BYTES = 32
KEY_BYTES = 32
TAG_BYTES = 16

#: Of what is inside, in every chunk but the last.
CHUNK_BYTES = 64 * 1024

#: No header is longer.
MAX_HEADER = 1024

_FIXED = struct.Struct(">8sBI")
_INFO = b"acsgw sealed recording"


class Unsealable(AcsgwError):
    """
    A sealed recording cannot be opened; the text says why.
    """


@dataclass(frozen=True)
class SealedHeader:
    """
    What stands before the chunks, for all to read.

    @ivar key_id: of the key on the ring that the file's own key comes from.
    @ivar inside: what is sealed: C{wav} or C{flac}.
    @ivar raw: the header itself, which each chunk vouches for.
    """

    key_id: str
    inside: str
    chunk_bytes: int
    salt: bytes
    raw: bytes

    @property
    def sealed_chunk(self) -> int:
        """
        Bytes of a whole chunk in the file.
        """
        return self.chunk_bytes + TAG_BYTES


def make_header(key_id: str, inside: str, salt: bytes) -> SealedHeader:
    """
    @param salt: 32 random bytes, new for each file.
    """
    raw = _FIXED.pack(MAGIC, VERSION, CHUNK_BYTES)
    for word in (key_id.encode("utf-8"), inside.encode("ascii"), salt):
        raw += bytes([len(word)]) + word
    return SealedHeader(key_id, inside, CHUNK_BYTES, salt, raw)


def parse_header(start: bytes) -> SealedHeader:
    """
    @param start: the first bytes of a file, L{MAX_HEADER} if there are so many.

    @raise Unsealable: if it is not the header of a sealed recording.
    """
    if start[: len(MAGIC)] != MAGIC:
        raise Unsealable("this is not a sealed recording")
    try:
        _, version, chunk_bytes = _FIXED.unpack_from(start)
        if version != VERSION:
            raise Unsealable(
                f"version {version} of sealed recordings is not known here; use the"
                " acsgw that wrote it, or a later one"
            )
        at, words = _FIXED.size, []
        for _ in range(3):
            words.append(start[at + 1 : at + 1 + start[at]])
            at += 1 + start[at]
        if at > len(start):
            raise IndexError
        key_id, inside, salt = words[0].decode("utf-8"), words[1].decode(), words[2]
    except (struct.error, IndexError, UnicodeDecodeError):
        raise Unsealable("its header is damaged or cut off") from None
    if not 1 <= chunk_bytes <= 1 << 24 or inside not in ("wav", "flac"):
        raise Unsealable("its header is damaged")
    return SealedHeader(key_id, inside, chunk_bytes, salt, start[:at])


def _cipher(key: SigningKey, header: SealedHeader) -> AESGCM:
    derive = HKDF(SHA256(), KEY_BYTES, header.salt, _INFO)
    return AESGCM(derive.derive(key.secret))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer:
    """
    What is to be kept in, the bytes of the sealed file out; up to a chunk behind.
    """

    def __init__(self, key: SigningKey, inside: str, salt: bytes) -> None:
        """
        @param salt: 32 random bytes, new for each file.
        """
        self._header = make_header(key.key_id, inside, salt)
        self._cipher = _cipher(key, self._header)
        self._fresh = self._header.raw
        self._waiting = bytearray()
        self._number = 0

    def append(self, data: bytes) -> bytes:
        """
        @return: what is to be written after what was written: whole chunks.
        """
        sealed, self._fresh = [self._fresh], b""
        self._waiting += data
        # The last chunk is sealed as such, so one is held back.
        while len(self._waiting) > CHUNK_BYTES:
            sealed.append(self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False))
            del self._waiting[:CHUNK_BYTES]
        return b"".join(sealed)

    def finish(self) -> bytes:
        """
        @return: the last chunk, which tells that nothing is missing.
        """
        fresh, self._fresh = self._fresh, b""
        return fresh + self._seal(bytes(self._waiting), last=True)

    def _seal(self, data: bytes, last: bool) -> bytes:
        nonce = _nonce(self._number, last)
        self._number += 1
        return self._cipher.encrypt(nonce, data, self._header.raw)


class Opener:
    """
    The chunks of a sealed file in, in order, what is inside out.
    """

    def __init__(self, key: SigningKey, header: SealedHeader) -> None:
        self._cipher = _cipher(key, header)
        self._header = header

    def open(self, number: int, chunk: bytes, last: bool) -> bytes | None:
        """
        @param last: is it claimed to be the last one?

        @return: L{None} if it is not what was sealed: another key, another place,
            damage.
        """
        try:
            return self._cipher.decrypt(_nonce(number, last), chunk, self._header.raw)
        except InvalidTag:
            return None
