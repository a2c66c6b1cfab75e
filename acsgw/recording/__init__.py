"""
Keeps what was said on calls: the line of time, the files, the thread that writes them.
"""
