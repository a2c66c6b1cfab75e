"""
Which objects there are, and who knows whom.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry, Gauge
from twisted.application.service import IService

from acsgw.acs.bearer import BearerCheck

from .call import CallParts
from .control import IvrControl
from .desk import CallDesk
from .ports import Port, StoppedInOrder
from .recording_control import RecordingControl
from .recording_files import RecordingFiles
from .records import CallBook
from .requests import Requests
from .settings import Settings
from .signals import StopSignals
from .site import QuietSite
from .web import CallbackTokens, Operations, Webhooks, counter


def build(
    settings: Settings,
    prompts: Mapping[str, bytes],
    reactor: Any,
    wall: Callable[[], float],
    http: Any,
    *,
    heeds_signals: bool = False,
) -> IService:
    """
    @param prompts: the WAV files that are served, by name.
    @param wall: seconds since the epoch.
    @param heeds_signals: is the process ours?

    @return: all of it, not started.
    """
    ivr, azure, registry = settings.ivr, settings.azure, CollectorRegistry()
    book = CallBook(ivr.keep_ended_calls)
    secret = settings.acs.access_key.get_secret_value().encode("ascii")
    tokens = CallbackTokens(hmac.digest(secret, b"ivr callback key", "sha256"))
    recordings = RecordingControl(settings, http, reactor, wall, lambda: str(uuid4()))
    parts = _parts(settings, book, tokens, reactor, wall, http, recordings)
    outcomes = counter(registry, "ivr_calls_ended", "Calls that ended.", "outcome")
    desk = CallDesk(parts, book, lambda: uuid4().hex, outcomes)
    gauge = Gauge("ivr_calls", "Calls in progress.", registry=registry)
    gauge.set_function(lambda: len(desk))
    keys = azure.openid_configuration
    bearer = BearerCheck(http, reactor, wall, azure.issuer, keys)
    count = counter(registry, "ivr_events", "Events from Azure.", "type")
    folder = settings.recording and settings.recording.folder
    files = RecordingFiles(
        book, recordings, Path(folder) if folder else None, reactor, wall
    )
    webhooks = Webhooks(settings, desk, tokens, bearer, prompts, count, files.take)
    operations = Operations(book, desk, registry)
    # First added is last stopped: the ports outlive the calls that drain.
    parent = StoppedInOrder()
    for name, pages in (("operations_listen", operations), ("listen", webhooks)):
        site = QuietSite(pages.app.resource(), reactor=reactor, timeout=30)
        port = Port(f"ivr.{name}", getattr(ivr, name), site, reactor)
        port.setServiceParent(parent)
    files.setServiceParent(parent)
    desk.setServiceParent(parent)
    if heeds_signals:
        StopSignals(reactor, desk.hurry).setServiceParent(parent)
    return parent


def _parts(
    settings: Settings,
    book: CallBook,
    tokens: CallbackTokens,
    reactor: Any,
    wall: Callable[[], float],
    http: Any,
    recordings: RecordingControl,
) -> CallParts:
    ivr = settings.ivr
    own_url = ivr.callback_url or ivr.public_url
    prompts_url = f"{ivr.public_url}/v1/prompts"

    def callback_url(call_id: str) -> str:
        return f"{own_url}/v1/callbacks/{call_id}/{tokens.token(call_id)}"

    return CallParts(
        settings=settings,
        control=IvrControl(
            settings, prompts_url, http, reactor, wall, lambda: str(uuid4())
        ),
        requests=Requests(http, reactor),
        clock=reactor,
        wall=wall,
        callback_url=callback_url,
        handovers=book.handovers,
        recording=recordings if settings.recording else None,
    )
