"""
ASAPP's GenerativeAgent, by its public door for media streams of Twilio's kind.
"""
