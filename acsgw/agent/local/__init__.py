"""
The embedded voice agent: speech in, rules in the middle, speech out.
"""
