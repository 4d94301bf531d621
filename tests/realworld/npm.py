# SPDX-License-Identifier: Apache-2.0
"""Packages from npm's registry, through the machine's own npm and its configuration.

npm checks the archive against the registry's hash. Nothing is installed, and nothing of it is run
but its WebAssembly."""

import shutil
import subprocess
from pathlib import Path

from apt_root import Unavailable, locked
from packages import CACHE


def npm_package(name: str, version: str) -> Path:
    """The unpacked files of a package in exactly this version."""
    flat = name.lstrip("@").replace("/", "-")
    target = CACHE / "npm" / f"{flat}-{version}"
    with locked(CACHE / "lock"):
        if target.exists():
            return target
        if shutil.which("npm") is None:
            raise Unavailable("there is no npm")
        unpacking = target.with_suffix(".unpacking")
        shutil.rmtree(unpacking, ignore_errors=True)
        unpacking.mkdir(parents=True)
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{version}"]
        result = subprocess.run(command, cwd=unpacking, stdin=subprocess.DEVNULL, text=True,
                                capture_output=True)
        archives = list(unpacking.glob("*.tgz"))
        if result.returncode != 0 or not archives:
            lines = result.stderr.strip().splitlines() or ["no message"]
            raise Unavailable(f"npm cannot fetch {name}@{version}: {lines[-1]}")
        subprocess.run(["tar", "-xf", archives[0].name, "--strip-components=1"], cwd=unpacking, check=True)
        archives[0].unlink()
        unpacking.rename(target)
    return target
