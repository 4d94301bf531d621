#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shared library of the standard C interface exports what its header declares, and nothing else.
Usage: exports.py COMPILER HEADER LIBRARY"""

import re
import subprocess
import sys


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(compiler, header, library):
    text = output_of(compiler, "-E", "-P", "-x", "c", header)
    declared = set(re.findall(r'visibility\("default"\)\)\)[^;(]*\b(wasm_\w+)\(', text))
    symbols = output_of("nm", "-D", "--defined-only", library).splitlines()
    exported = {line.split()[-1].split("@")[0] for line in symbols}
    problems = [f"{name}: is declared, but not exported" for name in sorted(declared - exported)]
    problems += [f"{name}: is exported, but not declared" for name in sorted(exported - declared)]
    if len(declared) < 280:
        problems.append(f"{header}: found {len(declared)} functions, expected some 290")
    print("\n".join(problems) or f"{len(declared)} functions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
