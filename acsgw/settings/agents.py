"""
The C{[agent.NAME]} tables of agents on the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..agent.options import (
    PRODUCTION,
    SANDBOX,
    AgentOptions,
    GenerativeAgentOptions,
    StreamOptions,
    TwilioStreamOptions,
)
from .agent_values import (
    account_sid,
    close_codes,
    is_here,
    one_of,
    parameters,
    stream_url,
    texts,
)
from .section import Secrets, Section, variable_name
from .shapes import Settings
from .values import agent, number, switch, text, url

#: What agents may need that does not stand in the settings file.
AGENT_SECRETS = ("url", "api_secret", "signing_secret", "authorization")

#: ASAPP's own names for parameters are not for the settings.
_RESERVED = ("asapp_callTransferId", "asapp_externalConversationId")

_ENVIRONMENTS = {"sandbox": SANDBOX, "production": PRODUCTION}


def parse_agents(
    tables: object, section: Section, secrets: Secrets, problems: list[str]
) -> tuple[AgentOptions, ...]:
    """
    @param section: the same tables; told which ones are ours.
    """
    if not isinstance(tables, Mapping):
        return ()
    agents: list[AgentOptions] = []
    variables: dict[str, str] = {}
    for name, table in tables.items():
        if name == "local" or not isinstance(table, Mapping):
            continue
        section.has(name)
        below = Section(f"agent.{name}", table, problems)
        prefix = variable_name("agent", name)
        if prefix in variables:
            below.problem(
                "(name)",
                f"its variables would be those of agent.{variables[prefix]}"
                f" ({prefix}_...); rename one",
            )
        variables[prefix] = name
        _checked(below, "(name)", agent, name)
        parse = _KINDS.get(below.need("kind", text, "", f"one of {_KIND_NAMES}"))
        if parse is not None:
            agents.append(parse(name, below, secrets))
            below.finish()
        elif below.has("kind"):
            below.problem("kind", f"is none of {_KIND_NAMES}")
    return tuple(agents)


def check_agents(settings: Settings, problems: list[str]) -> None:
    """
    Every account's agent must be there.
    """
    names = ["local", *(a.name for a in settings.agents)]
    for account in settings.accounts:
        if account.agent not in names:
            problems.append(
                f"accounts.{account.name}.agent: {account.agent!r} is not an agent;"
                f" choose one of {' '.join(names)}, or add a table"
                f" [agent.{account.agent}]"
            )


def _twilio_stream(name: str, section: Section, secrets: Secrets) -> AgentOptions:
    stream = _stream(section, secrets)
    given = section.take("url", text, "") or secret(section, secrets, "url") or ""
    if not given:
        section.problem(
            "url",
            "is missing; it is where the agent takes streams: wss://...; if it carries"
            " a secret, give it by url_file or as"
            f" {variable_name(section.name, 'url')}",
        )
    else:
        _checked(section, "url", stream_url(stream.insecure), given)
    return TwilioStreamOptions(name=name, url=given, stream=stream)


def _generativeagent(name: str, section: Section, secrets: Secrets) -> AgentOptions:
    defaults = GenerativeAgentOptions
    stream = _stream(section, secrets)
    environment = section.take("environment", one_of(*_ENVIRONMENTS), "")
    api_url = section.take("api_url", url, _ENVIRONMENTS.get(environment, ""))
    if not section.has("environment") and not section.has("api_url"):
        section.problem(
            "environment", 'is missing; it is "sandbox" or "production", as the API key'
        )
    if api_url.startswith("http:") and not stream.insecure and not is_here(api_url):
        section.problem("api_url", "is not https://; the API key would be for all eyes")
    api_secret = secrets.take(section, "api_secret")
    if not api_secret and not section.has("api_secret_file"):
        section.problem(
            "api_secret_file",
            "is missing; it names a file that holds the secret of ASAPP's API key; or"
            f" set {variable_name(section.name, 'api_secret')}",
        )
    for reserved in _RESERVED:
        if reserved in stream.parameters:
            section.problem(f"parameters.{reserved}", "is made by the gateway")
    return GenerativeAgentOptions(
        name=name,
        api_url=api_url,
        api_id=section.need("api_id", text, "", "the id of ASAPP's API key"),
        api_secret=api_secret or "",
        voice_agent_mode=section.take(
            "voice_agent_mode", one_of("cascade", "s2s"), defaults.voice_agent_mode
        ),
        url_seconds=section.take(
            "url_seconds", number(0, 290, "seconds"), defaults.url_seconds
        ),
        request_seconds=section.take(
            "request_seconds", number(0.1, 30, "seconds"), defaults.request_seconds
        ),
        result_seconds=section.take(
            "result_seconds", number(0, 60, "seconds"), defaults.result_seconds
        ),
        dispositions=_dispositions(section),
        task_variable=section.take("task_variable", text, ""),
        stream=stream,
    )


_KINDS: dict[str, Callable[[str, Section, Secrets], AgentOptions]] = {
    "twilio-stream": _twilio_stream,
    "generativeagent": _generativeagent,
}
_KIND_NAMES = ", ".join(_KINDS)


def _stream(section: Section, secrets: Secrets) -> StreamOptions:
    default = StreamOptions()

    def some(key: str, low: float, high: float, unit: str) -> float:
        usual: float = getattr(default, key)
        return section.take(key, number(low, high, unit), usual)

    nothing: dict[str, str] = {}
    headers = dict(section.take("headers", texts, nothing))
    authorization = secrets.take(section, "authorization")
    if authorization:
        headers["Authorization"] = authorization
    return StreamOptions(
        connect_seconds=some("connect_seconds", 0.1, 60, "seconds"),
        connect_tries=int(some("connect_tries", 1, 10, "tries")),
        stall_seconds=some("stall_seconds", 0, 3600, "seconds"),
        ping_seconds=some("ping_seconds", 0, 3600, "seconds"),
        most_ahead_seconds=some("most_ahead_seconds", 5, 3600, "seconds"),
        max_message_bytes=int(
            some("max_message_bytes", 1024, 16 * 1024 * 1024, "bytes")
        ),
        normal_close_codes=section.take(
            "normal_close_codes", close_codes, default.normal_close_codes
        ),
        early_audio=section.take("early_audio", switch, default.early_audio),
        send_numbers=section.take("send_numbers", switch, default.send_numbers),
        refuse_long=section.take("refuse_long", switch, default.refuse_long),
        parameters=section.take("parameters", parameters, nothing),
        headers=headers,
        user_agent=section.take("user_agent", text, default.user_agent),
        account_sid=section.take("account_sid", account_sid, ""),
        signing_secret=secrets.take(section, "signing_secret") or "",
        insecure=section.take("insecure", switch, default.insecure),
    )


def secret(section: Section, secrets: Secrets, key: str) -> str | None:
    """
    @return: like L{Secrets.take}, of a key that may also stand in the file.
    """
    return None if section.has(key) else secrets.take(section, key)


def _checked(
    section: Section, key: str, parse: Callable[[object], object], value: object
) -> None:
    try:
        parse(value)
    except ValueError as e:
        section.problem(key, str(e))


def _dispositions(section: Section) -> dict[str, str]:
    def parse(value: object) -> dict[str, str]:
        for name, word in texts(value).items():
            if word not in {"agent", "system", "end"}:
                raise ValueError(f"{name}: {word!r} is none of agent, system, end")
        return {name.upper(): word for name, word in texts(value).items()}

    usual = GenerativeAgentOptions(
        name="", api_url="", api_id="", api_secret="", stream=StreamOptions()
    ).dispositions
    return {**usual, **section.take("dispositions", parse, {})}
