"""
Amazon S3 and stores that speak like it, with Amazon's library (the extra C{s3}).
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from threading import Lock
from typing import Any

from boto3.s3.transfer import TransferConfig
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as BotoConnectionError,
    ConnectTimeoutError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from zope.interface import implementer

from ..errors import StoreFailed
from ..interfaces import IObjectStore, Parcel
from .options import S3Options
from .reasons import unreachable

#: What is in memory of each upload: a part.  There may be 10,000 of them.
_PART = 8 * 1024 * 1024
_CONNECT_SECONDS = 30
READ_SECONDS = 60.0

_WAYS = {
    "AccessDenied": (
        "the key needs s3:PutObject (and s3:AbortMultipartUpload) on the objects, and"
        " kms:GenerateDataKey and kms:Decrypt for aws:kms"
    ),
    "InvalidAccessKeyId": "is access_key_id right, and the key active?",
    "SignatureDoesNotMatch": "is the secret key that of access_key_id?",
    "ExpiredToken": "the credentials have expired",
    "RequestTimeTooSkewed": "let this machine's clock be set by NTP",
    "NoSuchBucket": "make the bucket; the gateway does not",
    "PermanentRedirect": "the bucket is in another region",
    "AuthorizationHeaderMalformed": "is region the bucket's?",
    "IllegalLocationConstraintException": "is region the bucket's?",
    "NotImplemented": "an older store? try checksums = false",
    "XAmzContentSHA256Mismatch": "an older store? try checksums = false",
}


@implementer(IObjectStore)
class S3Store:
    """
    One bucket.
    """

    def __init__(self, options: S3Options, read_seconds: float = READ_SECONDS) -> None:
        """
        @param read_seconds: how long the store may be silent.
        """
        self._options = options
        self._read_seconds = read_seconds
        self.place = f"s3://{options.bucket}"
        if options.endpoint:
            self.place += f" at {options.endpoint}"
        self._making = Lock()
        # It takes 0.1 s in which no other thread runs: better now than during calls.
        with suppress(BotoCoreError):
            _ = self._client

    def put(self, parcel: Parcel) -> str:
        """
        See L{IObjectStore.put}.  Every part goes with a checksum, which the store
        compares, or with a SHA-256 that is signed; the object is there when the parts
        are put together.
        """
        try:
            self._client.upload_fileobj(
                parcel.body,
                self._options.bucket,
                parcel.name,
                ExtraArgs={
                    "ContentType": parcel.content_type,
                    "Metadata": dict(parcel.metadata),
                    **self._encryption(),
                },
                Config=TransferConfig(
                    multipart_threshold=_PART,
                    multipart_chunksize=_PART,
                    max_concurrency=1,
                    use_threads=False,
                ),
            )
        except (ClientError, BotoCoreError) as e:
            raise self._failed(e) from e
        return f"s3://{self._options.bucket}/{parcel.name}"

    def get(self, name: str) -> bytes:
        """
        See L{IObjectStore.get}.
        """
        try:
            found = self._client.get_object(Bucket=self._options.bucket, Key=name)
            content: bytes = found["Body"].read()
        except (ClientError, BotoCoreError) as e:
            raise self._failed(e) from e
        return content

    def delete(self, name: str) -> None:
        """
        See L{IObjectStore.delete}.
        """
        try:
            self._client.delete_object(Bucket=self._options.bucket, Key=name)
        except (ClientError, BotoCoreError) as e:
            raise self._failed(e) from e

    @property
    def _client(self) -> Any:
        # Clients may be shared between threads, but not made by two at once.
        with self._making:
            return self._made

    @cached_property
    def _made(self) -> Any:
        options = self._options
        when = "when_supported" if options.checksums else "when_required"
        return Session().client(
            "s3",
            region_name=options.region,
            endpoint_url=options.endpoint or None,
            aws_access_key_id=options.access_key_id or None,
            aws_secret_access_key=options.secret_key or None,
            verify=str(options.upload.ca_file) if options.upload.ca_file else None,
            config=Config(
                signature_version="s3v4",
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=self._read_seconds,
                retries={"total_max_attempts": 1},
                request_checksum_calculation=when,
                response_checksum_validation=when,
                s3={
                    "addressing_style": "path" if options.path_style else "virtual",
                    # Without checksums the signature is what guards the content.
                    "payload_signing_enabled": not options.checksums,
                },
            ),
        )

    def _encryption(self) -> dict[str, str]:
        options = self._options
        if not options.encryption:
            return {}
        found = {"ServerSideEncryption": options.encryption}
        if options.kms_key_id:
            found["SSEKMSKeyId"] = options.kms_key_id
        return found

    def _failed(self, error: Exception) -> StoreFailed:
        if not isinstance(error, ClientError):
            return self._unreachable(error)
        answer = error.response
        code = str(answer.get("Error", {}).get("Code", ""))
        status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        text = f"{self.place} answers {status} {'' if code.isdigit() else code}"
        way = _WAYS.get(code) or _WAYS["AccessDenied"] * (status in (401, 403))
        lasting = status < 500 and status not in (408, 429) and code not in _BUSY
        text = f"{text.rstrip()}: {way}" if way else text.rstrip()
        return StoreFailed(text, lasting=lasting)

    def _unreachable(self, error: Exception) -> StoreFailed:
        if isinstance(error, SSLError):
            reason = "its certificate is not good; for an authority of your own:"
            return StoreFailed(f"{self.place}: {reason} ca_file", lasting=True)
        if isinstance(error, NoCredentialsError):
            reason = "there are no credentials; set access_key_id and secret_key_file"
            return StoreFailed(f"{self.place}: {reason}", lasting=True)
        if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
            return StoreFailed(f"{self.place} does not answer in time", lasting=False)
        if isinstance(error, HTTPClientError | BotoConnectionError):
            text = f"{error} {getattr(error, 'kwargs', {}).get('error', '')}"
            return StoreFailed(unreachable(self.place, text), lasting=False)
        # Such as a profile in AWS_PROFILE that is not there.
        return StoreFailed(f"{self.place}: {error}", lasting=True)


_BUSY = ("RequestTimeout", "SlowDown", "Throttling", "RequestTimeTooShort")
