"""
What holds for every L{IObjectStore}; not collected by trial itself.
"""

from __future__ import annotations

import io
from random import Random

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from acsgw.errors import StoreFailed, UploadStopped
from acsgw.interfaces import IObjectStore, Parcel, SeekableBody

#: More than two blocks or parts of any store of ours.
LARGE = Random(1).randbytes(20 * 1024 * 1024 + 1)
METADATA = {"callid": "c1", "account": "main", "sha256": "0f"}


class CarefulBody:
    """
    A body that can do no more than L{SeekableBody} says, and may break off.

    @ivar most: the most that was read at a time.
    """

    def __init__(self, content: bytes, breaks_at: int = -1) -> None:
        self._file = io.BytesIO(content)
        self.most = 0
        self._breaks_at = breaks_at

    def read(self, size: int = -1, /) -> bytes:
        found = self._file.read(size)
        self.most = max(self.most, len(found))
        if 0 <= self._breaks_at < self.tell():
            raise UploadStopped
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing: whoever made it may read it again."""


def parcel(
    content: bytes, name: str = "main/c1.wav", body: SeekableBody | None = None
) -> Parcel:
    return Parcel(
        name=name,
        body=body or CarefulBody(content),
        size=len(content),
        content_type="audio/wav",
        metadata=METADATA,
    )


class StoreContract(SynchronousTestCase):
    """
    A subclass says what the store is, and how to look into it.
    """

    store: IObjectStore

    def look(self, name: str) -> tuple[bytes, str, dict[str, str]]:
        """
        @return: content, type and metadata of an object, as others see them.
        """
        raise NotImplementedError

    def names(self) -> list[str]:
        """
        @return: of all objects.
        """
        raise NotImplementedError

    def test_interface(self) -> None:
        """
        It provides L{IObjectStore}.
        """
        self.assertTrue(verifyObject(IObjectStore, self.store))

    def test_small(self) -> None:
        """
        What is put can be had again, with its type and metadata; then it can be
        deleted.
        """
        for content in (b"RIFF", b""):
            url = self.store.put(parcel(content))
            self.assertTrue(url.endswith("/main/c1.wav"), url)
            self.assertEqual(self.store.get("main/c1.wav"), content)
            self.assertEqual(self.look("main/c1.wav"), (content, "audio/wav", METADATA))
        self.store.delete("main/c1.wav")
        self.assertEqual(self.names(), [])

    def test_large(self) -> None:
        """
        A large body arrives as it is, and little of it is in memory at a time.
        """
        body = CarefulBody(LARGE)
        self.store.put(parcel(LARGE, "large.wav", body))
        content, kind, metadata = self.look("large.wav")
        self.assertTrue(content == LARGE, "it is not what was sent")
        self.assertEqual((kind, metadata), ("audio/wav", METADATA))
        self.assertLessEqual(body.most, len(LARGE) // 2)

    def test_again(self) -> None:
        """
        What is put again takes the place of what was there.
        """
        first, second = (self.store.put(parcel(text)) for text in (b"one", b"two!"))
        self.assertEqual(first, second)
        self.assertEqual(self.names(), ["main/c1.wav"])
        self.assertEqual(self.store.get("main/c1.wav"), b"two!")

    def test_broken_off(self) -> None:
        """
        What reading the body raises comes through, and there is no object.
        """
        for content, at in ((LARGE, len(LARGE) // 2), (b"RIFF", 0)):
            body = CarefulBody(content, at)
            with self.assertRaises(UploadStopped):
                self.store.put(parcel(content, "broken.wav", body))
            self.assertEqual(self.names(), [])
        self.store.put(parcel(LARGE, "broken.wav"))
        self.assertTrue(self.look("broken.wav")[0] == LARGE)

    def test_missing(self) -> None:
        """
        What is not there cannot be had.
        """
        with self.assertRaises(StoreFailed):
            self.store.get("nothing.wav")


class RealStoreContract(StoreContract):
    """
    What holds for stores on a network.
    """

    def refused(self, store: IObjectStore, *texts: str, lasting: bool = True) -> None:
        """
        Nothing can be put there, and the reason is told: twice the same.
        """
        told = set()
        for _ in range(2):
            with self.assertRaises(StoreFailed) as caught:
                store.put(parcel(b"RIFF"))
            self.assertEqual(caught.exception.lasting, lasting, caught.exception)
            told.add(str(caught.exception))
        [text] = told
        for part in texts:
            self.assertIn(part, text)
