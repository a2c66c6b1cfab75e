"""
Repeated requests: what was done once is not done again, and answered alike.

After "OASIS Repeatable Requests", as the SDKs use it when they try again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..errors import bad_request

T = TypeVar("T")

_KEPT = 10_000


@dataclass
class Repeatability(Generic[T]):
    """
    The answers to requests that carried a C{Repeatability-Request-ID}.
    """

    _answers: OrderedDict[str, tuple[bytes, T]] = field(default_factory=OrderedDict)

    def recall(self, request_id: str, fingerprint: bytes) -> T | None:
        """
        @param fingerprint: of the operation and its body.

        @return: the answer of the first time, or L{None}.

        @raise Refusal: 400, if the id was used for something else.
        """
        known = self._answers.get(request_id)
        if known is None:
            return None
        if known[0] != fingerprint:
            raise bad_request(
                "This Repeatability-Request-ID was used for another request."
            )
        return known[1]

    def remember(self, request_id: str, fingerprint: bytes, answer: T) -> None:
        """
        Keep an answer for repetitions.
        """
        self._answers[request_id] = (fingerprint, answer)
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
