# SPDX-License-Identifier: Apache-2.0
"""Debian source and binary packages of this machine's release, from its own mirrors or the one that
DOPPEL_APT_MIRROR names, in the user's cache folder."""

import os
import re
import subprocess
from pathlib import Path

from apt_root import AptRoot, Unavailable, locked, machine_stanzas, made_whole, unpack

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doppel" / "realworld"


def release_codename() -> str:
    release = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    match = re.search(r'^VERSION_CODENAME="?([a-z]+)', release, re.MULTILINE)
    if not match:
        raise Unavailable("the codename of this system's release is not known")
    return match.group(1)


def private_sources(etc: Path = Path("/etc/apt")) -> str:
    """A .sources file for packages and sources of this release, from this machine's mirrors."""
    codename = release_codename()
    blocks = []
    for stanza in machine_stanzas(etc):
        if codename not in stanza.get("suites", "").split():
            continue
        lines = ["Types: deb deb-src", f"Suites: {codename}", f"Components: {' '.join(stanza['components'].split())}",
                 f"URIs: {os.environ.get('DOPPEL_APT_MIRROR') or stanza['uris']}"]
        if "signed-by" in stanza:
            lines.append(f"Signed-By: {stanza['signed-by']}")
        blocks.append("\n".join(lines) + "\n")
    if not blocks:
        raise Unavailable(f"apt on this machine knows no mirror of {codename}")
    return blocks[0] if os.environ.get("DOPPEL_APT_MIRROR") else "\n".join(blocks)


APT = AptRoot(CACHE / "apt", private_sources)


def source(package: str) -> Path:
    """The unpacked upstream sources of a package."""
    target = CACHE / "sources" / package
    with locked(CACHE / "lock"):
        if target.exists():
            return target
        downloads = CACHE / "downloads" / package
        APT.download(downloads, "source", "--download-only", "--tar-only", package)
        with made_whole(target) as folder:
            for archive in downloads.glob("*.orig.tar.*"):
                if archive.suffix not in (".asc", ".sig"):
                    command = ["tar", "-xf", str(archive), "-C", str(folder), "--strip-components=1"]
                    subprocess.run(command, check=True)
            if not any(folder.iterdir()):
                raise Unavailable(f"the source package {package} has no upstream archive")
    return target


def dependencies(package: str, prefixes: tuple[str, ...]) -> list[str]:
    """What a binary package needs, directly or not, where its name begins with one of the prefixes."""
    shown = APT.cache("depends", "--recurse", "--important", package)
    return [name for name in shown.splitlines() if name.startswith(prefixes)]


def unpacked(*packages: str, needing: tuple[str, ...] = ()) -> Path:
    """A folder into which binary packages are unpacked, not installed; with those that the first one
    needs and whose names begin with one of the prefixes."""
    target = CACHE / "unpacked" / packages[0]
    with locked(CACHE / "lock"):
        if target.exists():
            return target
        needed = dependencies(packages[0], needing) if needing else []
        downloads = CACHE / "downloads" / packages[0]
        APT.download(downloads, "download", *packages, *needed)
        unpack(downloads.glob("*.deb"), target)
    return target
