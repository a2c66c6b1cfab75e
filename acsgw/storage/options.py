"""
Where recordings are uploaded to, and how: what the C{[storage.NAME]} tables say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

OBJECT_NAME = "{account}/{date}/{call_id}.{ext}"


@dataclass(frozen=True, kw_only=True)
class UploadOptions:
    """
    What holds for every kind of store.

    @ivar accounts: whose recordings go there; none: those of all accounts.
    @ivar object_name: pattern of the objects' names, see L{acsgw.storage.names}.
    @ivar delete_after_upload: else the files stay.
    @ivar ca_file: certificates (PEM) of authorities that may vouch for the store;
        L{None}: those that the store's library trusts.
    """

    accounts: tuple[str, ...] = ()
    object_name: str = OBJECT_NAME
    delete_after_upload: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class AzureBlobOptions:
    """
    A container of an Azure storage account (C{kind = "azure-blob"}).

    With neither key nor token it is this machine's managed identity that uploads.

    @ivar account_url: C{https://NAME.blob.core.windows.net}.
    @ivar account_key: base64; empty: there is a SAS token, or none of both.
    @ivar sas_token: a query, without the question mark; empty: as above.
    @ivar identity_client_id: which managed identity; empty: the machine's own.
    """

    name: str
    account_url: str
    container: str
    account_key: str = field(default="", repr=False)
    sas_token: str = field(default="", repr=False)
    identity_client_id: str = ""
    upload: UploadOptions


@dataclass(frozen=True, kw_only=True)
class S3Options:
    """
    A bucket of Amazon S3 or of a store that speaks like it (C{kind = "s3"}).

    @ivar endpoint: empty: Amazon's, for the region.
    @ivar access_key_id: empty: the credentials are those of boto3's chain, such as
        the role of the machine.
    @ivar path_style: is the bucket in the path, not in the host's name?
    @ivar encryption: C{AES256}, C{aws:kms}; empty: as the bucket has it.
    @ivar kms_key_id: for C{aws:kms}; empty: Amazon's own key.
    @ivar checksums: does the store know C{x-amz-checksum-...}?  Older ones do not.
    """

    name: str
    endpoint: str
    region: str
    bucket: str
    access_key_id: str = ""
    secret_key: str = field(default="", repr=False)
    path_style: bool = False
    encryption: str = ""
    kms_key_id: str = ""
    checksums: bool = True
    upload: UploadOptions


StoreOptions = AzureBlobOptions | S3Options
