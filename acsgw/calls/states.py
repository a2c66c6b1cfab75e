"""
The states that a call can be in; C{docs/architecture.md} draws them.
"""

from __future__ import annotations

from automat import TypeMachineBuilder

from .core import CallCore, CallInputs

builder = TypeMachineBuilder(CallInputs, CallCore)
I = CallInputs
ringing = builder.state("ringing")
answering = builder.state("answering")
awaiting_media = builder.state("awaiting media")
opening_agent = builder.state("opening agent")
talking = builder.state("talking")
last_words = builder.state("last words")
words_before_transfer = builder.state("words before transfer")
transferring = builder.state("transferring")
transferring_alone = builder.state("transferring alone")  # the agent has left
leaving = builder.state("leaving")  # audio gone, verdict on transfer not here
media_gone = builder.state("media gone")  # why?  a hang-up, or a broken stream
hanging_up = builder.state("hanging up")
ended = builder.state("ended")
