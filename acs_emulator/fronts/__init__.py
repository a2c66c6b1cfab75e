"""
Where the rules meet the world: HTTP, WebSocket, files.
"""
