"""
Tell twistd where the sample IVR is; this file is imported by every twistd command.
"""

from twisted.application.service import ServiceMaker

ivr_sample = ServiceMaker(
    name="ivr-sample",
    module="ivr_sample.service",
    description="A sample IVR that hands callers over to a voice agent.",
    tapname="ivr-sample",
)
