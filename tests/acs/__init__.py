"""Tests of acs."""
