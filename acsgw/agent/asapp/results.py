"""
What a conversation with ASAPP's GenerativeAgent came to.

Source: ASAPP's OpenAPI description of C{GET /generativeagent/v1/call-transfers/{id}}.
It is not said how soon after the end of a stream a result is there, so answers are
asked for until one is final, and merged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: A status that is not final.
_UNDER_WAY = frozenset({"ACTIVE", "ONGOING"})


@dataclass(frozen=True, kw_only=True)
class Result:
    """
    @ivar status: in upper case; empty while nobody has told.
    @ivar transfer_type: in upper case; empty if there is none.
    @ivar variables: reference variables, and the transfer's own, which go before.
    """

    status: str = ""
    transfer_type: str = ""
    task: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_over(self) -> bool:
        """
        Has the agent done with the call?
        """
        return bool(self.status) and self.status not in _UNDER_WAY

    @property
    def is_final(self) -> bool:
        """
        Is there nothing more to expect?
        """
        return self.is_over and (self.status != "COMPLETED" or bool(self.transfer_type))

    def merged(self, later: Result) -> Result:
        """
        @return: with what a later answer adds; what was told stands.
        """
        told = {name: value for name, value in self.variables.items() if value}
        return Result(
            status=later.status or self.status,
            transfer_type=self.transfer_type or later.transfer_type,
            task=self.task or later.task,
            variables={**self.variables, **later.variables, **told},
        )


def parse_result(body: bytes) -> Result:
    """
    @raise ValueError: if it is none; the text shows nothing of it.
    """
    try:
        given = json.loads(body)
    except ValueError:
        raise ValueError("the answer is not JSON") from None
    if not isinstance(given, dict):
        raise ValueError("the answer is not a JSON object")
    output = given.get("outputContext")
    output = output if isinstance(output, dict) else {}
    return Result(
        status=_word(given.get("status")),
        transfer_type=_word(output.get("transferType")),
        task=str(output.get("currentTaskName") or ""),
        variables={
            **_texts(output.get("referenceVariables")),
            **_texts(output.get("transferVariables")),
        },
    )


def _word(value: object) -> str:
    return value.strip().upper() if isinstance(value, str) else ""


def _texts(variables: Any) -> dict[str, str]:
    """
    @return: texts as they are, the rest as compact JSON.
    """
    if not isinstance(variables, dict):
        return {}
    return {
        name: value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        for name, value in variables.items()
        if value is not None
    }
