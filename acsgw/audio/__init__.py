"""
Samples as numbers: frames, rates, pacing.
"""
