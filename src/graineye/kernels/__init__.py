"""The inner loops that are compiled, each beside the slow expression that it equals.

Every kernel releases the GIL and is single-threaded: LiberTEM's executors run many at once.
"""

from graineye.caches import use_writable_caches

# numba asks for its cache when the first kernel is defined.
use_writable_caches()
