"""Makes the modules beside it findable."""

import sys
from pathlib import Path

# Test modules have no package here (import mode importlib), so that `fuzz_files` is found only this way.
sys.path.insert(0, str(Path(__file__).parent))
