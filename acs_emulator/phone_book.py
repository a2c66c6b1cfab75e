"""
The phones out there that an application may call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .handset import Clip, Recorder
from .model.caller_script import Script
from .model.phone_plan import PhonePlan


@dataclass(frozen=True, kw_only=True)
class CalledPhone:
    """
    @ivar plan: what it does when it is called.
    @ivar script: what its owner does then.
    @ivar clips: all that the script says, by path.
    @ivar heard: where to write what its owner hears.
    """

    plan: PhonePlan = field(default_factory=PhonePlan)
    script: Script = field(default_factory=Script)
    clips: Mapping[str, Clip] = field(repr=False, default_factory=dict)
    heard: str | None = None
    new_recorder: Callable[[int], Recorder] | None = None


class PhoneBook:
    """
    By number; a phone that nobody has described answers after a second, and
    its owner listens in silence.
    """

    def __init__(self, phones: Mapping[str, CalledPhone]) -> None:
        """
        @param phones: those of the settings.
        """
        self._phones = dict(phones)

    @property
    def phones(self) -> dict[str, CalledPhone]:
        """
        Those that were described.
        """
        return dict(self._phones)

    def put(self, number: str, phone: CalledPhone) -> None:
        """
        Describe a phone, anew perhaps.
        """
        self._phones[number] = phone

    def remove(self, number: str) -> bool:
        """
        @return: was it there?
        """
        return self._phones.pop(number, None) is not None

    def get(self, number: str) -> CalledPhone:
        """
        @return: every number has a phone.
        """
        return self._phones.get(number) or CalledPhone()

    def plan_of(self, number: str) -> PhonePlan:
        """
        @return: what happens when it is called.
        """
        return self.get(number).plan
