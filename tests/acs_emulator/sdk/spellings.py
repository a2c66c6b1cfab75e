"""
How those who send audio to Azure spell their messages; all of them work there.
"""

from __future__ import annotations

#: Producer, message with audio, message that stops it; C{%s} is base64.
SPELLINGS = (
    (
        "Microsoft Learn, audio streaming quickstart",
        '{"Kind":"AudioData","AudioData":{"Data":"%s"},"StopAudio":null}',
        '{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}',
    ),
    (
        ".NET SDK",
        '{"Kind":"AudioData","AudioData":{"Timestamp":"0001-01-01T00:00:00",'
        '"Data":"%s","Participant":null,"IsSilent":false},"StopAudio":null}',
        '{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}',
    ),
    (
        "JavaScript SDK 1.6.0",
        '{"kind":"audioData","audioData":{"data":"%s","isSilent":false},'
        '"stopAudio":{}}',
        '{"kind":"stopAudio","stopAudio":{}}',
    ),
    (
        "microsoft/call-center-ai",
        '{"kind":"AudioData","audioData":{"data":"%s"}}',
        '{"kind":"StopAudio","stopAudio":{}}',
    ),
    (
        "Azure-Samples/art-voice-agent-accelerator",
        '{"kind":"AudioData","AudioData":{"data":"%s"},"StopAudio":null}',
        '{"kind":"StopAudio","AudioData":null,"StopAudio":{}}',
    ),
)
