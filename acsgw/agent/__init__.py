"""
Voice agents, each behind IAgentConnector.
"""
