"""
What the operator may set, and what is valid: one class for each table of the file.

The description of each field is the way out that a problem with it is told with.
C{example.toml} shows every setting with its meaning.
"""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from .values import (
    AccessKey,
    Clock,
    Guid,
    HeaderName,
    Identity,
    Key,
    Listen,
    Number,
    Phrase,
    Secret,
    Target,
    Text,
    Tone,
    Url,
    Value,
    Variable,
    check,
)

ISSUER = "https://acscallautomation.communication.azure.com"
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: Names in C{voipHeaders} with a meaning of their own, between IVR and gateway.
RETURNED_NAMES = ("conversationId", "handoverKind", "variablesUrl", "handovers")


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Daemon(Table):
    public_url: Url = Field(description="where Azure reaches it: https://HOST")
    callback_url: Url | None = Field(
        None, description="where Azure reaches this very process: https://HOST"
    )
    listen: Listen = Field("tcp:8090", description="an endpoint, as tcp:8090")
    operations_listen: Listen = Field(
        "tcp:8091:interface=127.0.0.1", description="an endpoint, as tcp:8091"
    )
    drain_seconds: float = Field(30.0, ge=0, le=3600, description="seconds to 3600")
    max_call_seconds: float = Field(900.0, ge=30, le=86400, description="seconds")
    max_calls: int = Field(500, ge=1, le=100_000, description="calls at a time")
    keep_ended_calls: int = Field(1000, ge=1, le=1_000_000, description="a number")
    keep_values: bool = Field(False, description="true or false, without quotes")


class Acs(Table):
    endpoint: Url = Field(description="https://NAME.communication.azure.com")
    access_key: AccessKey = Field(
        description="an access key of the resource (portal: Keys), base64"
    )
    resource_id: Guid = Field(
        description="az communication show --query immutableResourceId"
    )
    identity: Identity = Field(
        description="the IVR's own user, 8:acs:RESOURCE_USER (az communication"
        " user-identity user create), whom the gateway transfers back to"
    )
    cognitive_services_endpoint: Url | None = Field(
        None, description="https://NAME.cognitiveservices.azure.com"
    )


class Azure(Table):
    issuer: Text = Field(ISSUER, description="who signs Azure's callbacks")
    openid_configuration: Url = Field(
        f"{ISSUER}/calling/.well-known/acsopenidconfiguration",
        description="an address, https://...",
    )


class Events(Table):
    header: HeaderName = Field("x-ivr-key", description="a header's name: x-ivr-key")
    key: Secret = Field(
        description="what the Event Grid subscription sends in that header, 16"
        " characters at least: openssl rand -hex 32"
    )


class Prompts(Table):
    folder: Text = Field("prompts", description="a folder with WAV files")
    voice: Text = Field(
        "en-US-AvaMultilingualNeural", description="a voice of Azure AI Speech"
    )
    digits: Annotated[str, check(lambda v: v.count("{}") == 1)] | None = Field(
        None, description='files for the digits: "digit-{}.wav"'
    )


class Flow(Table):
    greeting: Phrase = Field(description="what callers hear first")
    no_input: Phrase = Field("I did not hear any key.", description="a phrase")
    no_match: Phrase = Field("That was not valid.", description="a phrase")
    goodbye: Phrase = Field("Thank you for calling. Good-bye.", description="a phrase")
    tries: int = Field(3, ge=1, le=10, description="tries at a question, 1 to 10")
    first_digit_seconds: int = Field(8, ge=1, le=300, description="1 to 300")
    between_digits_seconds: int = Field(4, ge=1, le=60, description="1 to 60")
    barge_in: bool = Field(True, description="true or false, without quotes")


class Choice(Table):
    do: Literal["account", "agent", "human", "callback", "repeat", "goodbye"]
    set: dict[Variable, Value] = Field(
        default_factory=dict,
        description='a table, {intent = "x"}; names to 64, values to 1024 letters',
    )


class Menu(Table):
    prompt: Phrase = Field(description="says what each key does")
    keys: dict[Key, Choice] = Field(
        min_length=1, description='a table, key = {do = "account"}; keys are 0-9 * #'
    )


class Digits(Table):
    prompt: Phrase = Field(description="asks for the digits")
    variable: Variable | None = Field(
        None, description="a name of at most 64 characters, as accountNumber"
    )
    min_digits: int = Field(1, ge=1, le=20, description="1 to 20")
    max_digits: int = Field(20, ge=1, le=20, description="1 to 20")
    stop_tone: Tone = Field("#", description='"#", "*", or "" for none')

    @model_validator(mode="after")
    def _order(self) -> Digits:
        if self.min_digits > self.max_digits:
            raise ValueError("min_digits is more than max_digits; make it less")
        return self


