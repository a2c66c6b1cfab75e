"""Tests of acs_emulator."""
