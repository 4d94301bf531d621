#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules that the source tree keeps. Each is a function from the root of a tree to its violations;
rules_test.py breaks every one of them on purpose. Usage: rules.py ROOT RULE"""

import os
import re
import subprocess
import sys
from pathlib import Path

# Which top-level folders each one may include: dependencies point one way.
ALLOWED = {
    "core": {"core"},
    "bytecode": {"bytecode", "core"},
    "sysvm": {"sysvm", "core"},
    "paravirt": {"paravirt", "sysvm", "core"},
    "jit": {"jit", "bytecode", "sysvm", "core"},
    "tools": {"tools", "paravirt", "jit", "sysvm", "bytecode", "core"},
    "bench": {"bench", "tools", "paravirt", "jit", "sysvm", "bytecode", "core"},
    "tests": {"tests", "tools", "paravirt", "jit", "sysvm", "bytecode", "core"},
}
# Where a third-party library's headers may be included; what is not listed may be used anywhere.
CONFINED = {
    r"llvm(-c)?/|clang(-c)?/": {"jit", "tests"},
    r"nlohmann/": {"tools", "tests", "bench"},
    r"libfdt": {"sysvm", "tests"},
    r"slirp/": {"sysvm"},
    r"gtest/|gmock/": {"tests"},
    r"benchmark/": {"bench"},
}
# Programs that run inside a machine are no part of the graph.
GUESTS = (Path("bench/workloads"), Path("tests/bytecode/wasi/programs"))
SOURCE = {".cpp", ".h", ".c", ".inc"}
LONGEST = 600


def sources(root):
    """The project's C and C++ files, as paths relative to the root."""
    for folder in (*ALLOWED, "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCE and path.is_file():
                yield path.relative_to(root)


def includes(path):
    """(line number, included name, whether in quotes)"""
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if found:
            yield number, found[2], found[1] == '"'


def include_graph(root):
    """Folders include only what stands below them, libraries stay where they belong, no cycles."""
    problems, edges = [], {}
    for source in sources(root):
        folder = source.parts[0]
        if folder not in ALLOWED or any(map(source.is_relative_to, GUESTS)):
            continue
        for number, name, is_quoted in includes(root / source):
            where = f"{source}:{number}"
            for pattern, homes in CONFINED.items():
                if re.match(pattern, name) and folder not in homes:
                    problems.append(f"{where}: {folder}/ includes {name}, which only "
                                    f"{', '.join(sorted(homes))} may")
            if not is_quoted:
                if name.split("/")[0] in ALLOWED:
                    problems.append(f"{where}: {name} is the project's own, expected quotes")
                continue
            if not (root / name).is_file():
                problems.append(f"{where}: there is no {name} at the root of the tree")
            elif name.split("/")[0] not in ALLOWED[folder]:
                problems.append(f"{where}: {folder}/ includes {name}, expected only "
                                f"{', '.join(sorted(ALLOWED[folder]))}")
            else:
                edges.setdefault(str(source), []).append(name)
    return problems + cycles(edges)


def public_headers(root):
    """What is installed includes only what is installed, the standard library and tl::expected."""
    text = (root / "cmake/DoppelInstall.cmake").read_text()
    public = re.search(r"set\(DOPPEL_PUBLIC_HEADERS([^)]*)\)", text)[1].split()
    problems = [f"{name}: is in the list of public headers, but not in the tree"
                for name in public if not (root / name).is_file()]
    for name in public:
        if not (root / name).is_file():
            continue
        for number, included, is_quoted in includes(root / name):
            if is_quoted and included not in public:
                problems.append(f"{name}:{number}: is public, but includes {included}, which is not")
            if not is_quoted and "/" in included and included != "tl/expected.hpp":
                problems.append(f"{name}:{number}: is public, but includes {included}")
    return problems


def cycles(edges):
    problems, done = [], set()

    def visit(name, trail):
        if name in trail:
            problems.append("include cycle: " + " -> ".join([*trail[trail.index(name):], name]))
        elif name not in done:
            for next_name in edges.get(name, ()):
                visit(next_name, [*trail, name])
            done.add(name)

    for name in edges:
        visit(name, [])
    return problems


def files(root):
    """Each file has its licence line, a header its guard, none is too long or left unfinished."""
    problems = []
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    for source in sources(root):
        lines = (root / source).read_text(errors="replace").splitlines()
        if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
            problems.append(f"{source}:1: expected the SPDX line")
        if source.suffix == ".h" and "#pragma once" not in lines:
            problems.append(f"{source}: expected #pragma once")
        if len(lines) > LONGEST and source.suffix != ".inc":  # those are tables
            problems.append(f"{source}: {len(lines)} lines, expected at most {LONGEST}")
        problems += [f"{source}:{number}: found {marks.search(line)[0]}"
                     for number, line in enumerate(lines, 1) if marks.search(line)]
    return problems


def own_places(root):
    """What must not be written down: where this tree lies, the home folder, the package hosts."""
    places = []
    for folder in (root.resolve(), root.resolve().parent, Path.home()):
        if folder not in (Path("/"), Path("/tmp"), Path("/home"), Path("/root")):
            places.append(f"{folder}/")
    for command in (["apt-get", "indextargets", "--format", "$(SITE)"],
                    ["npm", "config", "get", "registry"]):
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
        except (OSError, subprocess.TimeoutExpired):
            continue
        places += re.findall(r"^[a-z]+://([^/\s]+\.[^/\s]+)", answer, re.MULTILINE)
    return sorted(set(places))


def machine_paths(root, places=None):
    """No file names a path or a package host of the machine it was written on."""
    places = own_places(root) if places is None else places
    pattern = re.compile(rf"(?<![\w}}.])(?:{'|'.join(map(re.escape, places))})".encode())
    problems = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", "build", ".cache")]
        for name in names:
            path = Path(folder) / name
            if name == ".git" or not path.is_file():
                continue
            data = path.read_bytes()
            if b"\0" in data[:4096]:
                continue
            for number, line in enumerate(data.splitlines(), 1):
                found = pattern.search(line)
                if found:
                    problems.append(f"{path.relative_to(root)}:{number}: "
                                    f"found {found[0].decode()}, which is this machine's")
    return problems


RULES = {rule.__name__: rule for rule in (include_graph, public_headers, files, machine_paths)}


def main(root, rule):
    problems = RULES[rule](Path(root))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
