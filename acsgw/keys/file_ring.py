"""
Signing keys in a file.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zope.interface import implementer

from ..errors import KeyRingError
from ..interfaces import IKeyRing, SigningKey

#: HS256 wants as many bytes as its hash has (RFC 7518, section 3.2).
SECRET_BYTES = 32


@implementer(IKeyRing)
class FileKeyRing:
    """
    Keys that were in the file when the process started.
    """

    def __init__(self, current: SigningKey, keys: Mapping[str, SigningKey]) -> None:
        self._current = current
        self._keys = dict(keys)

    def current(self) -> SigningKey:
        """
        See L{IKeyRing.current}.
        """
        return self._current

    def find(self, key_id: str) -> SigningKey | None:
        """
        See L{IKeyRing.find}.
        """
        return self._keys.get(key_id)


def load_file_ring(
    path: Path,
    random_bytes: Callable[[int], bytes],
    create: bool,
    way_out: str = "restore it, or remove it to have a new one made",
) -> FileKeyRing:
    """
    @param create: make the file, with one new key, if there is none.
    @param way_out: what to do about a file that is damaged.

    @raise KeyRingError: with what is wrong and the way out.
    """
    try:
        if create and not path.exists():
            _create(path, random_bytes)
    except OSError as e:
        raise KeyRingError(f"{path}: cannot be made: {e}") from e
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise KeyRingError(
            f"{path}: there is no such file; copy the one of the other processes"
        ) from None
    except PermissionError as e:
        raise KeyRingError(
            f"{path}: cannot be read: {e.strerror}; it must belong to the user that the"
            " gateway runs as, with mode 600"
        ) from e
    except (OSError, UnicodeDecodeError) as e:
        raise KeyRingError(f"{path}: cannot be read: {e}; {way_out}") from e
    try:
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise KeyRingError(
            f"{path}: not a key ring ({type(e).__name__}: {e}); {way_out}"
        ) from None


def _create(path: Path, random_bytes: Callable[[int], bytes]) -> None:
    key_id = random_bytes(6).hex()
    secret = b64encode(random_bytes(SECRET_BYTES)).decode("ascii")
    ring = {"current": key_id, "keys": {key_id: {"secret": secret}}}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whole or not at all, and never readable by others.
    draft = path.with_name(f"{path.name}.{key_id}.new")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(ring, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        _name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    """
    Of processes that start at once the first one makes the keys: what another had
    sealed with keys that are then replaced could never be opened.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without links: the moment between is short.
        if not path.exists():
            draft.replace(path)


def _parse(ring: Any) -> FileKeyRing:
    keys = {}
    for key_id, entry in ring["keys"].items():
        secret = b64decode(entry["secret"], validate=True)
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"key {key_id} is shorter than {SECRET_BYTES} bytes")
        keys[key_id] = SigningKey(key_id, secret)
    if "current" not in ring:
        raise ValueError("no key is the 'current' one")
    current = ring["current"]
    if current not in keys:
        raise ValueError(f"the 'current' key {current!r} is not among its 'keys'")
    return FileKeyRing(keys[current], keys)
