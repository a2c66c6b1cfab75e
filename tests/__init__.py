"""
Tests of acsgw and its companions.
"""
