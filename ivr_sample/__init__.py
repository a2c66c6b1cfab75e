"""
A sample IVR on Azure Communication Services: it greets, collects, hands the caller over
to a voice agent's gateway with what it collected, and takes him back.
"""

__version__ = "0.1.0"
