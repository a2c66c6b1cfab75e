"""
Microsoft's own SDKs against the emulator: real processes, real ports.
"""
