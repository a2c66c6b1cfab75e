"""
Tests for L{ivr_sample}.
"""
