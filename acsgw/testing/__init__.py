"""
Verified fakes, for the tests and for trying things out.
"""
