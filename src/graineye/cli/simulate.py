"""`graineye simulate`: a scan of a polycrystal, with its truth."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from graineye.cli.flags import CommonFlags
from graineye.simulate.options import SimulationOptions


def simulate(
    out: Path,
    *,
    options: Annotated[
        SimulationOptions, Parameter(name="*", group="Sample, microscope and camera")
    ] = SimulationOptions(),  # noqa: B008
    common: CommonFlags = CommonFlags(),  # noqa: B008
) -> None:
    """Simulate a scan of a polycrystal; write OUT and its truth, NAME.truth.npz.

    Parameters
    ----------
    out
        HDF5 file to write.
    """
    from graineye.progress import shown
    from graineye.simulate import simulate_scan

    with shown(common.quiet) as progress:
        simulated = simulate_scan(out, options, progress, common.force)
    if common.json:
        print(json.dumps({"scan": str(simulated.path), "truth": str(simulated.truth_path)}))
    else:
        print(f"scan:  {simulated.path}")
        print(f"truth: {simulated.truth_path}")
