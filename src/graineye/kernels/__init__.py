"""The inner loops that are compiled, each beside the slow expression that it equals.

Every kernel releases the GIL and is single-threaded: LiberTEM's executors run many at once.
"""
