"""
The command line of C{acsgw check --online}.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred

from .settings import Settings


def check_online(
    settings: Settings, environment: Mapping[str, str], endpoint: str
) -> int:
    """
    @param endpoint: of Resource Manager.

    @return: the exit status.
    """
    # Slow to import, and not needed by the other commands.
    from .online.command import OnlineCheck
    from .online.dial import Dialer
    from .provision.command import Order
    from .provision.provisioning import Choices
    from .reactor_command import Outside, run_on_reactor
    from .storage.kinds import open_store
    from .world import open_connectors, open_hub

    order = Order(
        settings=settings,
        environment=environment,
        accounts=(),
        choices=Choices(),
        identities=None,
        endpoint=endpoint,
        apply=False,
    )

    def check(outside: Outside) -> Coroutine[Deferred[Any], Any, int]:
        return OnlineCheck(
            order=order,
            outside=outside,
            dialer=Dialer(outside.reactor),
            connect=lambda: open_connectors(
                settings, open_hub(settings, outside.reactor)
            ),
            open_store=open_store,
        ).run()

    return run_on_reactor(check, time.time, partial(print, flush=True))
