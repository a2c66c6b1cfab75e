"""
Builds the stores that the settings name.
"""

from __future__ import annotations

from ..errors import AcsgwError
from ..interfaces import IObjectStore
from .options import AzureBlobOptions, StoreOptions

#: What each kind needs to be installed, and the extra that brings it.
LIBRARIES = {
    "azure-blob": (("azure.storage.blob", "azure.identity"), "azure-storage"),
    "s3": (("boto3",), "s3"),
}


def kind_of(options: StoreOptions) -> str:
    """
    @return: as in the settings.
    """
    return "azure-blob" if isinstance(options, AzureBlobOptions) else "s3"


def open_store(options: StoreOptions) -> IObjectStore:
    """
    Nothing is connected yet.

    @raise AcsgwError: its library is not there.
    """
    # Extras: slow to import, and not there for who does not need them.
    store: IObjectStore
    try:
        if isinstance(options, AzureBlobOptions):
            from .azure_blob import AzureBlobStore

            store = AzureBlobStore(options)
        else:
            from .s3 import S3Store

            store = S3Store(options)
    except ImportError as e:
        raise AcsgwError(f"storage.{options.name}: {missing(options)}") from e
    return store


def missing(options: StoreOptions) -> str:
    """
    @return: what to install.
    """
    libraries, extra = LIBRARIES[kind_of(options)]
    return (
        f"{', '.join(libraries)} must be installed: install acsgw with the extra"
        f" {extra!r}: pip install '.[{extra}]'"
    )
