"""The explorer: linked views of a result in the browser.

The state is plain Python; views draw it and turn clicks into actions on it; the app wires them; a server shows the page.
"""

from graineye.explorer.notebook import explored
from graineye.explorer.state import State

__all__ = ["State", "explored"]
