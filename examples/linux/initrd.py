# SPDX-License-Identifier: Apache-2.0
"""Initial RAM disks: cpio archives in the new ASCII format, the same bytes for the same contents."""

import lzma
import stat
from pathlib import Path

# The applets that init and the tests use by name.
APPLETS = ("sh", "ash", "mount", "umount", "ls", "cat", "echo", "dmesg", "poweroff", "reboot", "sleep",
           "uname", "nproc", "date", "dd", "md5sum", "ip", "ifconfig", "route", "wget", "nc", "ping",
           "mkdir", "insmod", "modprobe", "mknod", "hexdump", "sync", "grep", "free", "ps", "true",
           "switch_root", "udhcpc", "nslookup", "cmp", "head", "wc", "seq", "time", "stty", "hwclock",
           "setsid", "cttyhack", "mkfs.ext2", "chroot", "rm", "cp", "tr", "cut", "sort", "test", "[")


class Archive:
    """A cpio archive as it grows."""

    def __init__(self):
        self.parts = []
        self.number = 0
        self.folders = set()

    def add(self, name: str, mode: int, contents: bytes = b"", device=(0, 0)) -> None:
        parent = str(Path(name).parent)
        if parent != "." and parent not in self.folders:
            self.folder(parent)
        self._entry(name, mode, contents, device)

    def _entry(self, name, mode, contents=b"", device=(0, 0)) -> None:
        self.number += 1
        fields = (self.number, mode, 0, 0, 1, 0, len(contents), 0, 0, *device, len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        for part in (header, contents):
            self.parts.append(part + b"\0" * (-len(part) % 4))

    def folder(self, name: str) -> None:
        self.folders.add(name)
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name: str, contents: bytes, executable: bool = False) -> None:
        self.add(name, stat.S_IFREG | (0o755 if executable else 0o644), contents)

    def link(self, name: str, target: str) -> None:
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name: str, major: int, minor: int) -> None:
        self.add(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def bytes(self) -> bytes:
        self._entry("TRAILER!!!", 0)
        return b"".join(self.parts)


def module_contents(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def find_modules(folder: Path, names) -> list[Path]:
    """The files of these kernel modules and of what they need, in the order of loading."""
    by_name = {path.name.split(".")[0].replace("-", "_"): path for path in folder.rglob("*.ko*")}
    depends = {}
    listing = folder / "modules.dep"
    if listing.exists():
        for line in listing.read_text().splitlines():
            name, _, needed = line.partition(":")
            depends[Path(name).name.split(".")[0].replace("-", "_")] = [
                Path(word).name.split(".")[0].replace("-", "_") for word in needed.split()]
    ordered = []

    def visit(name):
        if name in ordered or name not in by_name:
            return
        for needed in depends.get(name, module_needs(by_name[name])):
            visit(needed)
        ordered.append(name)

    for name in names:
        visit(name.replace("-", "_"))
    return [by_name[name] for name in ordered]


def module_needs(path: Path) -> list[str]:
    """What a module says itself that it depends on: packages carry no modules.dep."""
    contents = module_contents(path)
    place = contents.find(b"\0depends=")
    if place < 0:
        return []
    text = contents[place + 9:contents.index(b"\0", place + 9)].decode()
    return [name.replace("-", "_") for name in text.split(",") if name]


def module_name(path: Path) -> str:
    return path.name.removesuffix(".xz")


def loading(modules) -> str:
    return "".join(f"insmod /modules/{module_name(module)}\n" for module in modules)


def build(busybox: Path, init: str, modules: list[Path] = (), file_system: list[Path] = (),
          scripts: dict[str, str] = {}) -> bytes:
    """An archive with busybox, the script /init, other scripts at the root, and kernel modules: those
    that a script /load-modules loads, and those of ext4, which are loaded when it is mounted."""
    archive = Archive()
    for folder in ("dev", "proc", "sys", "tmp", "mnt", "root"):
        archive.folder(folder)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3)
    archive.file("bin/busybox", busybox.read_bytes(), executable=True)
    for applet in APPLETS:
        archive.link(f"bin/{applet}", "busybox")
    for module in (*modules, *file_system):
        archive.file(f"modules/{module_name(module)}", module_contents(module))
    archive.file("load-modules", ("#!/bin/sh\n" + loading(modules)).encode(), executable=True)
    # The kernel runs this as modprobe -q -- NAME when it is asked for what it does not have.
    asked = f'#!/bin/sh\n[ "$3" = fs-ext4 ] || exit 1\n{loading(file_system)}'
    archive.file("sbin/modprobe", asked.encode(), executable=True)
    archive.file("init", init.encode(), executable=True)
    for name, text in scripts.items():
        archive.file(name, text.encode(), executable=True)
    return archive.bytes()
