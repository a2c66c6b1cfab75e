"""
Small programs that do the gateway's work with audio as one would write them first:
each takes a media socket, opens one to the agent and passes PCM16 through both ways.

They know nothing of tokens, answers, pacing, barge-in, recordings or metrics.
"""
