# SPDX-License-Identifier: Apache-2.0
"""Debian 13's riscv64 packages through a private apt root in the user's cache folder.

Mirror and keys are those of the machine's own apt configuration, or the mirror that DOPPEL_APT_MIRROR
names; apt checks signatures and hashes. Nothing is installed, nothing needs root."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "realworld"))
from apt_root import (AptRoot, Unavailable, complaint, locked, machine_stanzas,  # noqa: E402
                      made_whole, unpack)

RELEASE = "trixie"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doppel" / "linux"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def cache_lock():
    """Tests may run side by side; one of them fetches."""
    return locked(CACHE / "lock")


def is_debian_archive(stanza: dict[str, str]) -> bool:
    """Whether a stanza is a mirror of Debian's main archive: it has a release of Debian as a suite."""
    releases = {"bullseye", "bookworm", "trixie", "forky", "sid", "stable", "testing", "unstable"}
    return bool(releases & set(stanza.get("suites", "").split()))


def private_sources(etc: Path = Path("/etc/apt")) -> str:
    """A .sources file for the release, from this machine's mirrors."""
    keys = f"Signed-By: {KEYRING}\n" if KEYRING.exists() else ""
    mirror = os.environ.get("DOPPEL_APT_MIRROR")
    if not mirror:
        mirrors = [stanza["uris"].split()[0] for stanza in machine_stanzas(etc)
                   if is_debian_archive(stanza)]
        if not mirrors:
            raise Unavailable("apt on this machine knows no mirror of Debian, and DOPPEL_APT_MIRROR "
                              "names none")
        mirror = mirrors[0]
    return (f"Types: deb\nURIs: {mirror}\nSuites: {RELEASE}\nComponents: main\n"
            f"Architectures: riscv64\n{keys}")


APT = AptRoot(CACHE / "apt", private_sources, "riscv64")


def kernel_package() -> str:
    """The package that linux-image-riscv64, a name that moves on, stands for now."""
    shown = APT.cache("show", "linux-image-riscv64")
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
    name = kernel_package() if package == "linux-image-riscv64" else package
    print(f"fetching {name}", file=sys.stderr)
    downloads = CACHE / "downloads" / package
    APT.download(downloads, "download", name)
    unpack([max(downloads.glob("*.deb"), key=os.path.getmtime)], target)
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


def efi_shell() -> Path:
    """The UEFI shell, a program for UEFI firmware."""
    return next(unpacked("efi-shell-riscv64").glob("**/shellriscv64.efi"))


def grub() -> Path:
    """GRUB, a program for UEFI firmware that looks for EFI/debian/grub.cfg."""
    return next(unpacked("grub-efi-riscv64-unsigned").glob("**/grubriscv64.efi"))
