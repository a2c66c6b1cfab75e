"""
The C{twistd acsgw} command: options in, one service out.
"""

from __future__ import annotations

import gc
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.python.usage import Options as _Options, UsageError

from . import __version__
from .errors import AcsgwError, SettingsError
from .garbage import GarbageRounds
from .settings import Settings, load_settings


class Options(_Options):
    """
    The command line of C{twistd acsgw}; what is valid is said in
    L{acsgw.settings}, not here.
    """

    synopsis = "[acsgw options]"
    longdesc = "Answer phone calls and bridge their audio to a voice agent."
    optParameters = [
        ["config", "c", "acsgw.toml", "the settings file"],
    ]

    settings: Settings

    def opt_version(self) -> None:
        """
        Show the version and exit.
        """
        print(f"acsgw {__version__}")
        raise SystemExit(0)

    def postOptions(self) -> None:
        """
        Check everything at once, so that twistd prints the problems and no
        traceback.
        """
        try:
            self.settings = load_settings(Path(self["config"]), os.environ)
        except SettingsError as e:
            raise UsageError(str(e)) from e


def makeService(options: Options) -> IService:
    """
    Build the service; the only place that touches the global reactor.
    """
    from twisted.internet import reactor

    from .assembly import build
    from .world import open_world

    try:
        world = open_world(options.settings, reactor, time.monotonic, time.time)
        # gc is Python's own: typeshed's names of parameters differ, no more.
        collector: Any = gc
        garbage = GarbageRounds(world.reactor, world.hub, collector)
        # Last stopped: calls that drain are calls.
        world = replace(world, first=(garbage, *world.first))
        return build(options.settings, world)
    except AcsgwError as e:
        # twistd would print a traceback for anything else.
        raise SystemExit(f"acsgw cannot start: {e}") from e
