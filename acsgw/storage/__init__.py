"""
Where finished recordings go after the call: object stores.
"""
