#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packs the build as a .deb and looks into it. usage: package_test.sh CPACK BUILD
set -euo pipefail
command -v dpkg-deb >/dev/null || { echo "skipped: dpkg-deb is not installed"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" --config "$2/CPackConfig.cmake" -G DEB -B "$work" >"$work/cpack.log" 2>&1 ||
  { cat "$work/cpack.log"; exit 1; }
package=$(echo "$work"/*.deb)
dpkg-deb --field "$package" Package Version Architecture
dpkg-deb --extract "$package" "$work/root"
"$work/root/usr/bin/doppel" --version
for file in usr/share/man/man1/doppel.1 usr/share/bash-completion/completions/doppel; do
  test -s "$work/root/$file" || test -s "$work/root/$file.gz" ||
    { echo "found no $file in the package"; exit 1; }
done
find "$work/root" -name doppel-config.cmake | grep .
