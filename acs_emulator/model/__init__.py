"""
The rules of the emulated service: no HTTP, no sockets, no clock of their own.
"""
