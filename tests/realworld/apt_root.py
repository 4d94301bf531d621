# SPDX-License-Identifier: Apache-2.0
"""A private apt root: packages are fetched and unpacked below a folder of the user's.

Mirrors and keys are those of the machine's own apt configuration; apt checks signatures and hashes.
Nothing is installed, nothing needs root."""

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterable


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


def machine_stanzas(etc: Path) -> list[dict[str, str]]:
    """The entries of the machine's apt configuration that are in use and name archives' main part."""
    found = []
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))]:
        if path.suffix == ".sources":
            found += stanzas_deb822(path.read_text())
        elif path.suffix == ".list" and path.exists():
            found += stanzas_one_line(path.read_text())
    return [stanza for stanza in found if stanza.get("enabled", "yes").lower() != "no"
            and "main" in stanza.get("components", "").split()]


@contextmanager
def locked(path: Path):
    """Tests may run side by side; one of them works, the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def complaint(text: str) -> str:
    """The line of apt's output that says most about why it failed."""
    lines = text.strip().splitlines() or ["no message"]
    return next((line for line in lines if line.startswith(("E: ", "W: Failed"))), lines[-1])


class AptRoot:
    """A folder with apt's lists and caches, and the .sources file that they are of. Packages are those
    of the machine's architecture, or of another one."""

    def __init__(self, folder: Path, sources: Callable[[], str], architecture: str | None = None):
        self.folder = folder
        self.sources = sources
        self.settings = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": folder / "sources.list.d",
            "Dir::State": folder / "state",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "20",
            "Acquire::Languages": "none",
        }
        if architecture:
            self.settings |= {"APT::Architecture": architecture, "APT::Architectures": architecture}
        if os.geteuid() == 0:
            self.settings["APT::Sandbox::User"] = "root"

    def apt(self, tool: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess:
        options = [word for key, value in self.settings.items() for word in ("-o", f"{key}={value}")]
        return subprocess.run([tool, "-q", *options, *arguments], cwd=cwd, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)

    def prepare(self) -> None:
        """Writes the root's configuration and fetches the lists, unless those at hand still fit it."""
        if shutil.which("apt-get") is None:
            raise Unavailable("there is no apt on this machine")
        sources = self.sources()
        written = self.folder / "sources.list.d" / "doppel.sources"
        lists = self.folder / "state" / "lists"
        if written.exists() and written.read_text() == sources and list(lists.glob("*_Packages*")):
            return
        for folder in (written.parent, lists / "partial", self.folder / "cache/archives/partial"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        written.write_text(sources)
        result = self.apt("apt-get", "update", cwd=self.folder)
        if not list(lists.glob("*_Packages*")):
            raise Unavailable(f"the mirror cannot be reached: {complaint(result.stdout)}")

    def cache(self, *arguments: str) -> str:
        """What apt-cache says."""
        self.prepare()
        return self.apt("apt-cache", *arguments, cwd=self.folder).stdout

    def download(self, folder: Path, *arguments: str) -> None:
        """Runs apt-get in the folder; lists that have aged are fetched anew, once."""
        folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        result = self.apt("apt-get", *arguments, cwd=folder)
        if result.returncode != 0:
            self.apt("apt-get", "update", cwd=folder)
            result = self.apt("apt-get", *arguments, cwd=folder)
        if result.returncode != 0:
            raise Unavailable(f"cannot fetch {arguments[-1]}: {complaint(result.stdout)}")


@contextmanager
def made_whole(target: Path):
    """A fresh folder to fill, which becomes the target when all went well."""
    unpacking = target.with_suffix(".unpacking")
    shutil.rmtree(unpacking, ignore_errors=True)
    unpacking.mkdir(parents=True)
    yield unpacking
    unpacking.rename(target)


def unpack(archives: Iterable[Path], target: Path) -> None:
    """Unpacks binary packages, of which nothing is run, into a new folder."""
    with made_whole(target) as folder:
        for archive in archives:
            subprocess.run(["dpkg-deb", "-x", str(archive), str(folder)], check=True)
