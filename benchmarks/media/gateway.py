"""
The gateway as C{script/bench} starts it: the real daemon, with settings of its own.

With C{--pcm} its agents take bare PCM16 at 16 kHz: the same work as the peers', but
with all that the gateway does beside (tokens, pacing, barge-in, metrics).
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from acsgw import world
from acsgw.agent.options import AgentOptions, TwilioStreamOptions
from acsgw.interfaces import IAgentConnector
from acsgw.wire.media_hub import MediaHub

from .collect import collect_when_told
from .pcm_agent import PcmConnector


def write_settings(
    folder: Path, port: int, azure_port: int, agent_port: int, record: bool = False
) -> dict[str, str]:
    """
    @param port: of the gateway; the next one is for its operators.
    @param record: are calls recorded, into C{folder}?

    @return: the headers of its event subscription.
    """
    secret = secrets.token_urlsafe(32)
    (folder / "api-secret").write_text(secret)
    (folder / "access-key").write_text("YmVuY2htYXJr")
    (folder / "acsgw.toml").write_text(
        f"""\
[gateway]
listen = "tcp:{port}:interface=127.0.0.1:backlog=500"
operations_listen = "tcp:{port + 1}:interface=127.0.0.1"
public_url = "http://127.0.0.1:{port}"
state_dir = "state"
drain_seconds = 1
max_calls = 10000
recordings_dir = "recordings"

[azure]
issuer = "http://127.0.0.1:{azure_port}"
openid_configuration = "http://127.0.0.1:{azure_port}/openid"

[agent.bench]
kind = "twilio-stream"
url = "ws://127.0.0.1:{agent_port}/twilio"

[accounts.bench]
api_id = "bench"
api_secret_file = "api-secret"
acs_endpoint = "http://127.0.0.1:{azure_port}"
acs_access_key_file = "access-key"
resource_id = "00000000-0000-0000-0000-000000000000"
agent = "bench"
record = {str(record).lower()}
"""
    )
    return {"asapp-api-id": "bench", "asapp-api-secret": secret}


def pcm_agent(
    options: AgentOptions,
    hub: MediaHub,
    http: object,
    new_id: Callable[[], str] = lambda: "",
) -> IAgentConnector:
    """
    In place of L{acsgw.agent.kinds.build_agent}.
    """
    assert isinstance(options, TwilioStreamOptions)
    return PcmConnector(hub, options.url.replace("/twilio", "/pcm"))


def main() -> None:
    """
    C{twistd}, with other agents if so wanted.
    """
    from twisted.scripts.twistd import run

    if "--pcm" in sys.argv:
        sys.argv.remove("--pcm")
        world.build_agent = pcm_agent  # type: ignore[attr-defined]
    collect_when_told()
    run()


if __name__ == "__main__":
    main()
