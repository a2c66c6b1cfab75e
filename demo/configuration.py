"""
The settings that the demo runs with: written anew for each run, secrets and all.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

CALLER = "+14255550123"
LINE = "+18005550100"
HUMAN = "+18005550199"


@dataclass(frozen=True)
class Run:
    """
    One run of the demo.

    @ivar folder: all that it leaves.
    @ivar port_base: the gateway's port; the next two are its operations port and
        the emulator's.
    """

    folder: Path
    port_base: int

    @property
    def ports(self) -> dict[str, int]:
        """
        What for, and which.
        """
        base = self.port_base
        return {"the gateway": base, "operations": base + 1, "the emulator": base + 2}

    @property
    def gateway(self) -> str:
        """
        Where Azure would reach the gateway.
        """
        return f"http://127.0.0.1:{self.port_base}"

    @property
    def operations(self) -> str:
        """
        Where operators reach the gateway.
        """
        return f"http://127.0.0.1:{self.port_base + 1}"

    @property
    def emulator(self) -> str:
        """
        Where the gateway reaches "Azure".
        """
        return f"http://127.0.0.1:{self.port_base + 2}"


def write_settings(run: Run) -> dict[str, str]:
    """
    Write C{acsgw.toml}, C{emulator.toml} and the secrets.

    @return: the delivery headers of the Event Grid subscription.
    """
    access_key = b64encode(secrets.token_bytes(64)).decode()
    api_id, api_secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    resource = str(uuid4())
    _write_secret(run.folder / "access-key", access_key)
    _write_secret(run.folder / "api-secret", api_secret)
    _write_secret(run.folder / "emulator.toml", _emulator(run, access_key, resource))
    (run.folder / "acsgw.toml").write_text(_gateway(run, api_id, resource))
    return {"asapp-api-id": api_id, "asapp-api-secret": api_secret}


def _emulator(run: Run, access_key: str, resource: str) -> str:
    return f"""\
listen = "tcp:{run.port_base + 2}:interface=127.0.0.1"

[resource]
access_key = "{access_key}"
immutable_id = "{resource}"
phone_numbers = ["{LINE}"]
"""


def _gateway(run: Run, api_id: str, resource: str) -> str:
    openid = f"{run.emulator}/calling/.well-known/acsopenidconfiguration"
    return f"""\
[gateway]
listen = "tcp:{run.port_base}:interface=127.0.0.1"
operations_listen = "tcp:{run.port_base + 1}:interface=127.0.0.1"
public_url = "{run.gateway}"
state_dir = {json.dumps(str(run.folder / "state"))}
recordings_dir = {json.dumps(str(run.folder / "recordings"))}
drain_seconds = 2

# The emulator stands for Azure.
[azure]
issuer = "{run.emulator}"
openid_configuration = "{openid}"

[accounts.demo]
api_id = "{api_id}"
api_secret_file = "api-secret"
acs_endpoint = "{run.emulator}"
acs_access_key_file = "access-key"
resource_id = "{resource}"
agent = "local"
record = true
keep_words = true
transfer_to = "{HUMAN}"
caller_id = "{LINE}"
"""


def _write_secret(path: Path, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
