# SPDX-License-Identifier: Apache-2.0
"""Tests of the private apt root's configuration, without network."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import packages


class PrivateSources(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.etc = Path(folder.name)
        (self.etc / "sources.list.d").mkdir()
        for patch in (mock.patch.object(packages, "release_codename", return_value="bookworm"),
                      mock.patch.dict(os.environ)):
            patch.start()
            self.addCleanup(patch.stop)
        os.environ.pop("DOPPEL_APT_MIRROR", None)

    def write(self, name: str, text: str) -> None:
        (self.etc / name).write_text(text)

    def test_deb822_with_key_inside(self) -> None:
        self.write("sources.list.d/debian.sources",
                   "# a remark\nTypes: deb\nURIs: http://mirror.invalid/debian\n"
                   "Suites: bookworm bookworm-updates\nComponents: main contrib\n"
                   "Signed-By:\n -----BEGIN KEY-----\n .\n abc\n\nTypes: deb\nURIs: http://other.invalid\n"
                   "Suites: bookworm-security\nComponents: main\n")
        self.assertEqual(packages.private_sources(self.etc),
                         "Types: deb deb-src\nSuites: bookworm\nComponents: main contrib\n"
                         "URIs: http://mirror.invalid/debian\n"
                         "Signed-By: \n -----BEGIN KEY-----\n .\n abc\n")

    def test_one_line_with_options(self) -> None:
        self.write("sources.list",
                   "# deb http://no.invalid bookworm main\n"
                   "deb [arch=amd64 signed-by=/key.gpg] http://mirror.invalid/debian bookworm main # why\n"
                   "deb-src http://mirror.invalid/debian bookworm main\n"
                   "deb http://vendor.invalid/apt vendor main\n")
        self.assertEqual(packages.private_sources(self.etc),
                         "Types: deb deb-src\nSuites: bookworm\nComponents: main\n"
                         "URIs: http://mirror.invalid/debian\nSigned-By: /key.gpg\n")

    def test_disabled_and_foreign_entries_leave_nothing(self) -> None:
        self.write("sources.list.d/a.sources",
                   "Enabled: no\nTypes: deb\nURIs: http://a.invalid\nSuites: bookworm\nComponents: main\n")
        with self.assertRaises(packages.Unavailable):
            packages.private_sources(self.etc)

    def test_environment_names_another_mirror(self) -> None:
        self.write("sources.list", "deb http://a.invalid bookworm main\ndeb http://b.invalid bookworm main\n")
        os.environ["DOPPEL_APT_MIRROR"] = "http://c.invalid/debian"
        self.assertEqual(packages.private_sources(self.etc).count("URIs: http://c.invalid/debian\n"), 1)


if __name__ == "__main__":
    unittest.main()
