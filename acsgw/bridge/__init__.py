"""
Where caller and agent hear each other.
"""
