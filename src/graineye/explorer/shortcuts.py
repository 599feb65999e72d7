"""Keys for the frequent actions, and the line that tells of them."""

from graineye.explorer.state import CRYSTALLITES, DARK_FIELD, VIRTUAL_DETECTOR, State
from graineye.explorer.views.acting import Action


def _map_and_dark_field(state: State) -> State:
    if state.quantity != CRYSTALLITES:
        return state.colouring(CRYSTALLITES)
    return state.colouring(VIRTUAL_DETECTOR if state.virtual is not None else DARK_FIELD)


SHORTCUTS: dict[str, tuple[str, Action]] = {
    "n": ("next crystallite", lambda state: state.stepping(1)),
    "p": ("previous", lambda state: state.stepping(-1)),
    "m": ("merge", lambda state: state.merging()),
    "s": ("split", lambda state: state.splitting()),
    "x": ("reject", lambda state: state.rejecting()),
    "z": ("undo", lambda state: state.undoing()),
    "y": ("redo", lambda state: state.redoing()),
    "d": ("map or dark field", _map_and_dark_field),
    "Escape": ("nothing selected, no detector", lambda state: state.selecting([]).detecting(None)),
}
"""What each key does."""

HELP = "Keys: " + " · ".join(f"{'Esc' if key == 'Escape' else key} {does}" for key, (does, _) in SHORTCUTS.items())
"""The line that tells of them."""

LISTENING = """
window.addEventListener("keydown", (event) => {
  const path = event.composedPath();
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (path.some(e => ["INPUT", "TEXTAREA", "SELECT"].includes(e.tagName))) return;
  if (keys.includes(event.key)) { pressed.data = {key: [event.key], count: [pressed.data.count[0] + 1]}; event.preventDefault(); }
});
"""
"""JavaScript that tells which of them was pressed, unless somebody types a name."""
