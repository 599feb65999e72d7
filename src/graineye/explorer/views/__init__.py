"""The views of the explorer: each draws a state, and turns what is done in it into an action on the state."""
