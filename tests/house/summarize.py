#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums up JUnit files that ctest wrote: each skipped test with its reason, each failed one by name,
and the closing line `N passed, N failed`. A file that is not there, or holds no test, counts as a failure."""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree


def reason(case):
    """Why a test was skipped: the line after GoogleTest's `Skipped`, or a line that starts `skipped:`."""
    output = case.findtext("system-out") or ""
    found = re.search(r"Skipped\n(.+)|^skipped: (.+)", output, re.MULTILINE)
    if found:
        return (found[1] or found[2]).strip()
    skipped = case.find("skipped")
    return (skipped is not None and skipped.get("message")) or "no reason given"


def read(path):
    return ElementTree.parse(path).getroot().findall("testcase") if os.path.exists(path) else []


def main(paths):
    passed, failed, skipped = 0, [], []
    for path in paths:
        cases = read(path)
        if not cases:
            failed.append(f"{path}: no test ran")
        for case in cases:
            status = case.get("status")
            if status == "run":
                passed += 1
            elif status in ("notrun", "disabled"):
                skipped.append(f"{case.get('name')}: {reason(case)}")
            else:
                failed.append(case.get("name"))
    for line in skipped:
        print(f"skipped: {line}")
    for line in failed:
        print(f"failed: {line}")
    print(f"{passed} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
