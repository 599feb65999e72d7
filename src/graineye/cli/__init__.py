"""The command line: one module a command, each of which parses, calls and prints.

`main` turns every refusal into one line and an exit code: 0 done, 1 cannot be done, 2 wrong usage, 130 interrupted,
143 terminated.
"""

import gc
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import App, CycloptsError, Parameter

from graineye.cli.explore import explore
from graineye.cli.export import export
from graineye.cli.fetch import fetch
from graineye.cli.info import info
from graineye.cli.run import run
from graineye.cli.score import score
from graineye.cli.show import show
from graineye.cli.simulate import simulate
from graineye.cli.terminating import Terminated, terminable
from graineye.errors import GraineyeError, SettingsError


def _version() -> str:
    from importlib.metadata import version

    return version("graineye")


app = App(
    name="graineye",
    help="Find the crystallites in a 4D-STEM scan: where they are, how big, and which reflections each shows.",
    help_format="plaintext",
    version=_version,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    default_parameter=Parameter(negative=()),
)
for command in (run, info, show, explore, export, simulate, fetch, score):
    app.command(command)
app.register_install_completion_command()


_OBJECTS = 50_000
"""Made between two searches for garbage: at Python's own 700, a command spends half a second in them and finds next to none."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(_OBJECTS)
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    # Without it, libraries below are kept silent: what concerns a user is said in one line.
    logging.getLogger("graineye").setLevel(logging.DEBUG if debug else logging.NOTSET)
    try:
        with terminable():
            app(words, exit_on_error=False, print_error=False)
    except (CycloptsError, SettingsError) as error:
        _refuse(error, 2, debug)
    except GraineyeError as error:
        _refuse(error, 1, debug)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # a defect of graineye's; a user is owed a line all the same
        _refuse(GraineyeError(f"{type(error).__name__}: {error}: a defect; --debug shows where"), 1, debug, error)
    except KeyboardInterrupt as end:
        what, code = ("terminated", end.code) if isinstance(end, Terminated) else ("interrupted", 130)
        print(f"graineye: {what}; no file is left half-written", file=sys.stderr, flush=True)
        # Threads may still be at work on frames that nobody waits for; Python would wait for them.
        os._exit(code)


def _refuse(error: Exception, code: int, debug: bool, cause: Exception | None = None) -> NoReturn:
    if debug:
        raise error from cause
    print(f"graineye: {' '.join(str(error).split())}", file=sys.stderr)
    sys.exit(code)
