"""
The C{[storage.NAME]} tables: where recordings are uploaded to.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs

from ..storage.names import pattern_problem
from ..storage.options import (
    OBJECT_NAME,
    AzureBlobOptions,
    S3Options,
    StoreOptions,
    UploadOptions,
)
from .agent_values import is_here
from .section import Secrets, Section, variable_name
from .shapes import Settings
from .values import one_of, some, switch, text, url

#: What stores may need that does not stand in the settings file.
STORE_SECRETS = ("account_key", "sas_token", "secret_key")


def parse_stores(
    tables: object,
    secrets: Secrets,
    folder: Path,
    problems: list[str],
) -> tuple[StoreOptions, ...]:
    """
    @param folder: that paths in the settings are relative to.
    """
    given = Section("storage", tables, problems)
    if not isinstance(tables, Mapping):
        return ()
    stores: list[StoreOptions] = []
    variables: dict[str, str] = {}
    for name, table in tables.items():
        below = given.table(name)
        if below is None or not isinstance(table, Mapping):
            continue
        prefix = variable_name("storage", name)
        if prefix in variables:
            below.problem(
                "(name)",
                f"its variables would be those of storage.{variables[prefix]}"
                f" ({prefix}_...); rename one",
            )
        variables[prefix] = name
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            below.problem(
                "(name)", "may have letters, digits, - and _ only; 64 of them"
            )
        parse = _KINDS.get(below.need("kind", text, "", f"one of {_KIND_NAMES}"))
        if parse is not None:
            stores.append(parse(name, below, secrets, _upload(below, folder)))
            below.finish()
        elif below.has("kind"):
            below.problem("kind", f"is none of {_KIND_NAMES}")
    return tuple(stores)


def check_stores(settings: Settings, problems: list[str]) -> None:
    """
    Each account's recordings have one place to go to.
    """
    known = [account.name for account in settings.accounts]
    owners: dict[str, str] = {}
    for store in settings.stores:
        for name in store.upload.accounts or known:
            where = f"storage.{store.name}.accounts"
            if name not in known:
                problems.append(f"{where}: {name!r} is not an account")
            elif name in owners:
                whose = "" if store.upload.accounts else " (without it: all accounts)"
                problems.append(
                    f"{where}{whose}: recordings of {name} go to"
                    f" storage.{owners[name]} already; name each account once"
                )
            owners.setdefault(name, store.name)


def _upload(section: Section, folder: Path) -> UploadOptions:
    ca_file = section.take("ca_file", text, "")
    nobody: tuple[str, ...] = ()
    return UploadOptions(
        accounts=section.take("accounts", some(text), nobody),
        object_name=section.take("object_name", _pattern, OBJECT_NAME),
        delete_after_upload=section.take("delete_after_upload", switch, False),
        ca_file=folder / ca_file if ca_file else None,
    )


def _azure_blob(
    name: str, section: Section, secrets: Secrets, upload: UploadOptions
) -> StoreOptions:
    account_key = secrets.take(section, "account_key") or ""
    sas_token = (secrets.take(section, "sas_token") or "").lstrip("?")
    ways = ("account_key_file", "sas_token_file", "managed_identity")
    managed = section.take("managed_identity", switch, False)
    # A file that cannot be read has been told of.
    named = any(section.has(key) for key in ways[:2])
    chosen = [bool(account_key), bool(sas_token), managed].count(True)
    if chosen > 1 or (chosen == 0 and not named):
        section.problem(
            "account_key_file",
            f"give exactly one of {', '.join(ways)} (= true); secrets may also come as"
            f" {variable_name(section.name, 'account_key')} or"
            f" {variable_name(section.name, 'sas_token')}",
        )
    _check_key(section, account_key)
    if sas_token and not parse_qs(sas_token).get("sig"):
        section.problem("sas_token", "is no SAS token: sv=...&sp=...&sig=...")
    client_id = section.take("identity_client_id", text, "")
    if client_id and not managed:
        section.problem("identity_client_id", "is only for managed_identity = true")
    return AzureBlobOptions(
        name=name,
        account_url=_address(section, "account_url", "https://NAME.blob.core..."),
        container=section.need(
            "container",
            _matching(r"[a-z0-9](-?[a-z0-9]){2,62}|\$root", "the name of a container"),
            "",
            "the name of the container",
        ),
        account_key=account_key,
        sas_token=sas_token,
        identity_client_id=client_id,
        upload=upload,
    )


def _s3(
    name: str, section: Section, secrets: Secrets, upload: UploadOptions
) -> StoreOptions:
    access_key_id = section.take("access_key_id", text, "")
    secret_key = secrets.take(section, "secret_key") or ""
    named = secret_key or section.has("secret_key_file")
    if access_key_id and not named:
        section.problem(
            "secret_key_file",
            "is missing; it names a file that holds the secret of access_key_id; or"
            f" set {variable_name(section.name, 'secret_key')}",
        )
    if named and not access_key_id:
        section.problem("access_key_id", "is missing; it belongs to the secret key")
    encryption = section.take("encryption", one_of("AES256", "aws:kms"), "")
    kms_key_id = section.take("kms_key_id", text, "")
    if kms_key_id and encryption != "aws:kms":
        section.problem("kms_key_id", 'is only for encryption = "aws:kms"')
    endpoint = ""
    if section.has("endpoint"):
        endpoint = _address(section, "endpoint", "")
    return S3Options(
        name=name,
        endpoint=endpoint,
        region=section.need(
            "region",
            _matching(r"[a-z0-9-]{1,64}", "a region, like eu-central-1"),
            "",
            "the bucket's, like eu-central-1; stores without regions take us-east-1",
        ),
        bucket=section.need(
            "bucket",
            _matching(r"[A-Za-z0-9][A-Za-z0-9._-]{2,62}", "the name of a bucket"),
            "",
            "the name of the bucket",
        ),
        access_key_id=access_key_id,
        secret_key=secret_key,
        path_style=section.take("path_style", switch, bool(endpoint)),
        encryption=encryption,
        kms_key_id=kms_key_id,
        checksums=section.take("checksums", switch, True),
        upload=upload,
    )


_KINDS: dict[
    str, Callable[[str, Section, Secrets, UploadOptions], AzureBlobOptions | S3Options]
] = {"azure-blob": _azure_blob, "s3": _s3}
_KIND_NAMES = ", ".join(_KINDS)


def _address(section: Section, key: str, what: str) -> str:
    insecure = section.take("insecure", switch, False)
    given = section.need(key, url, "", what)
    if given.startswith("http:") and not insecure and not is_here(given):
        section.problem(
            key, "is not https://; recordings would be for all ears (insecure = true)"
        )
    return given


def _pattern(value: object) -> str:
    given = text(value)
    problem = pattern_problem(given)
    if problem is not None:
        raise ValueError(problem)
    return given


def _matching(pattern: str, what: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        given = text(value)
        if not re.fullmatch(pattern, given):
            raise ValueError(f"{given!r} is not {what}")
        return given

    return parse


def _check_key(section: Section, key: str) -> None:
    try:
        b64decode(key, validate=True)
    except ValueError as e:
        section.problem("account_key", f"is not base64, as account keys are: {e}")
