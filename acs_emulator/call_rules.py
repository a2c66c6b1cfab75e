"""
The rules of a call, for what was asked for and the network that it runs on.
"""

from __future__ import annotations

from collections.abc import Callable

from .model.actions import Action
from .model.call import Call
from .model.legs import Ring
from .network import CallRequest, Network


def rules_for(
    request: CallRequest,
    network: Network,
    emit: Callable[[Action], None],
    new_ring: Callable[..., Ring],
) -> Call:
    """
    @param emit: see L{Call}, as for C{new_ring}.
    """
    return Call(
        caller=request.caller,
        callee=request.callee,
        timings=network.timings,
        give_up_after=request.script.give_up_after,
        failing=network.failing | request.failing,
        emit=emit,
        new_ring=new_ring,
        broken_after_failure=network.broken_after_failure,
        plan_of=network.phones.plan_of,
    )
