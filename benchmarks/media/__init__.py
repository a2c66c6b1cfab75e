"""
How many calls does a program carry between Azure and a voice agent?  Run by
C{script/bench}, told in C{docs/performance.md}.
"""
