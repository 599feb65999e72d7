"""Lets the tests of this folder import the plain path that stands beside them."""

import sys
from pathlib import Path

# Test modules have no package here (import mode importlib), so that `plain_path` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))
