"""
The C{[storage.NAME]} tables as they are in force, for C{acsgw check}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ..storage.kinds import LIBRARIES, kind_of, missing
from ..storage.options import AzureBlobOptions, StoreOptions
from .storage import STORE_SECRETS


def shown_store(store: StoreOptions) -> Iterator[str]:
    """
    @return: its table as it is in force, secrets hidden.
    """
    yield f"\n[storage.{store.name}]"
    yield f'kind = "{kind_of(store)}"'
    if isinstance(store, AzureBlobOptions):
        names: tuple[str, ...] = ("account_url", "container", "identity_client_id")
        if not store.account_key and not store.sas_token:
            yield "managed_identity = true"
    else:
        names = (
            *("endpoint", "region", "bucket", "path_style", "access_key_id"),
            *("encryption", "kms_key_id", "checksums"),
        )
    for name in names:
        yield _line(name, getattr(store, name))
    for secret in STORE_SECRETS:
        if getattr(store, secret, ""):
            yield f"# {secret} is set (hidden)"
    for name in ("accounts", "object_name", "delete_after_upload", "ca_file"):
        yield _line(name, getattr(store.upload, name))


def store_problems(stores: tuple[StoreOptions, ...]) -> Iterator[str]:
    """
    @return: what would keep recordings from being uploaded from this machine.
    """
    for store in stores:
        libraries, _ = LIBRARIES[kind_of(store)]
        if any(not _is_there(library) for library in libraries):
            yield f"storage.{store.name}: {missing(store)}"
        ca_file = store.upload.ca_file
        if ca_file is not None:
            try:
                text = ca_file.read_text("ascii")
            except (OSError, UnicodeDecodeError) as e:
                reason = getattr(e, "strerror", None) or "it is not PEM"
                yield f"storage.{store.name}.ca_file: {ca_file}: {reason}"
            else:
                if "BEGIN CERTIFICATE" not in text:
                    yield (
                        f"storage.{store.name}.ca_file: {ca_file} has no certificate"
                        " (PEM)"
                    )


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False  # its parent is not there either


def _line(name: str, value: object) -> str:
    if value in ("", (), None):
        return f"# {name} is not set"
    if isinstance(value, Path):
        value = str(value)
    return f"{name} = {json.dumps(list(value) if isinstance(value, tuple) else value)}"
