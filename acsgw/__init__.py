"""
Answers phone calls of Azure Communication Services and puts the caller into
conversation with a voice agent.
"""

__version__ = "0.1.0"
