"""
How the outcome of an operation is to be told.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    What every operation with an outcome of its own may carry.

    @ivar callback_url: where to tell the outcome; L{None}: where all else of
        the leg is told.
    """

    operation_context: str | None = None
    callback_url: str | None = field(repr=False, default=None)
