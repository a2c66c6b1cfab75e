"""
What an emulated phone does when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .callbacks import BAD_NUMBER, BUSY, DECLINED, NOT_ANSWERED_IN_TIME, Result

#: Seconds from the ring to what then happens.
DEFAULT_AFTER = 1.0
_LONGEST = 3600.0


class PhoneOutcome(Enum):
    """
    How a phone may take a call.
    """

    ANSWER = "answer"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    BAD_NUMBER = "bad_number"
    DECLINE = "decline"


#: Codes after "Troubleshooting call end response codes".
RESULTS: Mapping[PhoneOutcome, Result] = {
    PhoneOutcome.BUSY: BUSY,
    PhoneOutcome.NO_ANSWER: NOT_ANSWERED_IN_TIME,
    PhoneOutcome.BAD_NUMBER: BAD_NUMBER,
    PhoneOutcome.DECLINE: DECLINED,
}


@dataclass(frozen=True, kw_only=True)
class PhonePlan:
    """
    @ivar after: seconds; of no meaning where nobody answers.
    """

    outcome: PhoneOutcome = PhoneOutcome.ANSWER
    after: float = DEFAULT_AFTER

    def rings_for(self, patience: float) -> float:
        """
        @param patience: seconds for which the caller lets it ring.

        @return: seconds until the outcome.
        """
        never = self.outcome is PhoneOutcome.NO_ANSWER
        return patience if never else min(self.after, patience)

    def result(self, patience: float) -> Result | None:
        """
        @return: why it did not come to a call, or L{None}: it is answered.
        """
        if self.after > patience:
            return NOT_ANSWERED_IN_TIME
        return RESULTS.get(self.outcome)


def parse_phone_plan(given: Mapping[str, Any]) -> PhonePlan:
    """
    @param given: C{outcome} and C{after}; anything else is not looked at.

    @raise ValueError: with what is wrong.
    """
    words = [outcome.value for outcome in PhoneOutcome]
    outcome = given.get("outcome", PhoneOutcome.ANSWER.value)
    if outcome not in words:
        raise ValueError(f"outcome: {outcome!r} is not one of {', '.join(words)}")
    after = given.get("after", DEFAULT_AFTER)
    if isinstance(after, bool) or not isinstance(after, int | float):
        raise ValueError(f"after: {after!r} is not a number of seconds")
    if not 0 <= after <= _LONGEST:
        raise ValueError(f"after: {after!r} is not between 0 and {_LONGEST:g} seconds")
    return PhonePlan(outcome=PhoneOutcome(outcome), after=float(after))
