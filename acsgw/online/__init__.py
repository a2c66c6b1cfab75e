"""
Does everything that a call needs work, from here to Azure and back?
"""
