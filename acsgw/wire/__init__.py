"""
The WebSockets that audio travels on, whoever is at the other end.
"""