class Account(Digits):
    variable: Variable = Field(
        "accountNumber", description="a name of at most 64 characters"
    )
    confirm_before: Phrase = Field("You entered", description="before the digits")
    confirm_after: Phrase = Field(
        "If that is right, press 1. If not, press 2.", description="after the digits"
    )


class Pin(Digits):
    """
    C{variable} unset: the PIN is dropped as soon as it was keyed.
    """


class Hours(Table):
    time_zone: Annotated[str, check(ZoneInfo)] = Field(
        description="an IANA name, as Europe/Berlin or America/New_York"
    )
    days: list[Day] = Field(
        default_factory=lambda: list(DAYS[:5]),
        description=f"of {', '.join(DAYS)}",
    )
    opens: Clock = Field("09:00", description="a time, as 09:00")
    closes: Clock = Field("17:00", description="a time, as 17:00; 24:00 is midnight")
    closed: Phrase = Field(description="what callers hear when it is closed")

    @model_validator(mode="after")
    def _order(self) -> Hours:
        if self.opens >= self.closes:
            raise ValueError("closes is not after opens; give the later time to closes")
        return self


class Human(Table):
    target: Target = Field(description="a number, +18005550199, or an 8:acs: identity")
    caller_id: Number | None = Field(
        None, description="a number of the resource, +18005550100"
    )
    prompt: Phrase = Field("One moment, I am connecting you.", description="a phrase")
    unavailable: Phrase = Field(
        "I am sorry, nobody can take your call now.", description="a phrase"
    )

    @model_validator(mode="after")
    def _callable(self) -> Human:
        if self.target.startswith("+") and self.caller_id is None:
            raise ValueError(
                "caller_id is missing; calls to a number need one of the resource's"
                " numbers, like +18005550100"
            )
        if self.target == self.caller_id:
            raise ValueError("target is the IVR's own number: it would call itself")
        return self


class Callback(Table):
    offer: Phrase = Field(
        "If we may call you back, press 1. If not, press 2.", description="a phrase"
    )
    promised: Phrase = Field("We will call you back.", description="a phrase")
    webhook: Url | None = Field(None, description="where callbacks are told: https://")
    webhook_key: SecretStr | None = Field(None, description="sent as bearer token")


class Survey(Table):
    prompt: Phrase = Field(description="asks for a key from 1 to 5")
    thanks: Phrase = Field("Thank you.", description="a phrase")


class Recording(Table):
    """
    Without this table nothing is recorded.
    """

    channels: Literal["mixed", "unmixed"] = Field(
        "mixed", description='"mixed", or "unmixed": the caller on a channel of his own'
    )
    folder: Text | None = Field(
        None, description="a folder for the files, or none: Azure keeps them for a day"
    )


class Gateway(Table):
    identity: Identity = Field(description="the gateway's user, 8:acs:RESOURCE_USER")
    prompt: Phrase | None = Field(None, description="heard before the hand-over")
    apology: Phrase = Field(
        "I am sorry, that did not work. I will find you somebody.",
        description="a phrase, for hand-overs that failed",
    )
    return_identity_header: Variable = Field("returnIdentity", description="a name")
    conversation_header: Variable = Field("conversationId", description="a name")
    variables: dict[Variable, Value] = Field(
        default_factory=dict,
        description='a table, {brand = "x"}; names to 64, values to 1024 letters',
    )
    origin: Url | None = Field(
        None, description="the gateway's address, that variablesUrl must begin with"
    )
    max_handovers: int = Field(2, ge=1, le=10, description="1 to 10 a conversation")


class Rule(Table):
    when: dict[Variable, str | list[str]] = Field(
        default_factory=dict, description='as {intent = "billing"}; all must match'
    )
    say: Phrase | None = Field(None, description="a phrase")
    do: Literal["human", "callback", "survey", "goodbye", "agent"]


class Back(Table):
    greetings: dict[Text, Phrase] = Field(
        default_factory=dict, description='handoverKind = "phrase"; or otherwise = ...'
    )
    rules: list[Rule] = Field(default_factory=list, description="[[back.rules]]")


class Settings(Table):
    """
    All of it.
    """

    ivr: Daemon
    acs: Acs
    azure: Azure = Field(default_factory=lambda: Azure.model_validate({}))
    events: Events
    prompts: Prompts = Field(default_factory=lambda: Prompts.model_validate({}))
    flow: Flow
    menu: Menu | None = None
    account: Account | None = None
    pin: Pin | None = None
    hours: Hours | None = None
    human: Human
    callback: Callback | None = None
    survey: Survey | None = None
    recording: Recording | None = None
    gateway: Gateway
    back: Back = Field(default_factory=lambda: Back.model_validate({}))
