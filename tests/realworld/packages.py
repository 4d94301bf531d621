# SPDX-License-Identifier: Apache-2.0
"""Debian source and binary packages through a private apt root in the user's cache folder.

The root takes its mirrors and keys from the machine's own apt configuration, or the mirror from
DOPPEL_APT_MIRROR; apt checks signatures and hashes. Nothing is installed, nothing needs root."""

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doppel" / "realworld"


class Unavailable(Exception):
    """What is needed cannot be had on this machine: a reason to skip, not a failure."""


def stanzas_deb822(text: str) -> list[dict[str, str]]:
    """The stanzas of a .sources file, keys in lower case; continued lines keep their breaks."""
    stanzas = []
    for block in re.split(r"\n\s*\n", text):
        stanza, key = {}, None
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and key:
                stanza[key] += "\n" + line
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                stanza[key] = value.strip()
        if stanza:
            stanzas.append(stanza)
    return stanzas


def stanzas_one_line(text: str) -> list[dict[str, str]]:
    """The entries of a classic .list file, in the form of deb822 stanzas."""
    stanzas = []
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
        if match:
            options, uri, suite, components = match.groups()
            stanza = {"types": "deb", "uris": uri, "suites": suite, "components": components.strip()}
            for option in (options or "").split():
                key, _, value = option.partition("=")
                stanza[key.lower()] = value.replace(",", " ")
            stanzas.append(stanza)
    return stanzas


def release_codename() -> str:
    release = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    match = re.search(r'^VERSION_CODENAME="?([a-z]+)', release, re.MULTILINE)
    if not match:
        raise Unavailable("the codename of this system's release is not known")
    return match.group(1)


def private_sources(etc: Path = Path("/etc/apt")) -> str:
    """A .sources file for packages and sources of this release, from this machine's mirrors."""
    stanzas = []
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))]:
        if path.suffix == ".sources":
            stanzas += stanzas_deb822(path.read_text())
        elif path.suffix == ".list" and path.exists():
            stanzas += stanzas_one_line(path.read_text())
    codename = release_codename()
    blocks = []
    for stanza in stanzas:
        components = stanza.get("components", "").split()
        enabled = stanza.get("enabled", "yes").lower() != "no"
        if not enabled or codename not in stanza.get("suites", "").split() or "main" not in components:
            continue
        lines = ["Types: deb deb-src", f"Suites: {codename}", f"Components: {' '.join(components)}",
                 f"URIs: {os.environ.get('DOPPEL_APT_MIRROR') or stanza['uris']}"]
        if "signed-by" in stanza:
            lines.append(f"Signed-By: {stanza['signed-by']}")
        blocks.append("\n".join(lines) + "\n")
    if not blocks:
        raise Unavailable(f"apt on this machine knows no mirror of {codename}")
    return blocks[0] if os.environ.get("DOPPEL_APT_MIRROR") else "\n".join(blocks)


@contextmanager
def locked(path: Path):
    """Tests may run side by side; one of them works, the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def apt(tool: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    root = CACHE / "apt"
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": root / "sources.list.d",
        "Dir::State": root / "state",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "20",
        "Acquire::Languages": "none",
    }
    if os.geteuid() == 0:
        settings["APT::Sandbox::User"] = "root"
    options = [option for key, value in settings.items() for option in ("-o", f"{key}={value}")]
    return subprocess.run([tool, "-q", *options, *arguments], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def prepare_root() -> None:
    """Writes the root's configuration and fetches the lists, unless those at hand still fit it."""
    if shutil.which("apt-get") is None:
        raise Unavailable("there is no apt on this machine")
    root = CACHE / "apt"
    sources = private_sources()
    written = root / "sources.list.d" / "doppel.sources"
    lists = root / "state" / "lists"
    if written.exists() and written.read_text() == sources and list(lists.glob("*_Sources*")):
        return
    for folder in (written.parent, lists / "partial", root / "cache" / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    written.write_text(sources)
    result = apt("apt-get", "update", cwd=root)
    if not list(lists.glob("*_Sources*")):
        raise Unavailable(f"the mirror cannot be reached: {complaint(result.stdout)}")


def complaint(text: str) -> str:
    """The line of apt's output that says most about why it failed."""
    lines = text.strip().splitlines() or ["no message"]
    return next((line for line in lines if line.startswith(("E: ", "W: Failed"))), lines[-1])


def download(folder: Path, *arguments: str) -> None:
    """Runs apt-get in the folder; lists that have aged are fetched anew, once."""
    folder.mkdir(parents=True, exist_ok=True)
    prepare_root()
    result = apt("apt-get", *arguments, cwd=folder)
    if result.returncode != 0:
        apt("apt-get", "update", cwd=folder)
        result = apt("apt-get", *arguments, cwd=folder)
    if result.returncode != 0:
        raise Unavailable(f"cannot fetch {arguments[-1]}: {complaint(result.stdout)}")


def source(package: str) -> Path:
    """The unpacked upstream sources of a package."""
    target = CACHE / "sources" / package
    with locked(CACHE / "lock"):
        if target.exists():
            return target
        downloads = CACHE / "downloads" / package
        download(downloads, "source", "--download-only", "--tar-only", package)
        unpacking = target.with_suffix(".unpacking")
        shutil.rmtree(unpacking, ignore_errors=True)
        unpacking.mkdir(parents=True)
        for archive in downloads.glob("*.orig.tar.*"):
            if archive.suffix not in (".asc", ".sig"):
                command = ["tar", "-xf", str(archive), "-C", str(unpacking), "--strip-components=1"]
                subprocess.run(command, check=True)
        if not any(unpacking.iterdir()):
            raise Unavailable(f"the source package {package} has no upstream archive")
        unpacking.rename(target)
    return target


def dependencies(package: str, prefixes: tuple[str, ...]) -> list[str]:
    """What a binary package needs, directly or not, where its name begins with one of the prefixes."""
    prepare_root()
    shown = apt("apt-cache", "depends", "--recurse", "--important", package, cwd=CACHE).stdout
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
        download(downloads, "download", *packages, *needed)
        unpacking = target.with_suffix(".unpacking")
        shutil.rmtree(unpacking, ignore_errors=True)
        unpacking.mkdir(parents=True)
        for archive in downloads.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(unpacking)], check=True)
        unpacking.rename(target)
    return target
