#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Asks the generated completions what they offer, and the man formatters what they object to.
# usage: pages_test.sh SHARE COMMAND; exits 77 where a shell that is asked for is not installed.
set -u
share=$(realpath "$1")
failures=0

# expect WHAT WANTED FOUND
expect() {
  [[ $2 == "$3" ]] && return
  printf '%s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

need() {
  command -v "$1" >/dev/null || { echo "skipped: $1 is not installed"; exit 77; }
}

# An empty folder with known names to complete.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" && mkdir folder && touch file.wasm

test_bash() {
  source "$share/bash-completion/completions/doppel"
  # offers EXPECTED WORD...: what is offered for the last word; bash splits words at `=`
  offers() {
    local expected=$1
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _doppel
    expect "bash: $*" "$expected" "$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)"
  }
  offers "run" doppel ru
  offers "--help --version" doppel --
  offers "validate" doppel wasm v
  offers "--tier --timeout" doppel run --ti
  offers "host instructions" doppel vm run --clock ""
  offers "host instructions" doppel vm run --clock =
  offers "interp" doppel vm run --engine "" # others are not built
  offers "interp" doppel run --tier = in
  offers "json" doppel run --stats = j
  offers "file.wasm" doppel run --stats fi
  offers "folder" doppel run --dir f
  offers "folder" doppel run --dir = f
  offers "" doppel run --fuel f
  offers "file.wasm folder" doppel run --fuel 3 f
  offers "--tier --timeout" doppel run --env A = B --ti
  offers "" doppel run file.wasm --ti
  offers "file.wasm folder" doppel run file.wasm f
  offers "file.wasm folder" doppel wasm validate f
  offers "--json" doppel doctor --j
  offers "file.wasm folder" doppel compile -o f
}

test_fish() {
  need fish
  offers() {
    expect "fish: $2" "$1" "$(fish --no-config -c "source $share/fish/vendor_completions.d/doppel.fish
      complete -C '$2'" | cut -f 1 | sort | xargs)"
  }
  offers "run" "doppel ru"
  offers "validate" "doppel wasm v"
  offers "--tier --timeout" "doppel run --ti"
  offers "host instructions" "doppel vm run --clock "
  offers "interp" "doppel vm run --engine "
  offers "file.wasm folder/" "doppel wasm validate f"
  offers "folder/" "doppel run --dir f"
  offers "--help --native -o" "doppel compile file.wasm -"
}

test_zsh() {
  need zsh
  expect "zsh: syntax" "" "$(zsh -fn "$share/zsh/site-functions/_doppel" 2>&1)"
  expect "zsh: loads" "loaded" "$(zsh -fc "autoload -Uz compinit && compinit -u -D
    source $share/zsh/site-functions/_doppel && echo loaded" 2>&1)"
}

test_man() {
  need groff
  local page
  for page in "$share"/man/man1/*.1; do
    expect "groff: $page" "" "$(groff -man -Tutf8 -ww -z "$page" 2>&1)"
  done
  expect "man: doppel-run names its options" "yes" \
    "$(groff -man -Tascii -P-cbou "$share/man/man1/doppel-run.1" | grep -q -- '--max-memory SIZE' && echo yes)"
}

"test_$2"
exit $((failures > 0))
