"""
The HTTP edge: who may speak, what they say, what they hear back.
"""
