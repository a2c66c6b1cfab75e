"""
A settings file and the environment -> checked, frozen settings.

All problems are found in one pass, each with its key, what is wrong and the way
out.  C{acsgw/settings/example.toml} shows every setting with its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from .accounts import parse_accounts
from .agents import check_agents, parse_agents
from .section import ReadText, Secrets, Section
from .shapes import Settings
from .storage import check_stores, parse_stores
from .values import endpoint, number, one_of, switch, text, url

AZURE_ISSUER = "https://acscallautomation.communication.azure.com"
AZURE_OPENID = f"{AZURE_ISSUER}/calling/.well-known/acsopenidconfiguration"

#: Callback tokens live for three hours, so no call may outlast them.
MAX_CALL_SECONDS = 3 * 3600.0


def parse_settings(
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    folder: Path,
    read_text: ReadText,
) -> Settings:
    """
    @param given: the parsed TOML.
    @param folder: that paths in the settings are relative to.

    @raise SettingsError: with every problem found.
    """
    problems: list[str] = []
    secrets = Secrets(environment, folder, read_text)
    known = {"gateway", "azure", "agent", "accounts", "storage"}
    for name in sorted(given.keys() - known):
        problems.append(f"{name}: is not a section of the settings")
    gateway = Section("gateway", given.get("gateway"), problems)
    azure = Section("azure", given.get("azure"), problems)
    agents = Section("agent", given.get("agent"), problems)
    local = Section(
        "agent.local", agents.take("local", lambda table: table, None), problems
    )
    dialogue = local.take("dialogue", text, "")
    settings = Settings(
        listen=gateway.take("listen", endpoint, "tcp:8080"),
        public_url=gateway.need(
            "public_url", url, "", "where Azure reaches this gateway: https://..."
        ),
        operations_listen=gateway.take(
            "operations_listen", endpoint, "tcp:8081:interface=127.0.0.1"
        ),
        state_dir=folder / gateway.take("state_dir", text, "state"),
        recordings_dir=folder / gateway.take("recordings_dir", text, "recordings"),
        recordings_format=gateway.take(
            "recordings_format", one_of("wav", "flac"), "wav"
        ),
        recordings_sealed=gateway.take("recordings_sealed", switch, False),
        recordings_keep_days=gateway.take(
            "recordings_keep_days", number(0, 36500, "days"), 0.0
        ),
        drain_seconds=gateway.take("drain_seconds", number(0, 3600, "seconds"), 30.0),
        max_call_seconds=gateway.take(
            "max_call_seconds",
            number(1, MAX_CALL_SECONDS, "seconds"),
            MAX_CALL_SECONDS,
        ),
        max_calls=int(gateway.take("max_calls", number(1, 100_000, "calls"), 1000.0)),
        lead_ms=int(gateway.take("lead_ms", number(20, 1000, "milliseconds"), 100.0)),
        frame_shortcut=gateway.take("frame_shortcut", switch, True),
        media_tick=gateway.take(
            "media_tick", one_of("auto", "always", "never"), "auto"
        ),
        keep_ended_calls=int(
            gateway.take("keep_ended_calls", number(1, 1_000_000, "calls"), 1000.0)
        ),
        issuer=azure.take("issuer", text, AZURE_ISSUER),
        openid_configuration=azure.take("openid_configuration", url, AZURE_OPENID),
        local_dialogue=folder / dialogue if dialogue else None,
        local_threads=int(local.take("threads", number(1, 64, "threads"), 2.0)),
        agents=parse_agents(given.get("agent"), agents, secrets, problems),
        stores=parse_stores(given.get("storage"), secrets, folder, problems),
        accounts=parse_accounts(given.get("accounts"), secrets, folder, problems),
    )
    check_agents(settings, problems)
    check_stores(settings, problems)
    for section in (gateway, azure, agents, local):
        section.finish()
    if problems:
        raise SettingsError(problems)
    return settings
