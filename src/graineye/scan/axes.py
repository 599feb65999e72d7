"""Axes of length one in front of a scan's four: they say nothing, and are dropped with a note."""


def scan_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without leading axes of length one, as far as there are more than four."""
    while len(shape) > 4 and shape[0] == 1:
        shape = shape[1:]
    return shape


def dropped(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[str, ...]:
    """A sentence on the axes of length one that are left out, none if none are."""
    if len(axes) == len(shape):
        return ()
    return (f"leading axes of length one are dropped: {shape} is read as {axes}",)
