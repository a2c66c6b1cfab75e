"""
What is done when something has failed: the network is asked where the call stands, the
agent is told, and whatever could not be done comes back as an input.
"""

from __future__ import annotations

from ..bridge.bridge import Bridge
from ..errors import CallGone
from ..interfaces import ICallControl
from .actions import (
    Action,
    Answer,
    Drain,
    HangUp,
    LookUp,
    OpenAgent,
    PlayPrompt,
    TellAgent,
    Transfer,
)
from .core import CallInputs

#: States that are over. Source: C{CallConnectionState} of
#: azure-communication-callautomation 1.6.
_OVER = frozenset({"disconnecting", "disconnected"})


async def look_up(
    control: ICallControl, connection_id: str, inputs: CallInputs
) -> None:
    """
    Tell the call what was found.

    @raise CallControlError: if the network does not say.
    """
    try:
        state = await control.connection_state(connection_id)
    except CallGone as e:
        inputs.found_gone(str(e))
        return
    if state == "connected":
        inputs.found_alive()
    elif state in _OVER:
        inputs.found_gone(f"the call is {state}")
    else:  # on its way somewhere, C{transferring} above all
        inputs.found_moving(f"the call is {state or 'in no state'}")


def tell_agent(bridge: Bridge, inputs: CallInputs, action: TellAgent) -> None:
    """
    Tell the agent that a transfer has failed, if there is one that can hear it.
    """
    if bridge.agent_hears:
        bridge.tell_transfer_failed(action.request.request_id, action.reason)
        inputs.agent_told()
    else:
        inputs.no_way()


def tell_call(inputs: CallInputs, action: Action, reason: str) -> None:
    """
    An action could not be done.
    """
    match action:
        case Answer():
            inputs.answer_failed(reason)
        case OpenAgent():
            inputs.agent_lost(reason)
        case Drain():
            inputs.speech_drained()
        case TellAgent() | PlayPrompt():
            inputs.no_way()
        case LookUp():
            inputs.look_up_failed(reason)
        case Transfer():
            inputs.transfer_failed(reason)
        case HangUp():
            inputs.hang_up_failed(reason)
