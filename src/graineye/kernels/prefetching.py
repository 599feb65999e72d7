"""Asking for memory before it is needed, so that a loop that computes on one frame does not wait for the next."""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

_LINE = 64
"""Bytes that a cache takes at a time."""


def _line(typing_context: Any, array: Any, index: Any) -> tuple[Any, Any]:
    """Ask for the cache line that holds this entry of a flat array, to be read a while later."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        prefetch = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, number, number, number]), "llvm.prefetch.p0i8"
        )
        read, soon, data = number(0), number(2), number(1)
        builder.call(prefetch, [builder.bitcast(builder.gep(first, [arguments[1]]), byte), read, soon, data])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


_ask_for_line: Any = intrinsic(_line)


@njit(nogil=True, cache=True)
def ask_for(flat: NDArray[np.generic], begin: int, end: int) -> None:
    """Ask for the entries from `begin` to below `end` of a flat array, and no further than it goes."""
    for index in range(begin, min(end, flat.size), _LINE // flat.itemsize):
        _ask_for_line(flat, index)
