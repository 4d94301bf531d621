# SPDX-License-Identifier: Apache-2.0
"""Disks with one partition, an ext4 file system: with Debian's essential packages, or with what U-Boot
starts. They are made without mounting anything, as any user."""

import os
import shutil
import subprocess
from pathlib import Path

import debian

HERE = Path(__file__).resolve().parent
SECTOR = 512
PARTITION = 1 << 20
EXTLINUX = """default debian
label debian
  kernel /boot/vmlinux
  initrd /boot/initrd
  append {append}
"""


def root_folder() -> Path:
    """Debian's essential packages and mount, unpacked but not configured, in the cache."""
    target = debian.CACHE / "root"
    if target.exists():
        return target
    if shutil.which("perl") is None:
        raise debian.Unavailable("there is no perl, in which mmdebstrap is written")
    mmdebstrap = debian.unpacked("mmdebstrap") / "usr/bin/mmdebstrap"
    # Each mode is refused to the other kind of user; unpacked alike, nothing of the packages is run.
    mode = "root" if os.geteuid() == 0 else "chrootless"
    with debian.made_whole(target) as folder:
        result = subprocess.run(
            ["perl", str(mmdebstrap), f"--mode={mode}", "--variant=extract", "--architectures=riscv64",
             "--include=?essential", "--include=mount", "--format=directory", debian.RELEASE,
             str(folder), "-"],
            input=debian.private_sources(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            raise debian.Unavailable(f"mmdebstrap fails: {debian.complaint(result.stdout)}")
    return target


def e2fs(program: str, *words, commands: list[str] = ()) -> str:
    """What a program of e2fsprogs, to which a user's PATH need not lead, answers."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise debian.Unavailable(f"there is no {program}; e2fsprogs has it")
    return subprocess.run([path, *map(str, words)], input="\n".join(commands), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def read(image: Path, name: str) -> str:
    """The contents of a file on a disk whose file system is in order."""
    e2fs("e2fsck", "-f", "-n", f"{image}?offset={PARTITION}")
    return e2fs("debugfs", "-R", f"cat {name}", f"{image}?offset={PARTITION}")


def partition_table(size: int) -> bytes:
    """A master boot record with one bootable partition of Linux."""
    sectors = [place.to_bytes(4, "little") for place in (PARTITION // SECTOR, (size - PARTITION) // SECTOR)]
    no_geometry = b"\xfe\xff\xff"
    entry = b"\x80" + no_geometry + b"\x83" + no_geometry + sectors[0] + sectors[1]
    return bytes(446) + entry + bytes(48) + b"\x55\xaa"


def write(image: Path, files: dict[str, Path], folder: Path | None = None, size: int = 32 << 20) -> None:
    """Writes a disk with the contents of a folder, and files besides, which may be executed."""
    with open(image, "wb") as out:
        out.write(partition_table(size))
        out.truncate(size)
    contents = ["-d", folder] if folder else []
    e2fs("mke2fs", "-q", "-t", "ext4", "-E", f"offset={PARTITION}", *contents, image,
         f"{(size - PARTITION) >> 10}k")
    commands = []
    for name, path in files.items():
        commands += [f"mkdir {parent}" for parent in reversed(Path(name).parents[:-1])]
        commands += [f'write "{path}" {name}', f"sif {name} mode 0100755"]
    e2fs("debugfs", "-w", "-f", "-", f"{image}?offset={PARTITION}", commands=commands)


def write_debian(image: Path, initrd: Path, append: str) -> None:
    """Writes a disk with Debian, which a kernel is given as its root, or which U-Boot boots: it finds a
    menu there, and starts the kernel with these words."""
    menu = image.with_suffix(".menu")
    menu.write_text(EXTLINUX.format(append=append))
    files = {"/usr/sbin/init": HERE / "disk_init.sh", "/boot/vmlinux": debian.kernel(),
             "/boot/initrd": initrd, "/boot/extlinux/extlinux.conf": menu}
    write(image, files, root_folder(), 320 << 20)
    menu.unlink()
