"""
The wire of Azure Communication Services.
"""
