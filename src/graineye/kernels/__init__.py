"""The inner loops that are compiled, each beside the slow expression that it equals.

Every kernel releases the GIL and is single-threaded: LiberTEM's executors run many at once. What takes Numba long to compile
is avoided where a loop says the same: array expressions assigned to slices, np.full and its like, min and max of arrays.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from graineye.caches import use_writable_caches
from graineye.progress import Progress

# numba asks for its cache when the first kernel is defined.
use_writable_caches()

COMPILING = "compiling kernels (first run only)"
"""What is told of kernels that no earlier run has compiled."""


@contextmanager
def telling_of_compilation(progress: Progress) -> Iterator[None]:
    """Within it, `progress` is told as soon as a kernel has to be compiled, which may take some seconds; at the end, that it was.

    Kernels that an earlier run left in the cache are not compiled, and nothing is told of them. Python's search for garbage
    rests meanwhile: of what a compiler makes it finds none, and takes a sixth of the time.
    """
    from numba.core import event

    class Telling(event.Listener):
        told = False
        collecting = gc.isenabled()
        under_way = 0

        def on_start(self, event: object) -> None:
            self.under_way += 1
            gc.disable()
            if not self.told:
                self.told = True
                progress(COMPILING, 0, 0)

        def on_end(self, event: object) -> None:
            """One kernel is compiled while another is; the last one's end cannot be known."""
            self.under_way -= 1
            if self.collecting and not self.under_way:
                gc.enable()

    with event.install_listener("numba:compile", Telling()) as telling:
        yield
    if telling.told:
        progress(COMPILING, 1, 1)
