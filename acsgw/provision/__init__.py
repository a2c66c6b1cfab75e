"""
Setting Azure up: what the settings want, what is there, the difference, and making
it so.
"""
