"""
Tests for L{acsgw.storage}.
"""
