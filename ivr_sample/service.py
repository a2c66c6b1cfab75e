"""
The C{twistd ivr-sample} command: options in, one service out.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from twisted.application.service import IService
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

    from .assembly import build

    # Timers must not jump when somebody sets the wall clock.
    reactor: Any = _reactor
    reactor.seconds = time.monotonic
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = 20
    http = HTTPClient(Agent(reactor, pool=pool))
    prompts, _ = read_prompts(options.settings, options.folder)
    settings = options.settings
    return build(settings, prompts, reactor, time.time, http, heeds_signals=True)
