"""
On this machine: the gateway's process, its agents, its keys.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AcsgwError, KeyRingError
from ..interfaces import IAgentConnector, IAgentProbe
from ..keys.file_ring import load_file_ring
from ..keys.recording_keys import RECORDING_KEYS, open_recording_keys
from ..reactor_command import Outside
from ..recording.sidecar import SEALED
from ..settings import Settings
from .dial import Unreachable
from .exchange import exchange
from .findings import Finding, fail, ok, skipped, warn

GATEWAY, RING, RECORDINGS = "gateway", "signing keys", "recording keys"


@dataclass(frozen=True)
class Running:
    """
    @ivar runs: does it answer on its operations port, here?
    @ivar reason: why it is not ready; L{None}: it is.
    """

    runs: bool
    reason: str | None = None


def operations_url(listen: str) -> str | None:
    """
    @param listen: an endpoint description of Twisted's.

    @return: L{None} if nobody can tell.
    """
    found = re.match(r"tcp6?:(?:port=)?(\d+)", listen)
    if found is None:
        return None
    interface = re.search(r":interface=((?:\\:|[^:])+)", listen)
    host = interface[1].replace("\\:", ":") if interface else "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{found[1]}"


async def gateway(settings: Settings, outside: Outside) -> tuple[Finding, Running]:
    url = operations_url(settings.operations_listen)
    if url is None:
        listen = settings.operations_listen
        why = f"operations_listen ({listen}) is no TCP port"
        return skipped(GATEWAY, why), Running(False)
    try:
        answer = await exchange(
            outside.http, outside.reactor, "GET", f"{url}/health/ready"
        )
    except Unreachable:
        why = f"nothing answers at {url}, so it does not run on this machine"
        return skipped(GATEWAY, why, "start it: twistd -n acsgw"), Running(False)
    if answer.status == 200 and answer.json().get("status") == "ok":
        return ok(GATEWAY, f"it runs, and is ready ({url})"), Running(True)
    reason = answer.json().get("reason")
    if answer.status == 503 and reason:
        text = f"it runs, but is not ready: {reason}"
        return warn(GATEWAY, text, "wait, then check again"), Running(True, reason)
    way = "is gateway.operations_listen another program's port?"
    return fail(GATEWAY, f"{url}/health/ready answers {answer.status}", way), Running(
        False
    )


async def agent(name: str, connector: IAgentConnector, running: Running) -> Finding:
    """
    Asks the agent itself, if its connector can; else the gateway that runs.
    """
    what = f"agent {name}"
    if IAgentProbe.providedBy(connector):
        probe: Any = connector
        try:
            return ok(what, await probe.probe())
        except AcsgwError as e:
            return fail(what, str(e))
    if not running.runs:
        return skipped(
            what, "only the gateway itself can tell, and it does not run here"
        )
    if running.reason is not None:
        return warn(what, f"perhaps not ready: {running.reason}", "check again")
    return ok(what, "ready, says the gateway")


def signing_keys(settings: Settings) -> Finding:
    """
    A ring that is kept elsewhere, such as in a vault, is to be asked here too.
    """
    path = settings.state_dir / "keys.json"
    if not path.exists():
        return ok(RING, f"{path} will be made at the first start")
    try:
        load_file_ring(path, lambda size: b"", create=False)
    except KeyRingError as e:
        return fail(RING, str(e))
    return ok(RING, f"{path} can be read")


def recording_keys(settings: Settings) -> Finding:
    """
    Those that seal recordings: what is sealed with them is lost with them.
    """
    path = settings.state_dir / RECORDING_KEYS
    if not os.path.lexists(path):
        return _no_recording_keys(settings, path)
    try:
        ring = open_recording_keys(settings.state_dir, create=False)
        mode = path.stat().st_mode & 0o777
    except (AcsgwError, OSError) as e:
        return fail(RECORDINGS, str(e))
    if mode & 0o077:
        text = f"others than its owner may read {path} (mode {mode:o})"
        return warn(RECORDINGS, text, f"chmod 600 {path}")
    key = ring.current().key_id
    return ok(RECORDINGS, f"{path} can be read, the current one is {key}")


def _no_recording_keys(settings: Settings, path: Path) -> Finding:
    sealed = sorted(settings.recordings_dir.glob("*" + SEALED))
    if sealed:
        text = f"there is no {path}, but {sealed[0].name} was sealed with some key"
        way = "restore it from a copy; a start makes a new one, which opens no old file"
        return warn(RECORDINGS, text, way)
    text = f"{path} will be made at the first start: copy it to a safe place then"
    return ok(RECORDINGS, text)


Connectors = Mapping[str, IAgentConnector]
