"""
The C{[agent.NAME]} tables as they are in force, for C{acsgw check}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

from ..agent.options import AgentOptions, GenerativeAgentOptions

_STREAM_SECRETS = ("headers", "signing_secret")


def shown_agent(agent: AgentOptions) -> Iterator[str]:
    """
    @return: its table as it is in force, secrets hidden.
    """
    yield f"\n[agent.{agent.name}]"
    if isinstance(agent, GenerativeAgentOptions):
        yield 'kind = "generativeagent"'
        for name in ("api_url", "api_id"):
            yield f"{name} = {_shown(getattr(agent, name))}"
        yield "# api_secret is set (hidden)"
        for name in (
            *("voice_agent_mode", "url_seconds", "request_seconds", "result_seconds"),
            *("dispositions", "task_variable"),
        ):
            yield _line(name, getattr(agent, name))
    else:
        yield 'kind = "twilio-stream"'
        # Its path may be a secret.
        place = re.sub(r"^(\w+://)(?:[^/?]*@)?([^/?]*).*", r"\1\2", agent.url)
        yield f"# url is set, at {place} (the rest is hidden)"
    for option in fields(agent.stream):
        value = getattr(agent.stream, option.name)
        if option.name not in _STREAM_SECRETS:
            yield _line(option.name, value)
        elif value:
            yield f"# {option.name} is set (hidden)"


def _line(name: str, value: object) -> str:
    return f"# {name} is not set" if value == "" else f"{name} = {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(k)} = {json.dumps(v)}" for k, v in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(list(value) if isinstance(value, tuple) else value)
