"""
Azure Blob Storage, with Microsoft's library (the extra C{azure-storage}).
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
)
from azure.storage.blob import BlobServiceClient, ContentSettings
from zope.interface import implementer

from ..errors import StoreFailed
from ..interfaces import IObjectStore, Parcel
from .options import AzureBlobOptions
from .reasons import unreachable

#: What is in memory of each upload, and must go out within
#: C{_CONNECT_SECONDS}, which hold for writing too.
_BLOCK = 4 * 1024 * 1024
_CONNECT_SECONDS = 30
READ_SECONDS = 60.0

_WAYS = {
    "AuthenticationFailed": (
        "is the key or the SAS token right and not expired, and this machine's clock?"
    ),
    "AuthorizationFailure": (
        "is the key or the SAS token right, does the storage account's firewall let"
        " this machine in, and does it allow access by key?"
    ),
    "AuthorizationPermissionMismatch": (
        "a SAS token needs create and write (sp=cw), an identity the role Storage Blob"
        " Data Contributor on the container"
    ),
    "ContainerNotFound": "make the container; the gateway does not",
    "KeyBasedAuthenticationNotPermitted": (
        "the account refuses keys: use a managed identity"
    ),
}
_IMMUTABLE = ("BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold")


# We tell of failures, once; the library would tell stderr of them each time.
logging.getLogger("azure").addHandler(logging.NullHandler())


@implementer(IObjectStore)
class AzureBlobStore:
    """
    One container.
    """

    def __init__(
        self, options: AzureBlobOptions, read_seconds: float = READ_SECONDS
    ) -> None:
        """
        @param read_seconds: how long the store may be silent.
        """
        self._options = options
        self._read_seconds = read_seconds
        self.place = f"{options.account_url}/{options.container}"
        self._container = self._open()

    def put(self, parcel: Parcel) -> str:
        """
        See L{IObjectStore.put}.  Every block goes with its MD5, which Azure compares;
        the blob is there when the list of its blocks is.
        """
        blob = self._container.get_blob_client(parcel.name)
        try:
            blob.upload_blob(
                parcel.body,
                length=parcel.size,
                overwrite=True,
                metadata=dict(parcel.metadata),
                content_settings=ContentSettings(content_type=parcel.content_type),
                validate_content=True,
                max_concurrency=1,
            )
        except AzureError as e:
            if not self._was_there(e, blob, parcel):
                raise self._failed(e) from e
        return f"{self.place}/{parcel.name}"

    def get(self, name: str) -> bytes:
        """
        See L{IObjectStore.get}.
        """
        try:
            content: bytes = self._container.download_blob(name).readall()
        except AzureError as e:
            raise self._failed(e) from e
        return content

    def delete(self, name: str) -> None:
        """
        See L{IObjectStore.delete}.
        """
        try:
            self._container.delete_blob(name)
        except AzureError as e:
            raise self._failed(e) from e

    def _open(self) -> Any:
        options, ca_file = self._options, self._options.upload.ca_file
        service = BlobServiceClient(
            options.account_url,
            credential=_credential(options),
            retry_total=0,
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=self._read_seconds,
            connection_verify=str(ca_file) if ca_file else True,
            max_block_size=_BLOCK,
            max_single_put_size=_BLOCK,
        )
        return service.get_container_client(options.container)

    def _was_there(self, error: AzureError, blob: Any, parcel: Parcel) -> bool:
        """
        A container with a retention policy does not let us put what a crash kept us
        from noting as uploaded.
        """
        if _code(error) not in _IMMUTABLE:
            return False
        try:
            found = blob.get_blob_properties()
        except AzureError:
            return False
        same: bool = found.size == parcel.size and all(
            found.metadata.get(name) == value for name, value in parcel.metadata.items()
        )
        return same

    def _failed(self, error: AzureError) -> StoreFailed:
        if isinstance(error, _NoToken):
            text = f"{self.place}: no token for the managed identity"
            return StoreFailed(f"{text}: does this machine have it?", lasting=True)
        status = getattr(error, "status_code", None)
        if not isinstance(error, HttpResponseError) or not status:
            return _unreachable(self.place, error)
        code = _code(error)
        text = f"{self.place} answers {status} {code}".rstrip()
        way = _WAYS.get(code) or _WAYS["AuthenticationFailed"] * (status in (401, 403))
        lasting = status < 500 and status not in (408, 429)
        return StoreFailed(f"{text}: {way}" if way else text, lasting=lasting)


def _code(error: AzureError) -> str:
    code = getattr(error, "error_code", None) or ""
    # A member of an enumeration, if the library knows it.
    return str(getattr(code, "value", code))


def _unreachable(place: str, error: Exception) -> StoreFailed:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = "its certificate is not good; for an authority of your own: ca_file"
        return StoreFailed(f"{place}: {reason}", lasting=True)
    if "timed out" in text:
        return StoreFailed(f"{place} does not answer in time", lasting=False)
    return StoreFailed(unreachable(place, text), lasting=False)


def _credential(options: AzureBlobOptions) -> Any:
    if options.account_key:
        return AzureNamedKeyCredential(account_name(options), options.account_key)
    if options.sas_token:
        return AzureSasCredential(options.sas_token)
    return _Identity(options.identity_client_id)


class _NoToken(AzureError):
    """
    The machine's managed identity cannot be had.
    """


class _Identity:
    """
    A managed identity, whose failures are told from the store's.
    """

    def __init__(self, client_id: str) -> None:
        from azure.identity import ManagedIdentityCredential

        self._found = ManagedIdentityCredential(
            client_id=client_id or None, retry_total=0
        )

    def get_token(self, *scopes: str, **how: Any) -> Any:
        try:
            return self._found.get_token(*scopes, **how)
        except AzureError as e:
            raise _NoToken(str(e)) from e


def account_name(options: AzureBlobOptions) -> str:
    """
    @return: of the storage account: in the host's name, or in the path, as emulators
        have it.
    """
    parts = urlsplit(options.account_url)
    in_path = parts.path.strip("/")
    return in_path or (parts.hostname or "").partition(".")[0]
