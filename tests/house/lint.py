#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over C++ files: lint.py BUILD JOBS FILE...

BUILD holds compile_commands.json, of a build without precompiled headers. Each file in which nothing is
found is noted in BUILD/lint.json together with a digest of all that it was compiled from, so that it is
looked at again only when that has changed. Prints the findings; ends with 1 where there are any."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

TIDY = "clang-tidy-19"


def say(text):
    print(text, flush=True)


class Digests:
    """Digests of files, each read once."""

    def __init__(self):
        self.known = {}

    def of(self, path):
        if path not in self.known:
            try:
                with open(path, "rb") as file:
                    self.known[path] = hashlib.sha256(file.read()).hexdigest()
            except OSError:
                self.known[path] = "absent"
        return self.known[path]

    def of_all(self, command, paths):
        lines = [command] + [f"{path} {self.of(path)}" for path in paths]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def configurations(path):
    """The .clang-tidy files that rule a source."""
    folder, found = os.path.dirname(path), []
    while folder != "/":
        found.append(os.path.join(folder, ".clang-tidy"))
        folder = os.path.dirname(folder)
    return [name for name in found if os.path.exists(name)]


def inputs(entry):
    """Every file that a compilation reads."""
    command = [word for word in shlex.split(entry["command"]) if word != "-c"]
    output = command.index("-o")
    listed = subprocess.run(command[:output] + command[output + 2:] + ["-M"], cwd=entry["directory"],
                            capture_output=True, text=True, check=True).stdout
    names = re.sub(r"\\\n", " ", listed).split(":", 1)[1].split()
    return sorted({os.path.normpath(os.path.join(entry["directory"], name)) for name in names})


def lint(build, entry):
    """What clang-tidy prints for a file; nothing where all is well."""
    run = subprocess.run([TIDY, "-p", build, "--quiet", "--warnings-as-errors=*", entry["file"]],
                         capture_output=True, text=True)
    return run.stdout if run.returncode == 0 else run.stdout or run.stderr or "clang-tidy failed\n"


def main(build, jobs, files):
    with open(os.path.join(build, "compile_commands.json")) as file:
        entries = {entry["file"]: entry for entry in json.load(file)}
    notes = os.path.join(build, "lint.json")
    clean = {}
    if os.path.exists(notes):
        with open(notes) as file:
            clean = json.load(file)
    digests, status, wanted = Digests(), 0, []
    for path in map(os.path.abspath, files):
        if path not in entries:
            say(f"left out, no build compiles it: {os.path.relpath(path)}")
            continue
        note = clean.get(path)
        if not note or note["digest"] != digests.of_all(entries[path]["command"], note["inputs"]):
            wanted.append(path)

    def look(path):
        start = time.monotonic()
        return path, lint(build, entries[path]), time.monotonic() - start

    with ThreadPoolExecutor(jobs) as pool:
        for done, future in enumerate(as_completed([pool.submit(look, path) for path in wanted]), 1):
            path, found, seconds = future.result()
            say(f"[{done}/{len(wanted)}] {os.path.relpath(path)} ({seconds:.0f} s)")
            if found:
                say(found.rstrip())
                status = 1
                continue
            read = inputs(entries[path]) + configurations(path)
            clean[path] = {"inputs": read, "digest": digests.of_all(entries[path]["command"], read)}
            with open(notes + ".new", "w") as file:
                json.dump(clean, file)
            os.replace(notes + ".new", notes)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
