"""
A dialogue for tests: its sentences are their own names.
"""

from __future__ import annotations

from acsgw.agent.local.dialogue_file import parse_dialogue
from acsgw.agent.local.script import PROMPTS, Script

_ORDER_PROMPTS = {
    "confirm_number": "confirm_number {number:digits}",
    "order_status": "order_status {number} {status}",
    "unknown_number": "unknown_number {number:digits}",
}

SMALL_DIALOGUE = """
[limits]
silence_seconds = 5
silences = 2
misunderstandings = 3
key_pause_seconds = 2

[facts]
company = "Acme"
hours = "all day"

[[greetings]]
needs = ["customerName"]
say = "hello {customerName}"

[[greetings]]
say = "welcome to {company}"

[[intents]]
name = "human"
does = "transfer"
key = "0"
phrases = ["agent"]

[[intents]]
name = "hours"
does = "answer"
say = "open {hours}."
phrases = ["hours"]

[[intents]]
name = "account"
does = "answer"
needs = ["accountNumber"]
say = "account {accountNumber:digits}"
phrases = ["account"]

[[intents]]
name = "order"
does = "order_status"
phrases = ["order"]

[[intents]]
name = "bye"
does = "end"
phrases = ["goodbye"]

[yes]
key = "1"
phrases = ["yes|right"]

[no]
key = "2"
phrases = ["no|not"]

[orders.status]
512 = "sent"

[prompts]
""" + "\n".join(f'{name} = "{_ORDER_PROMPTS.get(name, name)}"' for name in PROMPTS)


def small_script(extra: str = "") -> Script:
    """
    @param extra: settings of the top level, as TOML.
    """
    return parse_dialogue(f"{extra}\n{SMALL_DIALOGUE}", "small")
