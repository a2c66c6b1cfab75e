"""
The demo of the gateway; script/demo sets up and starts it.
"""
