"""
Tests for L{acsgw.storage.azure_blob} against Azurite.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from twisted.trial.unittest import SkipTest

from acs_emulator.fronts.authority import open_authority
from acsgw.errors import StoreFailed
from acsgw.storage.azure_blob import AzureBlobStore, account_name
from acsgw.storage.options import AzureBlobOptions, UploadOptions

from .faulty import FaultyServer
from .identity import identity_endpoint
from .servers import ACCOUNT_KEY, Azurite, free_port, shared, why_no_azurite
from .store_contract import METADATA, RealStoreContract, StoreContract, parcel


class AzureBlobTests(RealStoreContract):
    """
    It keeps the contract, and tells what is wrong.
    """

    def setUp(self) -> None:
        reason = why_no_azurite()
        if reason is not None:
            raise SkipTest(reason)
        self.azurite = shared(Azurite)
        self.options = AzureBlobOptions(
            name="archive",
            account_url=self.azurite.account_url,
            container="recordings",
            account_key=ACCOUNT_KEY,
            upload=UploadOptions(),
        )
        self.store = AzureBlobStore(self.options)
        for name in self.azurite.names():
            self.store.delete(name)

    def other(self, **changes: Any) -> AzureBlobStore:
        return AzureBlobStore(replace(self.options, **changes))

    def look(self, name: str) -> tuple[bytes, str, dict[str, str]]:
        return self.azurite.blob(name)

    def names(self) -> list[str]:
        return self.azurite.names()

    def test_least_token(self) -> None:
        """
        A SAS token that may create and write is enough; it may not read.
        """
        store = self.other(account_key="", sas_token=self.azurite.sas("cw"))
        for _ in range(2):
            self.assertNotIn("sig", store.put(parcel(b"RIFF")))
        self.assertEqual(self.look("main/c1.wav")[0], b"RIFF")
        with self.assertRaises(StoreFailed) as caught:
            store.get("main/c1.wav")
        self.assertNotIn("sig=", str(caught.exception))

    def test_tokens(self) -> None:
        """
        A token that may only read, and one that has expired, are refused.
        """
        for token in (self.azurite.sas("r"), self.azurite.sas("cw", hours=-1)):
            store = self.other(account_key="", sas_token=token)
            self.refused(store, "403", "SAS token")

    def test_wrong_key(self) -> None:
        """
        Azurite compares signatures.  (Azure's code is AuthenticationFailed.)
        """
        self.refused(self.other(account_key="QUJD"), "403 AuthorizationFailure", "key")

    def test_no_container(self) -> None:
        """
        The gateway makes no container.
        """
        self.refused(self.other(container="nope"), "404 ContainerNotFound", "make the")

    def test_nobody(self) -> None:
        """
        Nobody listens: that may pass.
        """
        url = f"http://127.0.0.1:{free_port()}/devstoreaccount1"
        store = self.other(account_url=url)
        self.refused(store, "cannot be reached (Connection refused)", lasting=False)

    def test_busy(self) -> None:
        """
        A store that is busy, or has too many requests, will be better.
        """
        for status in (500, 503, 429):
            with FaultyServer(status) as url:
                store = self.other(account_url=f"{url}/a")
                self.refused(store, str(status), lasting=False)

    def test_immutable(self) -> None:
        """
        Where nothing may be replaced, a blob that is there as it should be is as good
        as uploaded; another one is not.
        """
        code = {"x-ms-error-code": "BlobImmutableDueToPolicy"}
        there = {f"x-ms-meta-{name}": text for name, text in METADATA.items()}
        there["Content-Length"] = "4"
        with FaultyServer(409, code, there) as url:
            store = self.other(account_url=f"{url}/a")
            self.assertTrue(store.put(parcel(b"RIFF")).endswith("/main/c1.wav"))
        for other in (None, {**there, "Content-Length": "5"}, {"Content-Length": "4"}):
            with FaultyServer(409, code, other) as url:
                self.refused(self.other(account_url=f"{url}/a"), "409 BlobImmutable")

    def test_silent(self) -> None:
        """
        A store that does not answer is not waited for for ever.
        """
        with FaultyServer(None) as url:
            options = replace(self.options, account_url=f"{url}/a")
            store = AzureBlobStore(options, read_seconds=0.2)
            self.refused(store, "does not answer in time", lasting=False)

    def with_tls(self) -> tuple[Azurite, UploadOptions]:
        """
        @return: an Azurite that takes tokens of identities too, and how to trust it.
        """
        folder = Path(self.mktemp()).absolute()
        open_authority(folder, (), time.time())
        azurite = Azurite(Path(self.mktemp()), folder)
        self.addCleanup(azurite.stop)
        return azurite, UploadOptions(ca_file=folder / "ca.pem")

    def test_identity(self) -> None:
        """
        A managed identity's token is asked for where App Service and Container Apps
        say, and Azurite takes it; without an identity that is told.
        """
        azurite, upload = self.with_tls()
        asked: list[tuple[str, str | None]] = []
        with identity_endpoint(asked) as url:
            for name, value in {"ENDPOINT": url, "HEADER": "secret"}.items():
                os.environ[f"IDENTITY_{name}"] = value
                self.addCleanup(os.environ.pop, f"IDENTITY_{name}", None)
            store = self.other(
                account_url=azurite.account_url,
                account_key="",
                identity_client_id="which",
                upload=upload,
            )
            for _ in range(2):
                store.put(parcel(b"RIFF"))
        self.assertEqual(azurite.names(), ["main/c1.wav"])
        [(path, header)] = asked
        self.assertIn("resource=https://storage.azure.com", unquote(path))
        self.assertIn("client_id=which", path)
        self.assertEqual(header, "secret")
        store = self.other(
            account_url=azurite.account_url, account_key="", upload=upload
        )
        self.refused(store, "no token for the managed identity")

    def test_tls(self) -> None:
        """
        The certificate must be good; an authority of one's own can be named.
        """
        azurite, upload = self.with_tls()
        url = azurite.account_url
        self.other(account_url=url, upload=upload).put(parcel(b"RIFF"))
        self.assertEqual(azurite.names(), ["main/c1.wav"])
        self.refused(self.other(account_url=url), "certificate", "ca_file")

    def test_account_name(self) -> None:
        """
        The account's name is in its address.
        """
        self.assertEqual(account_name(self.options), "devstoreaccount1")
        url = "https://name.blob.core.windows.net"
        options = replace(self.options, account_url=url)
        self.assertEqual(account_name(options), "name")


del StoreContract, RealStoreContract
