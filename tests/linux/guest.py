# SPDX-License-Identifier: Apache-2.0
"""Debian guests for tests: what is fetched, how the command is called, what the console says."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "linux"
sys.path.insert(0, str(EXAMPLE))
import debian  # noqa: E402
import image  # noqa: E402

boot = SourceFileLoader("boot", str(EXAMPLE / "boot")).load_module()


# On a busy host a guest sees harts that stand still for long, and calls them locked up.
PATIENT = "nosoftlockup rcupdate.rcu_cpu_stall_suppress=1"


class Failure(Exception):
    """What a guest did otherwise than expected."""


def check(condition, what: str) -> None:
    if not condition:
        raise Failure(what)


class Lab:
    """The command under test and a folder for files."""

    def __init__(self, command: str, folder: Path):
        self.command = command
        self.folder = folder

    def file(self, name: str, contents: bytes) -> str:
        path = self.folder / name
        path.write_bytes(contents)
        return str(path)

    def run(self, *words: str, typed: str | None = None, status: int = 0, timeout: int = 300) -> str:
        """Runs `doppel vm run` and returns its console, with its messages behind. Without `typed`,
        its input is closed."""
        result = subprocess.run([self.command, "vm", "run", "--timeout", str(timeout), *words],
                                input=typed, stdin=None if typed is not None else subprocess.DEVNULL,
                                capture_output=True, text=True, errors="replace", timeout=timeout + 60)
        text = result.stdout.replace("\r", "") + result.stderr
        check(result.returncode == status,
              f"exit status {result.returncode}, expected {status}:\n{text[-4000:]}")
        return text

    def converse(self, *words: str, prompt: str, typed: str, timeout: int = 300) -> str:
        """Runs `doppel vm run`, types when the prompt appears, and returns the console when the guest
        has powered off."""
        guest = subprocess.Popen([self.command, "vm", "run", "--timeout", str(timeout), *words],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        text = b""
        while part := guest.stdout.read1(4096):
            text += part
            if typed and prompt.encode() in text:
                guest.stdin.write(typed.encode())
                guest.stdin.flush()
                typed = ""
        console = text.decode(errors="replace").replace("\r", "")
        status = guest.wait()
        check(status == 0, f"exit status {status}, expected 0:\n{console[-4000:]}")
        return console

    def boot(self, script: str, *words: str, append: str = "", **settings) -> str:
        """Boots the kernel to a shell script, and powers off."""
        disk = self.file("initrd.cpio", boot.make_initrd({"script": script}))
        return self.run("--kernel", str(debian.kernel()), "--initrd", disk,
                        "--append", f"console=ttyS0 do=script {PATIENT} {append}", *words, **settings)
