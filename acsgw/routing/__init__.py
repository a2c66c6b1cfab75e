"""
Who takes a call that rings.
"""
