"""
The advanced pattern as a whole: caller, IVR, gateway, agent, and back.
"""
