"""
Tests for L{acsgw.provision}.
"""
