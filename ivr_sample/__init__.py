"""
A sample IVR on Azure Communication Services: it greets, collects, hands the caller over
to a voice agent's gateway with what it collected, and takes him back.
"""

from importlib.util import find_spec

__version__ = "0.1.0"

if find_spec("pydantic") is None:
    # Better than a traceback; nothing here works without it.
    raise SystemExit("ivr-sample needs its extra: pip install 'acsgw[ivr]'")
