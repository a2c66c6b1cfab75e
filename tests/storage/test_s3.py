"""
Tests for L{acsgw.storage.s3} against moto's server.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from acsgw.errors import StoreFailed
from acsgw.storage.options import S3Options, UploadOptions
from acsgw.storage.s3 import S3Store

from .faulty import FaultyServer
from .servers import REGION, Moto, free_port, shared
from .store_contract import (
    LARGE,
    CarefulBody,
    RealStoreContract,
    StoreContract,
    parcel,
)


class S3Tests(RealStoreContract):
    """
    It keeps the contract, and tells what is wrong.
    """

    checksums = True

    def setUp(self) -> None:
        self.moto = shared(Moto)
        self.options = S3Options(
            name="bucket",
            endpoint=self.moto.url,
            region=REGION,
            bucket="recordings",
            access_key_id=self.moto.owner.key_id,
            secret_key=self.moto.owner.secret,
            path_style=True,
            checksums=self.checksums,
            upload=UploadOptions(),
        )
        self.store = S3Store(self.options)
        for name in self.moto.names():
            self.store.delete(name)

    def other(self, **changes: Any) -> S3Store:
        return S3Store(replace(self.options, **changes))

    def look(self, name: str) -> tuple[bytes, str, dict[str, str]]:
        return self.moto.blob(name)

    def names(self) -> list[str]:
        return self.moto.names()

    def test_least_key(self) -> None:
        """
        A key that may put objects is enough; it may not read.
        """
        least = self.moto.least
        store = self.other(access_key_id=least.key_id, secret_key=least.secret)
        for content in (b"RIFF", b"RIFF", LARGE):
            store.put(parcel(content))
        self.assertTrue(self.look("main/c1.wav")[0] == LARGE)
        with self.assertRaises(StoreFailed) as caught:
            store.get("main/c1.wav")
        self.assertIn("AccessDenied", str(caught.exception))

    def test_nothing_is_left(self) -> None:
        """
        Of an upload that breaks off no parts are left, which would cost money.
        """
        store, body = self.store, CarefulBody(LARGE, len(LARGE) // 2)
        with self.assertRaises(Exception):  # noqa: B017
            store.put(parcel(LARGE, "broken.wav", body))
        self.assertEqual(self.moto.uploads(), 0)

    def test_encryption(self) -> None:
        """
        The store is told to encrypt, and with which key.
        """
        self.store.put(parcel(b"RIFF"))
        self.assertNotIn("SSEKMSKeyId", self.moto.head("main/c1.wav"))
        self.other(encryption="AES256").put(parcel(b"RIFF"))
        about = self.moto.head("main/c1.wav")
        self.assertEqual(about["ServerSideEncryption"], "AES256")
        for content in (b"RIFF", LARGE):
            self.other(encryption="aws:kms", kms_key_id="k1").put(parcel(content))
            about = self.moto.head("main/c1.wav")
            self.assertEqual(about["ServerSideEncryption"], "aws:kms")
            self.assertEqual(about["SSEKMSKeyId"], "k1")

    def test_wrong_key(self) -> None:
        """
        moto compares signatures.
        """
        self.refused(self.other(secret_key="x"), "403 SignatureDoesNotMatch", "secret")
        self.refused(self.other(access_key_id="x"), "403 InvalidAccessKeyId", "active")

    def test_no_bucket(self) -> None:
        """
        The gateway makes no bucket.
        """
        self.refused(self.other(bucket="nope"), "404 NoSuchBucket", "make the bucket")

    def test_nobody(self) -> None:
        """
        Nobody listens: that may pass.
        """
        store = self.other(endpoint=f"http://127.0.0.1:{free_port()}")
        self.refused(store, "cannot be reached (Connection refused)", lasting=False)

    def test_busy(self) -> None:
        """
        A store that is busy, or has too many requests, will be better.
        """
        for status in (500, 503, 429):
            with FaultyServer(status) as url:
                self.refused(self.other(endpoint=url), str(status), lasting=False)

    def test_silent(self) -> None:
        """
        A store that does not answer is not waited for for ever.
        """
        with FaultyServer(None) as url:
            store = S3Store(replace(self.options, endpoint=url), read_seconds=0.2)
            self.refused(store, "does not answer in time", lasting=False)


class OlderStoreTests(S3Tests):
    """
    The same without checksums: the signature guards the content.
    """

    checksums = False


del StoreContract, RealStoreContract
