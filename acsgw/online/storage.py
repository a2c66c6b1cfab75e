"""
From us to the stores of recordings: writing, reading and deleting a small object.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs
from uuid import uuid4

from ..errors import AcsgwError, StoreFailed
from ..interfaces import IObjectStore, Parcel
from ..reactor_command import Outside
from ..settings import Settings
from ..storage.names import Facts, object_name
from ..storage.options import AzureBlobOptions, StoreOptions
from .findings import Finding, fail, ok, warn

OpenStore = Callable[[StoreOptions], IObjectStore]

_CONTENT = b"acsgw check --online was here\n"
_DAY = 24 * 3600.0

_WAY = "is its address right, and may this machine connect to it?"

#: A SAS token that ends sooner is worth a warning, in seconds.
_SOON = 7 * _DAY


async def store(
    options: StoreOptions, settings: Settings, open_store: OpenStore, outside: Outside
) -> list[Finding]:
    """
    @return: a finding, or two.
    """
    what = f"storage {options.name}"
    # Policies may allow only what the pattern gives.
    accounts = options.upload.accounts or tuple(a.name for a in settings.accounts)
    now = outside.wall()
    at = datetime.fromtimestamp(now, UTC)
    name = object_name(
        options.upload.object_name,
        Facts(
            call_id=f"acsgw-check-{uuid4().hex}",
            ext="txt",
            account=accounts[0],
            started=at,
            written=at,
            sha256="",
            size=None,
            seconds="",
        ),
    )
    try:
        opened = open_store(options)
        found: Finding = await outside.in_thread(lambda: _probe(what, opened, name))
    except AcsgwError as e:
        passing = isinstance(e, StoreFailed) and not e.lasting
        found = fail(what, str(e), _WAY if passing else "")
    return [found, *_expiry(what, options, now)]


def _probe(what: str, opened: IObjectStore, name: str) -> Finding:
    """
    Blocks.  Recordings are only written, so writing must work; reading may not.
    """
    url = opened.put(
        Parcel(
            name=name,
            body=io.BytesIO(_CONTENT),
            size=len(_CONTENT),
            content_type="text/plain",
        )
    )
    try:
        if opened.get(name) != _CONTENT:
            return fail(what, f"{url}: what is read is not what was written")
        read = "written and read back"
    except StoreFailed:
        read = "written; it may not be read, which is not needed"
    try:
        opened.delete(name)
    except StoreFailed:
        return ok(what, f"{url}: {read}; nor deleted, so it stays there")
    return ok(what, f"{opened.place}: an object can be {read}")


def _expiry(what: str, options: StoreOptions, now: float) -> Iterator[Finding]:
    if not isinstance(options, AzureBlobOptions) or not options.sas_token:
        return
    end = parse_qs(options.sas_token).get("se", [""])[0]
    try:
        parsed = datetime.fromisoformat(end)
    except ValueError:
        return
    left = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() - now
    text = f"the SAS token ends at {end}, in {left / _DAY:.1f} days"
    way = f"make a new one, and put it where storage.{options.name}.sas_token_file is"
    if left < _SOON:
        yield warn(what, text, f"{way}; then restart the gateway")
