#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that each promise of SPECIFICATION.md names tests, and that each named test exists.
Usage: specification.py CTEST BUILD SPECIFICATION"""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path


def problems(text, tests):
    """What is wrong with the specification `text`, where `tests` is the list of existing names."""
    found = []
    for number, promise in re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^#|\Z)", text, re.MULTILINE | re.DOTALL):
        named = re.findall(r"`([^`]+)`", promise.partition("Checked by:")[2])
        if not named:
            found.append(f"promise {number} names no test")
        found += [f"promise {number} names {name}, which is no test"
                  for name in named if not fnmatch.filter(tests, name)]
    return found or ([] if re.search(r"^1\. ", text, re.MULTILINE) else ["there is no promise"])


def main(ctest, build, specification):
    listing = subprocess.run([ctest, "--test-dir", build, "-N"], capture_output=True, text=True, check=True)
    tests = re.findall(r"^\s*Test\s+#\d+: (\S+)", listing.stdout, re.MULTILINE)
    found = problems(Path(specification).read_text(), tests)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
