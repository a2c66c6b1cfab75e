"""
The calls of this process: desk, call, state machine, records.
"""
