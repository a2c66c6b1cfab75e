"""
Stores of others, on this machine: Azurite for Azure Blob Storage, moto for S3.

Azurite is Microsoft's emulator: it checks Shared Key signatures, SAS tokens with their
permissions and the MD5 of blocks.  moto checks Signature Version 4 with Amazon's own
library and access policies; not the checksums.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from socket import create_connection, create_server
from tempfile import mkdtemp
from typing import Any, TypeVar

import boto3
from azure.storage.blob import (
    BlobServiceClient,
    ContainerSasPermissions,
    generate_container_sas,
)

from ..node_packages import ROOT, why_not_installed

HERE = Path(__file__).resolve().parent
#: Where npm puts Azurite; ignored by git.
NODE_FOLDER = ROOT / ".cache" / "storage-js"

#: What Azurite documents for itself.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"
    "/K1SZFPTOtr/KBHBeksoGMGw=="
)
REGION = "us-east-1"


def why_no_azurite() -> str | None:
    """
    Install Azurite, if that was not done before.
    """
    return why_not_installed(HERE / "js", NODE_FOLDER)


def free_port() -> int:
    """
    @return: a port that nobody uses just now.
    """
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


S = TypeVar("S", bound="Running")


_SHARED: dict[object, Any] = {}


def shared(kind: Callable[[Path], S]) -> S:
    """
    @return: a server for all tests of this process: starting one takes a second.
    """
    if kind not in _SHARED:
        folder = Path(mkdtemp(prefix="acsgw-store-"))
        server = _SHARED[kind] = kind(folder)

        def end() -> None:
            server.stop()
            rmtree(folder, ignore_errors=True)

        atexit.register(end)
    found: S = _SHARED[kind]
    return found


class Running:
    """
    A server in a process of its own.

    @ivar url: where it is.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        folder: Path,
        scheme: str = "http",
        environment: dict[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"{scheme}://127.0.0.1:{port}"
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, **(environment or {})},
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    text = self._log.read_text("utf-8", "replace")
                    raise AssertionError(f"{command[0]}: {text[-2000:]}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Azurite(Running):
    """
    With an empty container C{recordings}.
    """

    def __init__(self, folder: Path, tls: Path | None = None) -> None:
        """
        @param tls: where C{server.pem} and C{server-key.pem} are.
        """
        port = free_port()
        program = NODE_FOLDER / "node_modules/azurite/dist/src/blob/main.js"
        command = [
            *("node", str(program), "--blobPort", str(port), "--location", "."),
            *("--silent", "--disableTelemetry", "--skipApiVersionCheck"),
        ]
        if tls is not None:
            command += ["--cert", str(tls / "server.pem")]
            command += ["--key", str(tls / "server-key.pem"), "--oauth", "basic"]
        super().__init__(command, port, folder, "https" if tls else "http")
        self.account_url = f"{self.url}/{ACCOUNT}"
        self._service = BlobServiceClient(
            self.account_url,
            credential={"account_name": ACCOUNT, "account_key": ACCOUNT_KEY},
            connection_verify=str(tls / "ca.pem") if tls else True,
        )
        self._service.create_container("recordings")

    def names(self) -> list[str]:
        """
        @return: of all blobs.
        """
        container = self._service.get_container_client("recordings")
        return sorted(blob.name for blob in container.list_blobs())

    def blob(self, name: str) -> tuple[bytes, str, dict[str, str]]:
        """
        @return: content, type and metadata.
        """
        blob = self._service.get_blob_client("recordings", name)
        about = blob.get_blob_properties()
        content = blob.download_blob().readall()
        return content, str(about.content_settings.content_type), dict(about.metadata)

    def sas(self, permissions: str, hours: float = 1) -> str:
        """
        @return: a token for the container.
        """
        return str(
            generate_container_sas(
                ACCOUNT,
                "recordings",
                account_key=ACCOUNT_KEY,
                permission=ContainerSasPermissions.from_string(permissions),
                expiry=datetime.now(UTC) + timedelta(hours=hours),
            )
        )


@dataclass(frozen=True)
class Key:
    """
    An access key of S3's.
    """

    key_id: str
    secret: str


class Moto(Running):
    """
    With an empty bucket C{recordings}.

    @ivar owner: may do everything.
    @ivar least: may do what docs/uploads.md says that the gateway needs.
    """

    def __init__(self, folder: Path) -> None:
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1"]
        # Whoever comes first needs no permission: so users can be made.
        free = {"INITIAL_NO_AUTH_ACTION_COUNT": "7"}
        super().__init__([*command, "-p", str(port)], port, folder, environment=free)
        nobody = Key("nobody", "nothing")
        self._client(nobody, "s3").create_bucket(Bucket="recordings")
        iam = self._client(nobody, "iam")
        self.owner = self._user(iam, "owner", ["s3:*"], "*")
        self.least = self._user(
            iam,
            "least",
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            "arn:aws:s3:::recordings/*",
        )
        self._s3 = self._client(self.owner, "s3")

    def names(self) -> list[str]:
        """
        @return: of all objects.
        """
        found = self._s3.list_objects_v2(Bucket="recordings")
        return sorted(about["Key"] for about in found.get("Contents", ()))

    def blob(self, name: str) -> tuple[bytes, str, dict[str, str]]:
        """
        @return: content, type and metadata.
        """
        found = self._s3.get_object(Bucket="recordings", Key=name)
        return found["Body"].read(), found["ContentType"], found["Metadata"]

    def head(self, name: str) -> dict[str, Any]:
        """
        @return: all that is known of an object.
        """
        about: dict[str, Any] = self._s3.head_object(
            Bucket="recordings", Key=name, ChecksumMode="ENABLED"
        )
        return about

    def uploads(self) -> int:
        """
        @return: how many are begun and not finished.
        """
        found = self._s3.list_multipart_uploads(Bucket="recordings")
        return len(found.get("Uploads", ()))

    def _client(self, key: Key, service: str) -> Any:
        return boto3.session.Session().client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=key.key_id,
            aws_secret_access_key=key.secret,
        )

    def _user(self, iam: Any, name: str, actions: list[str], resource: str) -> Key:
        iam.create_user(UserName=name)
        allow = {"Effect": "Allow", "Action": actions, "Resource": resource}
        policy = {"Version": "2012-10-17", "Statement": [allow]}
        iam.put_user_policy(
            UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy)
        )
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return Key(made["AccessKeyId"], made["SecretAccessKey"])
