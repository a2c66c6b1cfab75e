"""
Voice agents that speak Twilio's Media Streams; the gateway is in Twilio's place.

The messages are drawn in C{docs/protocols/twilio-stream.md}.
"""
