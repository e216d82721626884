"""The program behind scripts/: `python3 service GROUP VERB …`, in the environment that ENVIRONMENT and PORT name."""

from __future__ import annotations

import os
import sys

from orders.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], environ=os.environ))
