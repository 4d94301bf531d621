# SPDX-License-Identifier: Apache-2.0
"""Debian 13's riscv64 packages through a private apt root in the user's cache folder.

Mirror and keys are those of the machine's own apt configuration, or the mirror that DOPPEL_APT_MIRROR
names; apt checks signatures and hashes. Nothing is installed, nothing needs root."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "realworld"))
from packages import Unavailable, complaint, stanzas_deb822, stanzas_one_line  # noqa: E402

RELEASE = "trixie"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doppel" / "linux"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@contextmanager
def cache_lock():
    """Tests may run side by side; one of them fetches."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stanzas(etc: Path) -> list[dict[str, str]]:
    found = []
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*"))]:
        if path.suffix == ".sources":
            found += stanzas_deb822(path.read_text())
        elif path.suffix == ".list" and path.exists():
            found += stanzas_one_line(path.read_text())
    return found


def is_debian_archive(stanza: dict[str, str]) -> bool:
    """Whether a stanza is a mirror of Debian's main archive: it has a release of Debian as a suite."""
    suites = stanza.get("suites", "").split()
    enabled = stanza.get("enabled", "yes").lower() != "no"
    releases = {"bullseye", "bookworm", "trixie", "forky", "sid", "stable", "testing", "unstable"}
    return enabled and "main" in stanza.get("components", "").split() and bool(releases & set(suites))


def private_sources(etc: Path = Path("/etc/apt")) -> str:
    """A .sources file for the release, from this machine's mirrors."""
    keys = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
    mirror = os.environ.get("DOPPEL_APT_MIRROR")
    if not mirror:
        mirrors = [stanza["uris"].split()[0] for stanza in stanzas(etc) if is_debian_archive(stanza)]
        if not mirrors:
            raise Unavailable("apt on this machine knows no mirror of Debian, and DOPPEL_APT_MIRROR "
                              "names none")
        mirror = mirrors[0]
    return (f"Types: deb\nURIs: {mirror}\nSuites: {RELEASE}\nComponents: main\n"
            f"Architectures: riscv64\n{keys}")


def apt(*words: str, cwd: Path) -> subprocess.CompletedProcess:
    root = CACHE / "apt"
    settings = {
        "APT::Architecture": "riscv64",
        "APT::Architectures": "riscv64",
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
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    return subprocess.run([words[0], "-q", *options, *words[1:]], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def prepare_root() -> None:
    """Writes the root's configuration and fetches the lists, unless those at hand fit it."""
    if shutil.which("apt-get") is None:
        raise Unavailable("there is no apt on this machine")
    root = CACHE / "apt"
    sources = private_sources()
    written = root / "sources.list.d" / "doppel.sources"
    lists = root / "state" / "lists"
    if written.exists() and written.read_text() == sources and list(lists.glob("*_Packages*")):
        return
    for folder in (written.parent, lists / "partial", root / "cache" / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    written.write_text(sources)
    result = apt("apt-get", "update", cwd=root)
    if not list(lists.glob("*_Packages*")):
        raise Unavailable(f"the mirror cannot be reached: {complaint(result.stdout)}")


def kernel_package() -> str:
    """The package that linux-image-riscv64, a name that moves on, stands for now."""
    shown = apt("apt-cache", "show", "linux-image-riscv64", cwd=CACHE).stdout
    found = re.search(r"^Depends:.*?(linux-image-[^ ,]+)", shown, re.MULTILINE)
    if not found:
        raise Unavailable("the mirror has no linux-image-riscv64")
    return found.group(1)


def unpacked(package: str) -> Path:
    """A folder into which a package is unpacked, not installed. The kernel is called linux-image-riscv64
    whatever its version; the newest is fetched when there is none."""
    target = CACHE / "unpacked" / package
    if target.exists():
        return target
    prepare_root()
    downloads = CACHE / "downloads" / package
    downloads.mkdir(parents=True, exist_ok=True)
    name = kernel_package() if package == "linux-image-riscv64" else package
    print(f"fetching {name}", file=sys.stderr)
    result = apt("apt-get", "download", name, cwd=downloads)
    if result.returncode != 0:  # lists that have aged
        apt("apt-get", "update", cwd=downloads)
        result = apt("apt-get", "download", name, cwd=downloads)
    archives = list(downloads.glob("*.deb"))
    if result.returncode != 0 or not archives:
        raise Unavailable(f"cannot fetch {name}: {complaint(result.stdout)}")
    unpacking = target.with_suffix(".unpacking")
    shutil.rmtree(unpacking, ignore_errors=True)
    unpacking.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "-x", str(max(archives, key=os.path.getmtime)), str(unpacking)],
                   check=True)
    unpacking.rename(target)
    return target


def kernel() -> Path:
    """The kernel's boot image."""
    return next((unpacked("linux-image-riscv64") / "boot").glob("vmlinu*"))


def kernel_modules() -> Path:
    """The folder of the kernel's modules."""
    return next(unpacked("linux-image-riscv64").glob("**/modules/*"))


def busybox() -> Path:
    return next(path for path in unpacked("busybox-static").glob("**/busybox") if path.is_file()
                and "bin" in path.parts)


def opensbi() -> Path:
    """OpenSBI's firmware that is told what to start."""
    return next(unpacked("opensbi").glob("**/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin"))


def u_boot() -> Path:
    """U-Boot for S-mode."""
    return next(unpacked("u-boot-qemu").glob("**/qemu-riscv64_smode/u-boot.bin"))
