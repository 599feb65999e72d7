"""Dot products of a strip of a template with two windows of an image at once, their sums kept in registers.

LLVM's own loops spill the accumulators to memory, which makes them three times slower; so the loop is written in its language.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

WIDTH = 32
"""Pixels of a strip's row."""
_LANES = 8
_FAST = ("fast",)


def _two_dots(
    typing_context: Any, image: Any, first: Any, second: Any, stride: Any, strip: Any, rows: Any
) -> tuple[Any, Any]:
    """Sums of strip times image at two places; equals `two_dots_slow`.

    Parameters
    ----------
    image
        (n) float32, the image's rows one after the other.
    first, second
        Index of the pixel under the strip's first pixel, at each place.
    stride
        Pixels from one row of the image to the next.
    strip
        (rows * 32) float32, row by row.
    rows
        Of the strip.

    Returns
    -------
    Both sums, float32.
    """
    signature = types.UniTuple(types.float32, 2)(image, types.int64, types.int64, types.int64, strip, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scalar, index = ir.FloatType(), ir.IntType(64)
        vector = ir.VectorType(scalar, _LANES)
        pixels = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0]).data
        weights = cgutils.create_struct_proxy(signature.args[4])(context, builder, arguments[4]).data
        parts = WIDTH // _LANES
        sums = [[cgutils.alloca_once(builder, vector) for _ in range(parts)] for _ in range(2)]
        for part in sums[0] + sums[1]:
            builder.store(ir.Constant(vector, [0.0] * _LANES), part)

        def load(base: Any, offset: int) -> Any:
            place = builder.gep(base, [ir.Constant(index, offset)])
            return builder.load(builder.bitcast(place, vector.as_pointer()), align=4)

        with cgutils.for_range(builder, arguments[5]) as loop:
            down = builder.mul(loop.index, arguments[3])
            windows = [builder.gep(pixels, [builder.add(arguments[1 + i], down)]) for i in range(2)]
            row = builder.gep(weights, [builder.mul(loop.index, ir.Constant(index, WIDTH))])
            for part in range(parts):
                weight = load(row, part * _LANES)
                for i in range(2):
                    product = builder.fmul(load(windows[i], part * _LANES), weight, flags=_FAST)
                    builder.store(builder.fadd(product, builder.load(sums[i][part]), flags=_FAST), sums[i][part])

        def total(of: list[Any]) -> Any:
            lanes = builder.load(of[0])
            for part in of[1:]:
                lanes = builder.fadd(lanes, builder.load(part))
            result = ir.Constant(scalar, 0.0)
            for lane in range(_LANES):
                result = builder.fadd(result, builder.extract_element(lanes, ir.Constant(ir.IntType(32), lane)))
            return result

        return context.make_tuple(builder, signature.return_type, [total(sums[0]), total(sums[1])])

    return signature, generate


two_dots: Any = intrinsic(_two_dots)


def two_dots_slow(
    image: NDArray[np.float32], first: int, second: int, stride: int, strip: NDArray[np.float32], rows: int
) -> tuple[float, float]:
    """What `two_dots` computes, as plain array expressions."""
    window = np.arange(rows)[:, None] * stride + np.arange(WIDTH)
    weights = strip.reshape(rows, WIDTH).astype(np.float64)
    return float((image[first + window] * weights).sum()), float((image[second + window] * weights).sum())
