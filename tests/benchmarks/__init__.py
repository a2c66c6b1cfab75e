"""
Tests for the benchmarks' own figures.
"""
