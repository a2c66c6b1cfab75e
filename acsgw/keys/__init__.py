"""
Signing keys and the tokens made with them.
"""
