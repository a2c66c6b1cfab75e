"""
How agents on the network are to be reached and treated: what the C{[agent.NAME]}
tables say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class StreamOptions:
    """
    One media stream of Twilio's kind.

    @ivar connect_seconds: for all tries to reach the agent, together.
    @ivar connect_tries: before the call is given up.
    @ivar stall_seconds: how long the agent may be silent while the caller speaks; 0:
        for ever.
    @ivar ping_seconds: time between our pings, and for their answers; 0: no pings.
    @ivar most_ahead_seconds: speech that the agent may send ahead of its time.
    @ivar max_message_bytes: of the agent's messages.
    @ivar normal_close_codes: with these the agent's conversation is complete; 1005 is
        a close frame without a code.
    @ivar early_audio: is the agent to hear what the caller said in the last second
        before it was there?
    @ivar send_numbers: are C{from_number} and C{to_number} to be parameters?
    @ivar refuse_long: refuse calls with a variable over the protocol's limit, instead
        of leaving it out?
    @ivar parameters: more parameters; their texts may name facts of the call in
        braces.
    @ivar headers: of the upgrade request.
    @ivar user_agent: of the upgrade request.
    @ivar account_sid: C{AC} and 32 hexadecimal digits; empty: made of the name of the
        gateway's account.
    @ivar signing_secret: what C{X-Twilio-Signature} is made with; empty: none is sent.
    @ivar insecure: may audio travel without TLS to other machines?
    """

    connect_seconds: float = 8.0
    connect_tries: int = 2
    stall_seconds: float = 30.0
    ping_seconds: float = 20.0
    most_ahead_seconds: float = 300.0
    max_message_bytes: int = 1024 * 1024
    normal_close_codes: tuple[int, ...] = (1000, 1005)
    early_audio: bool = True
    send_numbers: bool = True
    refuse_long: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    user_agent: str = "acsgw"
    account_sid: str = ""
    signing_secret: str = field(default="", repr=False)
    insecure: bool = False


@dataclass(frozen=True, kw_only=True)
class TwilioStreamOptions:
    """
    An agent with an address of its own (C{kind = "twilio-stream"}).

    @ivar url: C{wss://...}; it may carry a secret.
    """

    name: str
    url: str = field(repr=False)
    stream: StreamOptions


@dataclass(frozen=True, kw_only=True)
class GenerativeAgentOptions:
    """
    ASAPP's GenerativeAgent (C{kind = "generativeagent"}).

    @ivar api_url: of the sandbox, the production, or a stand-in for tests.
    @ivar voice_agent_mode: C{cascade}, C{s2s}, or empty: ASAPP's choice.
    @ivar url_seconds: how long a stream's address is used again.
    @ivar request_seconds: for one request.
    @ivar result_seconds: for the conversation's result, after its end.
    @ivar dispositions: what becomes of the caller, by C{transferType}: C{agent},
        C{system} or C{end}.
    @ivar task_variable: output variable for the task that the conversation ended in;
        empty: none.
    """

    name: str
    api_url: str
    api_id: str
    api_secret: str = field(repr=False)
    voice_agent_mode: str = ""
    url_seconds: float = 240.0
    request_seconds: float = 3.0
    result_seconds: float = 8.0
    dispositions: Mapping[str, str] = field(
        default_factory=lambda: {
            "AGENT": "agent",
            "SYSTEM": "system",
            "CALLER_DISCONNECT": "end",
        }
    )
    task_variable: str = ""
    stream: StreamOptions


AgentOptions = TwilioStreamOptions | GenerativeAgentOptions

SANDBOX = "https://api.sandbox.asapp.com"
PRODUCTION = "https://api.asapp.com"
