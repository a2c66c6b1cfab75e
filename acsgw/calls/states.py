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
leaving = builder.state("leaving")  # audio gone, verdict on transfer not here
left = builder.state("left")  # the leg has ended, verdict on transfer not here
looking_up = builder.state("looking up")  # the transfer failed: is the caller there?
looking_again = builder.state("looking again")  # a pause before it
telling = builder.state("telling")  # the agent, that the transfer failed
resuming = builder.state("resuming")  # with a new agent session
returning = builder.state("returning")  # the agent is over, the rules know who is next
prompting = builder.state("prompting")  # nobody knows: the prompt is played
falling_back = builder.state("falling back")  # to the number after the prompt
media_gone = builder.state("media gone")  # why?  a hang-up, or a broken stream
hanging_up = builder.state("hanging up")
ended = builder.state("ended")
