"""
The C{twistd ivr-sample} command: options in, one service out.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from twisted.application import strports
from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.python.usage import Options as _Options, UsageError

from . import __version__
from .errors import SettingsError
from .prompts import read_prompts
from .settings import Settings
from .settings_file import load_settings


class Options(_Options):
    """
    The command line; what is valid is said in L{ivr_sample.settings}.
    """

    synopsis = "[ivr-sample options]"
    longdesc = "Collect a caller's data by keypad and hand over to a voice agent."
    optParameters = [["config", "c", "ivr.toml", "the settings file"]]

    settings: Settings
    folder: Path

    def opt_version(self) -> None:
        """
        Show the version and exit.
        """
        print(f"ivr-sample {__version__}")
        raise SystemExit(0)

    def postOptions(self) -> None:
        """
        Check everything at once, so that twistd prints the problems and no
        traceback.
        """
        path = Path(self["config"])
        self.folder = path.resolve().parent
        try:
            self.settings = load_settings(path, os.environ)
        except SettingsError as e:
            raise UsageError(str(e)) from e


def makeService(options: Options) -> IService:
    """
    The only place that touches the global reactor.
    """
    from treq.client import HTTPClient
    from twisted.internet import reactor as _reactor
    from twisted.web.client import Agent, HTTPConnectionPool

    # Timers must not jump when somebody sets the wall clock.
    reactor: Any = _reactor
    reactor.seconds = time.monotonic
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = 20
    http = HTTPClient(Agent(reactor, pool=pool))
    prompts, _ = read_prompts(options.settings, options.folder)
    return build(options.settings, prompts, reactor, time.time, http)


def build(
    settings: Settings,
    prompts: Mapping[str, bytes],
    reactor: Any,
    wall: Callable[[], float],
    http: Any,
) -> IService:
    """
    @param prompts: the WAV files that are served, by name.
    @param wall: seconds since the epoch.

    @return: all of it, not started.
    """
    from prometheus_client import CollectorRegistry, Gauge

    from acsgw.acs.bearer import BearerCheck

    from .call import CallParts
    from .control import IvrControl
    from .desk import CallDesk
    from .records import CallBook
    from .requests import Requests
    from .web import CallbackTokens, Operations, QuietSite, Webhooks, counter

    ivr, azure = settings.ivr, settings.azure
    registry = CollectorRegistry()
    book = CallBook(ivr.keep_ended_calls)
    secret = settings.acs.access_key.get_secret_value().encode("ascii")
    tokens = CallbackTokens(hmac.digest(secret, b"ivr callback key", "sha256"))
    own_url = ivr.callback_url or ivr.public_url

    def callback_url(call_id: str) -> str:
        return f"{own_url}/v1/callbacks/{call_id}/{tokens.token(call_id)}"

    parts = CallParts(
        settings=settings,
        control=IvrControl(
            settings,
            f"{ivr.public_url}/v1/prompts",
            *(http, reactor, wall),
            lambda: str(uuid4()),
        ),
        requests=Requests(http, reactor),
        clock=reactor,
        wall=wall,
        callback_url=callback_url,
        handovers=book.handovers,
    )
    outcomes = counter(registry, "ivr_calls_ended", "Calls that ended.", "outcome")
    desk = CallDesk(parts, book, lambda: uuid4().hex, outcomes)
    gauge = Gauge("ivr_calls", "Calls in progress.", registry=registry)
    gauge.set_function(lambda: len(desk))
    keys = azure.openid_configuration
    bearer = BearerCheck(http, reactor, wall, azure.issuer, keys)
    count = counter(registry, "ivr_events", "Events from Azure.", "type")
    webhooks = Webhooks(settings, desk, tokens, bearer, prompts, count).app.resource()
    operations = Operations(book, desk, registry).app.resource()
    # First added is last stopped: the ports outlive the calls that drain.
    parent = StoppedInOrder()
    for name, resource in (("operations_listen", operations), ("listen", webhooks)):
        site = QuietSite(resource, reactor=reactor, timeout=30)
        port = Port(f"ivr.{name}", getattr(ivr, name), site, reactor)
        port.setServiceParent(parent)
    desk.setServiceParent(parent)
    return parent


class Port(Service):
    """
    Says what is wrong, without a traceback, when it cannot be had.
    """

    def __init__(self, setting: str, where: str, site: Any, reactor: Any) -> None:
        self._setting = setting
        self._where = where
        self._port = strports.service(where, site, reactor)

    def privilegedStartService(self) -> None:
        """
        @raise SystemExit: if the port cannot be had.
        """
        super().privilegedStartService()
        try:
            self._port.privilegedStartService()
        except (CannotListenError, OSError) as e:
            raise SystemExit(
                f"cannot listen on {self._where}: {getattr(e, 'socketError', e)};"
                f" end the program that uses it, or change {self._setting}"
            ) from None

    def startService(self) -> None:
        super().startService()
        self._port.startService()

    def stopService(self) -> Deferred[None] | None:
        super().stopService()
        stopped: Deferred[None] | None = self._port.stopService()
        return stopped


class StoppedInOrder(MultiService):
    """
    L{MultiService} would close the ports while calls still need them.
    """

    _log = Logger()

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        return Deferred.fromCoroutine(self._stop_in_order())

    async def _stop_in_order(self) -> None:
        service: IService
        for service in reversed(list(self)):
            try:
                await maybeDeferred(service.stopService)
            except Exception:
                self._log.failure("stopping {service}", service=service)
