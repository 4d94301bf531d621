#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the build into an empty folder, then builds and runs examples/embed against that folder
# alone. usage: install_test.sh CMAKE BUILD SOURCE COMPILER
set -euo pipefail
cmake=$1 build=$2 source=$3 compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log" ||
  { cat "$work/install.log"; exit 1; }

"$work/prefix/bin/doppel" --version | grep '^doppel [0-9]'
for page in man/man1/doppel.1 man/man1/doppel-run.1 bash-completion/completions/doppel; do
  test -s "$work/prefix/share/$page" || { echo "found no $page in the installation"; exit 1; }
done

# Out of the tree, so that no header of the tree can be found by accident.
cp -r "$source/examples/embed" "$work/embed"
"$cmake" -S "$work/embed" -B "$work/embed/build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; exit 1; }
"$cmake" --build "$work/embed/build"
cd "$work/embed"
build/embed >actual.txt
diff -u expected.txt actual.txt
