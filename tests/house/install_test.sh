#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the build into an empty folder, then builds and runs examples/embed and examples/embed_c
# against that folder alone, the latter once without CMake as well.
# usage: install_test.sh CMAKE BUILD SOURCE C++-COMPILER C-COMPILER
set -euo pipefail
cmake=$1 build=$2 source=$3 compiler=$4 c_compiler=$5

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log" ||
  { cat "$work/install.log"; exit 1; }

"$work/prefix/bin/doppel" --version | grep '^doppel [0-9]'
for page in man/man1/doppel.1 man/man1/doppel-run.1 bash-completion/completions/doppel; do
  test -s "$work/prefix/share/$page" || { echo "found no $page in the installation"; exit 1; }
done

# Out of the tree, so that no header of the tree can be found by accident.
cp -r "$source/examples/embed" "$source/examples/embed_c" "$work"

# build_project FOLDER COMPILER-OPTION: configures and builds a project that finds doppel in the prefix.
build_project() {
  "$cmake" -S "$work/$1" -B "$work/$1/build" -G Ninja "$2" -DCMAKE_PREFIX_PATH="$work/prefix" \
    >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; exit 1; }
  "$cmake" --build "$work/$1/build"
}

build_project embed "-DCMAKE_CXX_COMPILER=$compiler"
cd "$work/embed"
build/embed >actual.txt
diff -u expected.txt actual.txt

build_project embed_c "-DCMAKE_C_COMPILER=$c_compiler"
"${cmake%cmake}ctest" --test-dir "$work/embed_c/build" --output-on-failure

cd "$work/embed_c"
library=$(dirname "$(find "$work/prefix" -name libdoppel_wasm.so)")
"$c_compiler" callback.c -I"$work/prefix/include/doppel" -L"$library" -ldoppel_wasm -o callback
LD_LIBRARY_PATH=$library ./callback build/callback.wasm >actual.txt
diff -u callback.txt actual.txt
