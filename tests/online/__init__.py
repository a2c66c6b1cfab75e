"""
Tests for L{acsgw.online}.
"""
