"""The quick suite: a property is tried on some values each time it runs, on many with EXAMPLES=1000."""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=int(os.environ.get("EXAMPLES", "40")), deadline=None)
settings.load_profile("quick")
