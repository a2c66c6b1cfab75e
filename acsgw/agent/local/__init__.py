"""
The voice agent that comes with the gateway: speech and dialogue in this process.
"""
