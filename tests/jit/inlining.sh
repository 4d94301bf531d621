#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Calls that are replaced by the callee's code do what the interpreter does: traps, faults and their
# backtraces, exceptions, references while everything moves, fuel, recursion without an end, switches
# of tier.
set -euo pipefail
doppel=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/m.wat" <<'WAT'
(module
  (type $box (struct (field (mut i64)) (field (mut (ref null $box)))))
  (tag $odd (param i64))
  (memory 1)
  (func $load (param i32) (result i32) (i32.load (local.get 0)))
  (func $between (param i32 i32) (result i32)
    (i32.add (call $load (local.get 1)) (call $load (local.get 0))))
  (func $divide (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $fail (unreachable))
  (func $two (param i32) (result i32 i64) (local.get 0) (i64.extend_i32_u (local.get 0)))
  (func $either (param i32) (result f32)
    (if (i32.eqz (local.get 0)) (then (return (f32.const 1.5))))
    (f32.convert_i32_u (call $divide (i32.const 100) (local.get 0))))

  (func (export "fault") (param i32) (result i32)
    (i32.store (i32.const 8) (i32.const 5))
    (i32.add (call $between (local.get 0) (i32.const 8)) (call $load (local.get 0))))
  (func (export "second_fault") (param i32) (result i32)
    (i32.add (call $between (i32.const 8) (i32.const 8)) (call $between (i32.const 8) (local.get 0))))
  (func (export "divide") (param i32) (result i32)
    (drop (call $either (i32.const 1)))
    (i32.add (i32.trunc_f32_u (call $either (local.get 0)))
             (call $divide (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 2)))))
  (func (export "fail") (param i32) (if (i32.eqz (local.get 0)) (then (call $fail))))
  (func (export "two") (param i32) (result i64) (local $sum i64)
    (loop $more
      (call $two (local.get 0))
      (local.set $sum (i64.add (local.get $sum)))
      (br_if $more (local.tee 0 (i32.sub (i32.const 1)))))
    (local.get $sum))

  (func $throw (param i64)
    (if (i64.eqz (i64.rem_u (local.get 0) (i64.const 3))) (then (throw $odd (local.get 0)))))
  (func $through (param i64) (result i64)
    (call $throw (local.get 0)) (i64.const 7))
  (func $guarded (param i64) (result i64)
    (block $caught (result i64)
      (try_table (result i64) (catch $odd $caught) (call $through (local.get 0)))
      (return)) (i64.add (i64.const 100)))
  (func (export "catch") (param $n i64) (result i64) (local $sum i64)
    (block $caught (result i64)
      (try_table (catch $odd $caught)
        (loop $more
          (local.set $sum (i64.add (call $guarded (local.get $n)) (i64.mul (local.get $sum) (i64.const 3))))
          (br_if $more (i64.ge_s (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 10))))
        (drop (call $through (local.get $n))))
      (i64.const 1))
    (i64.add (local.get $sum)))
  (func (export "uncaught") (param i64) (result i64) (call $through (local.get 0)))

  (func $cons (param i64 (ref null $box)) (result (ref null $box))
    (struct.new $box (local.get 0) (local.get 1)))
  (func $garbage (param (ref null $box)) (result (ref null $box))
    (drop (call $cons (i64.const 1) (ref.null $box))) (local.get 0))
  (func $first (param (ref null $box)) (result i64) (struct.get $box 0 (local.get 0)))
  (func $sum (param (ref null $box)) (result i64) (local $sum i64)
    (loop $more
      (local.set $sum (i64.add (local.get $sum) (call $first (local.get 0))))
      (br_if $more (i32.eqz (ref.is_null (local.tee 0 (struct.get $box 1 (local.get 0)))))))
    (local.get $sum))
  (func (export "boxes") (param $n i64) (result i64)
    (local $list (ref null $box)) (local $other (ref null $box))
    (loop $more
      (local.set $list (call $cons (local.get $n) (call $garbage (local.get $list))))
      (local.set $other (call $cons (i64.const 5) (local.get $other)))
      (struct.set $box 1 (local.get $other)
        (call $cons (call $first (call $garbage (local.get $list))) (struct.get $box 1 (local.get $other))))
      (br_if $more (i64.ne (i64.const 0) (local.tee $n (i64.sub (local.get $n) (i64.const 1))))))
    (i64.add (call $sum (local.get $list)) (call $sum (local.get $other))))
  (func (export "null") (param i64) (result i64) (call $first (ref.null $box)))

  (func $count (param i32) (result i32) (local $i i32)
    (loop $more
      (local.set $i (i32.add (local.get $i) (local.get 0)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const 50))))
    (local.get $i))
  (func (export "fuel") (param $n i32) (result i32) (local $sum i32)
    (loop $more
      (local.set $sum (i32.add (call $count (local.get $n)) (local.get $sum)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  (func $back (param i32) (result i32) (call $down (i32.add (local.get 0) (i32.const 1))))
  (func $down (export "down") (param i32) (result i32)
    (i32.add (call $back (local.get 0)) (call $load (i32.const 8))))
  (func $by_two (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $load (i32.const 65536)))
      (else (call $halve (i32.sub (local.get 0) (i32.const 1))))))
  (func $halve (export "deep") (param i32) (result i32)
    (i32.mul (call $by_two (i32.shr_u (local.get 0) (i32.const 1))) (i32.const 3))))
WAT

# same ARGUMENTS FUNCTION PARAMETER: the tiers print the same, switching or not.
same() {
  local arguments=($1) tier
  for tier in interp jit auto "random --seed 1" "random --seed 2" "random --seed 3"; do
    "$doppel" run --tier $tier "${arguments[@]}" --invoke "$2" "$work/m.wat" "$3" >"$work/${tier%% *}" 2>&1 || true
    diff "$work/interp" "$work/${tier%% *}" || { echo "--tier $tier differs: $*"; exit 1; }
  done
}
for argument in 0 8 65533 65536 -1; do
  same "" fault $argument
  same "" second_fault $argument
done
for argument in 0 1 2 3; do
  same "" divide $argument
  same "" fail $argument
done
same "" two 1000
same "" deep 10
for argument in 9 10 11 12 13 500; do
  same "" catch $argument
  same "" uncaught $argument
done
same "" boxes 20000
same "" null 0
DOPPEL_GC_STRESS=1 same "" boxes 300
for fuel in 1 10 57 100 333 1000 2001 5000; do same "--fuel $fuel" fuel 20; done

"$doppel" run --tier jit --invoke fault "$work/m.wat" 65536 2>&1 | tee "$work/trace" >/dev/null || true
[[ $(grep -cE 'load|between|fault' "$work/trace") -ge 3 ]] || { echo "a backtrace lacks frames"; exit 1; }

for tier in interp jit; do
  status=0
  "$doppel" run --tier $tier --invoke down "$work/m.wat" 0 2>"$work/message" || status=$?
  [[ $status == 134 ]] && grep -q 'call stack exhausted' "$work/message" ||
    { echo "endless recursion ended with $status"; exit 1; }
done

# What is called nowhere else is not compiled by itself: so it was inlined.
compiled() {
  "$doppel" run --tier jit --stats=json "$@" --invoke two "$work/m.wat" 9 2>&1 >/dev/null |
    sed -n 's/.*"compiled functions":\([0-9]*\).*/\1/p'
}
[[ $(compiled) == 1 && $(compiled --without inlining) == 2 ]] || { echo "nothing was inlined"; exit 1; }
