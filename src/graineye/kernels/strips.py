"""Dot products of strips of templates with several windows of an image at once, their sums kept in registers.

LLVM's own loops spill the accumulators to memory, which makes them three times slower; so the loop is written in its
language. The more windows share a load of the template, the faster; four windows of one template, or three of two, have as
many accumulators as AVX2 has room for.
"""

from itertools import chain
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

WIDE, NARROW = 32, 8
"""Pixels of a strip's row, of the two kinds that there are."""
PLACES_OF_ONE, PLACES_OF_TWO = 4, 3
"""Windows that are worked on at once: for one template, and for two."""
_LANES = 16
"""Numbers in a vector at most: as many as AVX-512 has, and two vectors of AVX2."""
_FAST = ("fast",)


def strips_of(width: int) -> tuple[int, int]:
    """How many wide and narrow strips cover a template of this width; three narrow ones take as long as a wide one."""
    wide, rest = divmod(width, WIDE)
    narrow = -(-rest // NARROW)
    return (wide + 1, 0) if narrow > 3 else (wide, narrow)


def _dots(width: int, places_at_once: int, templates: int) -> Any:
    """The typing and code of dot products of so many templates' strips, of this width, at so many places."""
    lanes = min(_LANES, width)
    index, vector = ir.IntType(64), ir.VectorType(ir.FloatType(), lanes)

    def dots(
        typing_context: Any,
        image: Any,
        places: Any,
        first: Any,
        right: Any,
        stride: Any,
        strips: Any,
        rows: Any,
        sums: Any,
    ) -> tuple[Any, Any]:
        whole = types.int64
        signature = types.void(image, places, whole, whole, whole, strips, whole, sums)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            def data(number: int) -> Any:
                return cgutils.create_struct_proxy(signature.args[number])(context, builder, arguments[number]).data

            def load(base: Any, offset: int, number: Any) -> Any:
                place = builder.gep(base, [ir.Constant(index, offset)])
                kind = context.get_data_type(number)
                size = context.get_abi_sizeof(kind)
                found = builder.load(builder.bitcast(place, ir.VectorType(kind, lanes).as_pointer()), align=size)
                return found if number == types.float32 else _floats(builder, found, number, vector)

            pixels, weights, size = data(0), data(5), builder.mul(arguments[6], ir.Constant(index, width))
            chosen = builder.gep(data(1), [arguments[2]])
            corners = [
                builder.add(builder.load(builder.gep(chosen, [ir.Constant(index, i)])), arguments[3])
                for i in range(places_at_once)
            ]
            partial = [[_zeros(builder, vector) for _ in corners] for _ in range(templates)]
            with cgutils.for_range(builder, arguments[6]) as loop:
                down = builder.mul(loop.index, arguments[4])
                windows = [builder.gep(pixels, [builder.add(corner, down)]) for corner in corners]
                row = builder.gep(weights, [builder.mul(loop.index, ir.Constant(index, width))])
                of_each = [builder.gep(row, [builder.mul(size, ir.Constant(index, t))]) for t in range(templates)]
                for begin in range(0, width, lanes):
                    factors = [load(of_one, begin, types.float32) for of_one in of_each]
                    for i, window in enumerate(windows):
                        seen = load(window, begin, signature.args[0].dtype)
                        for factor, sums_of_one in zip(factors, partial, strict=True):
                            product = builder.fmul(seen, factor, flags=_FAST)
                            builder.store(
                                builder.fadd(product, builder.load(sums_of_one[i]), flags=_FAST), sums_of_one[i]
                            )
            for number, of_place in enumerate(chain.from_iterable(partial)):
                place = builder.gep(data(7), [ir.Constant(index, number)])
                builder.store(builder.fadd(_total(builder, builder.load(of_place)), builder.load(place)), place)
            return context.get_dummy_value()

        return signature, generate

    return dots


def _floats(builder: Any, whole: Any, number: Any, vector: Any) -> Any:
    """Whole numbers of up to 16 bits as floating-point numbers, by way of 32 bits: of these AVX2 has an instruction."""
    wide = ir.VectorType(ir.IntType(32), vector.count)
    return builder.sitofp(builder.sext(whole, wide) if number.signed else builder.zext(whole, wide), vector)


def _zeros(builder: Any, vector: Any) -> Any:
    """Where a vector is kept, zero at first; LLVM makes a register of it."""
    place = cgutils.alloca_once(builder, vector)
    builder.store(ir.Constant(vector, [0.0] * vector.count), place)
    return place


def _total(builder: Any, lanes: Any) -> Any:
    """Sum of a vector's numbers: of its halves, of theirs, and so on."""
    whole = ir.IntType(32)
    while (half := lanes.type.count // 2) > 0:
        lower, upper = (
            builder.shuffle_vector(
                lanes,
                ir.Constant(lanes.type, ir.Undefined),
                ir.Constant(ir.VectorType(whole, half), list(range(begin, begin + half))),
            )
            for begin in (0, half)
        )
        lanes = builder.fadd(lower, upper)
    return builder.extract_element(lanes, ir.Constant(whole, 0))


wide_dots_of_one: Any = intrinsic(_dots(WIDE, PLACES_OF_ONE, 1))
"""Adds to sums (templates * places at once), template by template, strip times image at some places; equals `dots_slow`.

Arguments: the image's rows one after the other (n), float32 or whole numbers of up to 16 bits; places (k), each the index of
a pixel; which of these is the first; how many pixels to the right of a place the strip begins; pixels from one row of the
image to the next; strips (templates * rows * width) float32, template by template and row by row; their rows; the sums,
float32.
"""
narrow_dots_of_one: Any = intrinsic(_dots(NARROW, PLACES_OF_ONE, 1))
wide_dots_of_two: Any = intrinsic(_dots(WIDE, PLACES_OF_TWO, 2))
narrow_dots_of_two: Any = intrinsic(_dots(NARROW, PLACES_OF_TWO, 2))


def dots_slow(
    image: NDArray[np.generic],
    places: NDArray[np.int64],
    stride: int,
    strips: NDArray[np.float32],
    rows: int,
    sums: NDArray[np.float32],
) -> None:
    """What these add for as many `places` as are worked on at once, and strips (templates, rows * width)."""
    weights = strips.reshape(len(strips), rows, -1).astype(np.float64)
    window = np.arange(rows)[:, None] * stride + np.arange(weights.shape[2])
    for t, weight in enumerate(weights):
        for i, place in enumerate(places):
            sums[t * len(places) + i] += (image[place + window] * weight).sum()
