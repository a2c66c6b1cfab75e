"""
What each account is made of.
"""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from ..acs.control import AzureCallControl
from ..audio.batch import Batch
from ..audio.prompt import Prompt, read_prompt
from ..bridge.parts import BridgeParts
from ..bridge.wheel import Wheel
from ..calls.handover import HandoverRules
from ..calls.parts import AccountParts
from ..calls.passage import HandoverTerms
from ..calls.variables import VariableNames
from ..errors import AcsgwError
from ..interfaces import IAgentConnector
from ..recording.studio import Studio
from ..settings import AccountSettings, Settings
from ..world import World

#: The rates that media streams can have, in Hz, in order of preference.
_MEDIA_RATES = (16000, 24000)


def account_parts(
    account: AccountSettings,
    settings: Settings,
    world: World,
    wheel: Wheel,
    batch: Batch,
    studio: Studio,
) -> AccountParts:
    """
    @raise AcsgwError: if something that the account names cannot be had.
    """
    connector = world.connectors[account.agent]
    media_rate = _media_rate(connector)
    pause_keys = (account.record_pause_keys, account.record_resume_keys)
    new_recorder = partial(studio.recorder, account.name, *pause_keys)
    bridge = BridgeParts(
        connector=connector,
        wheel=wheel,
        batch=batch,
        monotonic=world.monotonic,
        lead_ms=settings.lead_ms,
        new_recorder=new_recorder if account.record else None,
    )
    return AccountParts(
        control=_control(account, world),
        bridge=bridge,
        media_rate=media_rate,
        handover=_handover(account),
        keep_words=account.keep_words,
        resumes=account.resume_after_failed_transfer,
        fallback_prompt=_prompt(account, media_rate),
        fallback_target=account.fallback_to,
    )


def _control(account: AccountSettings, world: World) -> AzureCallControl:
    return AzureCallControl(
        account.acs_endpoint,
        account.acs_access_key,
        world.http,
        world.reactor,
        world.wall,
        lambda: str(uuid4()),
        account.caller_id,
    )


def _prompt(account: AccountSettings, media_rate: int) -> Prompt | None:
    """
    @return: at the media rate: converting takes a while, and is done once.

    @raise AcsgwError: better no gateway than callers who do not hear it.
    """
    if account.fallback_prompt is None:
        return None
    try:
        return read_prompt(account.fallback_prompt).at(media_rate)
    except AcsgwError as e:
        raise AcsgwError(f"accounts.{account.name}.fallback_prompt: {e}") from e


def _handover(account: AccountSettings) -> HandoverTerms:
    rules, variables = account.handover, account.variables
    return HandoverTerms(
        resource_id=account.resource_id,
        rules=HandoverRules(
            agent=rules.agent,
            system=rules.system,
            completed=rules.completed,
            agent_lost=rules.agent_lost,
        ),
        names=VariableNames(
            return_identity=variables.return_identity,
            conversation_id=variables.conversation_id,
            handover_kind=variables.handover_kind,
            variables_url=variables.variables_url,
        ),
        sip_headers=variables.sip_headers,
        keep_seconds=(
            variables.keep_seconds if variables.too_long == "reference" else None
        ),
    )


def _media_rate(connector: IAgentConnector) -> int:
    """
    @return: the rate that the agent speaks, if the network has it: then nothing is
        resampled.
    """
    if connector.agent_rate in _MEDIA_RATES:
        return connector.agent_rate
    return _MEDIA_RATES[0]
