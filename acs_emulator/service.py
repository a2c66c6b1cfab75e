"""
The C{twistd acs-emulator} command: options in, one service out.
"""

from __future__ import annotations

import os
import tomllib
from typing import Any, BinaryIO, cast

from twisted.application.service import IService
from twisted.python.usage import Options as _Options, UsageError

from .control_client import find_recordings
from .errors import EmulatorError, SettingsError
from .settings import Settings, parse_settings

#: Bytes of a recording that need no disk.
_IN_MEMORY = 4 * 1024 * 1024


class Options(_Options):
    """
    The command line; what is valid is said in L{acs_emulator.settings}.
    """

    synopsis = "[acs-emulator options]"
    longdesc = (
        "Azure Communication Services call automation on this machine.  Works "
        "without any settings: it prints the access key that it makes."
    )
    optParameters = [
        ["config", "c", None, "settings file (TOML)"],
        ["listen", "l", None, "where to listen [tcp:8480:interface=127.0.0.1]"],
    ]
    optFlags = [["tls", None, "speak https on that port, with a local authority"]]

    settings: Settings

    def postOptions(self) -> None:
        """
        Check everything at once, so that twistd prints the problems and no
        traceback.
        """
        try:
            self.settings = parse_settings(
                self._document(), self["listen"], tls=bool(self["tls"])
            )
        except SettingsError as e:
            raise UsageError(str(e)) from e

    def _document(self) -> dict[str, Any]:
        path = self["config"]
        if path is None:
            return {}
        try:
            with open(path, "rb") as file:
                document = tomllib.load(file)
        except OSError as e:
            raise UsageError(f"--config: {path}: {e.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            raise UsageError(f"--config: {path}: not TOML: {e}") from None
        folder, phones = os.path.dirname(os.path.abspath(path)), document.get("phones")
        for phone in phones if isinstance(phones, list) else []:
            if isinstance(phone, dict):
                find_recordings(phone, folder)
        return document


def makeService(options: Options) -> IService:
    """
    Build the service; the only place that touches the global reactor, the
    network, chance and time.
    """
    import gc
    import secrets
    import time
    import uuid
    from tempfile import SpooledTemporaryFile

    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from twisted.internet import reactor
    from twisted.internet.task import Clock
    from twisted.internet.threads import deferToThread
    from twisted.web.client import Agent

    from .assembly import World, build
    from .fronts.authority import Authority
    from .fronts.espeak import local_voice
    from .fronts.moonshine import local_ears
    from .fronts.trust import make_trust

    settings = options.settings
    try:
        trust = make_trust(settings.trust)
        authority = Authority.for_settings(settings, os.environ, time.time())
    except EmulatorError as e:
        # An error of any other kind would be printed with a traceback.
        raise SystemExit(f"acs-emulator: {e}") from None
    clock: Clock | None = None
    if settings.manual_clock:
        clock = Clock()
        clock.advance(time.time())
    world = World(
        reactor=reactor,
        agent=Agent(reactor, trust, connectTimeout=10),
        monotonic=time.monotonic if clock is None else clock.seconds,
        clock=clock,
        new_id=lambda: str(uuid.uuid4()),
        random_bytes=secrets.token_bytes,
        private_key=generate_private_key(public_exponent=65537, key_size=2048),
        in_thread=deferToThread,
        new_file=lambda: cast(BinaryIO, SpooledTemporaryFile(_IN_MEMORY)),  # noqa: SIM115
        voice=local_voice(),
        ears=local_ears(),
        trust=trust,
        authority=authority,
    )
    # What is there now stays: the collector need not look at it 50 times a second.
    reactor.callWhenRunning(gc.collect)
    reactor.callWhenRunning(gc.freeze)
    try:
        return build(settings, world)
    except EmulatorError as e:
        raise SystemExit(f"acs-emulator: {e}") from None
