#!/usr/bin/env bash
# Prints the per cent of the production health tests that pass, such as 98.5. Needs GENESIS_HOME.
set -euo pipefail
cd "$GENESIS_HOME"
report=$(mktemp)
trap 'rm -f "$report"' EXIT

# 1 means that tests failed, which is what is to be counted; anything higher means that they did not run.
code=0
python3 -m pytest -p no:cacheprovider -q --tb=line --junitxml="$report" tests/test_production_health.py >&2 || code=$?
if ((code > 1)); then
  echo "error: the health tests did not run (pytest ended with $code)." >&2
  exit "$code"
fi

python3 - "$report" <<'PY'
import sys
from xml.etree import ElementTree

suite = next(ElementTree.parse(sys.argv[1]).iter("testsuite"))
ran = int(suite.get("tests")) - int(suite.get("skipped"))
bad = int(suite.get("failures")) + int(suite.get("errors"))
if not ran:
    sys.exit("error: every health test was skipped.")
print(round(100 * (ran - bad) / ran, 2))
PY
