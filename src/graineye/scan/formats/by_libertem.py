"""Formats that LiberTEM's own readers open: blo, SEQ, SER, TVIPS and FRMS6; Gatan's and raw CSR, which we read, stand among them.

LiberTEM takes any shape without a word and fills up with zeros; here frames must be there, and partitions stay small.
"""

import contextlib
import io
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from graineye.errors import ScanError
from graineye.scan.formats import dm, frms6, k2is, raw_csr
from graineye.scan.formats.interface import NUMBERS, Format, Source, is_number, plain_scan
from graineye.scan.formats.libertem_headers import check_blo, check_seq, check_ser
from graineye.scan.partitions import partition_count
from graineye.scan.scan import Scan


def opened_by_libertem(source: Source, kind: str, name: str, **how: Any) -> Scan:
    """A scan that a LiberTEM reader opens.

    Parameters
    ----------
    source
        The file.
    kind
        LiberTEM's name of the format; "auto" lets it guess.
    name
        Ours.
    how
        Further arguments of its reader.

    Raises
    ------
    ScanError
        If it cannot, or frames are missing.
    """
    from graineye.scan.preparation import PreparedDataSet

    path, positions = source.path, source.positions
    given = {"nav_shape": positions, "sig_shape": source.frame, "sync_offset": source.sync_offset or None}
    arguments = {"path": str(path)} | {k: v for k, v in given.items() if v is not None} | how
    try:
        # LiberTEM prints while it reads headers; its words would end up in the middle of ours.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            dataset = source.context.load(kind, **arguments)
    except Exception as error:  # LiberTEM's readers raise whatever they meet
        raise ScanError(_refusal(source, kind, name, error)) from error
    shape = tuple(dataset.shape)
    if len(shape) != 4:
        raise ScanError(
            f"{path}: {name} with {prod(shape[:-2])} frames that does not say their scan positions: give --nav-shape NY,NX"
        )
    if positions is not None and tuple(shape[:2]) != positions:
        raise ScanError(f"{path}: has {shape[0]} x {shape[1]} scan positions, not {positions}: check --nav-shape")
    if min(shape) < 1 or not is_number(np.dtype(dataset.dtype)):
        raise ScanError(
            f"{path}: {name} of shape {shape} in {np.dtype(dataset.dtype)}, a scan holds {NUMBERS}: "
            "is it the right file, and whole?"
        )
    notes = _check_complete(source, dataset, prod(shape[:2]))
    dataset._user_num_partitions = partition_count(shape[:2], shape[2:], dataset.dtype)  # its own may take half a GB
    return plain_scan(source, name, PreparedDataSet(dataset), notes=notes)


def _refusal(source: Source, kind: str, name: str, error: Exception) -> str:
    if kind == "auto":
        return (
            f"{source.path}: no format that graineye or LiberTEM reads ({error}): "
            "of raw numbers give --dtype, --nav-shape NY,NX and --sig-shape QY,QX"
        )
    needs = "give --nav-shape NY,NX, or" if source.positions is None else "check --nav-shape and --sync-offset;"
    return f"{source.path}: LiberTEM cannot read it as {name} ({error or type(error).__name__}): {needs} is the file whole?"


def _check_complete(source: Source, dataset: Any, wanted: int) -> tuple[str, ...]:
    """Refuse zeros for frames that are not in the file, and frames left over of a shape that the user gave.

    Of a shape that the file states, a note on what is left over.
    """
    info = getattr(dataset, "_sync_offset_info", None) or {}
    missing = info.get("frames_inserted_start", 0) + info.get("frames_inserted_end", 0)
    if missing:
        raise ScanError(
            f"{source.path}: {missing} of {wanted} frames are not in the file: "
            "is it whole? check --nav-shape and --sync-offset"
        )
    left = info.get("frames_ignored_end", 0)
    if left and source.positions is not None and not source.sync_offset:
        raise ScanError(
            f"{source.path}: holds {wanted + left} frames, --nav-shape {source.positions[0]},{source.positions[1]} "
            f"wants {wanted}: give a shape that fits, or --sync-offset"
        )
    if not left or source.positions is not None:
        return ()
    return (
        f"the scan's shape in the file leaves out {left} of its {wanted + left} frames: is it whole? else --nav-shape",
    )


def _by_libertem(
    name: str, kind: str, recognises: Callable[[Source], bool], check: Callable[[Source], None] | None = None
) -> Format:
    def opened(source: Source) -> Scan:
        if check is not None:
            check(source)
        return opened_by_libertem(source, kind, name)

    return Format(name, recognises, opened)


def _starting(*signatures: bytes) -> Callable[[Source], bool]:
    return lambda source: source.start.startswith(signatures)


def _is_tvips(source: Source) -> bool:
    return source.suffix == ".tvips" or source.start[:8] in (b"\0\1\0\0\1\0\0\0", b"\0\1\0\0\2\0\0\0")


FORMATS = (
    _by_libertem("blo", "blo", _starting(b"IMGBLO"), check_blo),
    _by_libertem("Norpix SEQ", "seq", _starting(b"\xed\xfe\0\0N\0o\0r\0p\0i\0x\0"), check_seq),
    _by_libertem("TIA SER", "ser", _starting(b"II\x97\x01"), check_ser),
    k2is.FORMAT,
    dm.FORMAT,
    _by_libertem("TVIPS", "tvips", _is_tvips),
    raw_csr.FORMAT,
    Format("FRMS6", frms6.recognises, lambda source: opened_by_libertem(frms6.checked(source), "frms6", "FRMS6")),
    _by_libertem("by LiberTEM", "auto", lambda source: True),
)
"""K2IS comes before DigitalMicrograph, whose tags its .gtg is made of. The last takes what no other did."""
