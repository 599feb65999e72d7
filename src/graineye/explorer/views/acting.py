"""What a view is given to act: a way to change the state, and the theme."""

from collections.abc import Callable
from dataclasses import dataclass

from graineye.explorer.state import State
from graineye.explorer.theme import Theme

Action = Callable[[State], State]


@dataclass(frozen=True)
class Acting:
    """What a view is given.

    Attributes
    ----------
    become
        Makes the state that an action gives the shown one.
    theme
        Colours.
    """

    become: Callable[[Action], None]
    theme: Theme
