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
        the emulator's, then come the IVR's two.
    @ivar with_ivr: does an IVR take the calls first?
    """

    folder: Path
    port_base: int
    with_ivr: bool = False

    @property
    def ports(self) -> dict[str, int]:
        """
        What for, and which.
        """
        base = self.port_base
        ports = {"the gateway": base, "operations": base + 1, "the emulator": base + 2}
        if self.with_ivr:
            ports |= {"the IVR": base + 3, "the IVR's operations": base + 4}
        return ports

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

    @property
    def ivr(self) -> str:
        """
        Where Azure would reach the IVR.
        """
        return f"http://127.0.0.1:{self.port_base + 3}"

    @property
    def ivr_recordings(self) -> Path:
        """
        Where the IVR keeps its recordings.
        """
        return self.folder / "ivr-recordings"

    @property
    def ivr_operations(self) -> str:
        """
        Where operators reach the IVR.
        """
        return f"http://127.0.0.1:{self.port_base + 4}"


@dataclass(frozen=True, kw_only=True)
class Names:
    """
    What all sides must agree on.

    @ivar resource: the GUID of the Communication Services resource.
    @ivar gateway_headers: of the gateway's Event Grid subscription.
    @ivar ivr_headers: of the IVR's.
    """

    resource: str
    access_key: str
    api_id: str
    api_secret: str
    events_key: str

    @property
    def gateway_user(self) -> str:
        """
        Raw id of the gateway, for transfers.
        """
        return f"8:acs:{self.resource}_gateway"

    @property
    def ivr_user(self) -> str:
        """
        Raw id of the IVR, for the way back.
        """
        return f"8:acs:{self.resource}_ivr"

    @property
    def gateway_headers(self) -> dict[str, str]:
        return {"asapp-api-id": self.api_id, "asapp-api-secret": self.api_secret}

    @property
    def ivr_headers(self) -> dict[str, str]:
        return {"x-ivr-key": self.events_key}


def write_settings(run: Run) -> Names:
    """
    Write C{acsgw.toml}, C{emulator.toml}, perhaps C{ivr.toml}, and the secrets.
    """
    names = Names(
        resource=str(uuid4()),
        access_key=b64encode(secrets.token_bytes(64)).decode(),
        api_id=secrets.token_hex(8),
        api_secret=secrets.token_urlsafe(32),
        events_key=secrets.token_hex(32),
    )
    _write_secret(run.folder / "access-key", names.access_key)
    _write_secret(run.folder / "api-secret", names.api_secret)
    _write_secret(run.folder / "emulator.toml", _emulator(run, names))
    (run.folder / "acsgw.toml").write_text(_gateway(run, names.api_id, names.resource))
    if run.with_ivr:
        _write_secret(run.folder / "events-key", names.events_key)
        run.ivr_recordings.mkdir(mode=0o700)
        (run.folder / "ivr.toml").write_text(_ivr(run, names))
    return names


def _emulator(run: Run, names: Names) -> str:
    return f"""\
listen = "tcp:{run.port_base + 2}:interface=127.0.0.1"

[resource]
access_key = "{names.access_key}"
immutable_id = "{names.resource}"
phone_numbers = ["{LINE}"]
users = ["gateway", "ivr"]
"""


def _ivr(run: Run, names: Names) -> str:
    """
    The addresses and identities; what is said and asked stands in C{ivr.toml} beside
    this module.
    """
    openid = f"{run.emulator}/calling/.well-known/acsopenidconfiguration"
    flow = Path(__file__).with_name("ivr.toml").read_text("utf-8")
    return f"""\
[ivr]
public_url = "{run.ivr}"
listen = "tcp:{run.port_base + 3}:interface=127.0.0.1"
operations_listen = "tcp:{run.port_base + 4}:interface=127.0.0.1"
drain_seconds = 2
keep_values = true

[acs]
endpoint = "{run.emulator}"
access_key_file = "access-key"
resource_id = "{names.resource}"
identity = "{names.ivr_user}"
# Whatever stands here: the emulator speaks by itself.
cognitive_services_endpoint = "https://speech.invalid"

[azure]
issuer = "{run.emulator}"
openid_configuration = "{openid}"

[events]
key_file = "events-key"

[gateway]
identity = "{names.gateway_user}"
origin = "{run.gateway}"
prompt = "I am connecting you with our assistant."

[human]
target = "{HUMAN}"
caller_id = "{LINE}"

# The caller on the left channel, the IVR on the right one.
[recording]
channels = "unmixed"
folder = {json.dumps(str(run.ivr_recordings))}

{flow}"""


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
