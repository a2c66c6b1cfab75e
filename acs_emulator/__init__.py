"""
Azure Communication Services, as far as call automation goes, on your own machine.

An independent program: it knows the wire and nothing of the gateway that it is
used to test, so that an error of understanding made there cannot hide here.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    # The emulator is a part of this distribution.
    __version__ = version("acsgw")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "unknown"
