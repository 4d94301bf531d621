\ SPDX-License-Identifier: Apache-2.0
\ Work for a Forth: recursion, a sieve, sorting, strings, floating point.

: fib ( n -- f ) dup 2 < if exit then dup 1- recurse swap 2 - recurse + ;
." fib 25 = " 25 fib . cr

10000 constant limit
create flags limit allot
: sieve ( -- count )
  flags limit 1 fill
  0 limit 2 do
    flags i + c@ if
      1+
      i dup * limit < if limit i dup * do 0 flags i + c! j +loop then
    then
  loop ;
." primes " sieve . cr

create items 1000 cells allot
: item ( i -- address ) cells items + ;
: fill-items 1000 0 do i 7919 * 1009 mod i item ! loop ;
: insertion-sort
  1000 1 do
    i item @ i
    begin dup 0> if 2dup 1- item @ < else false then
    while dup 1- item @ over item ! 1- repeat
    item !
  loop ;
: sum-items 0 1000 0 do i item @ i * + 1000003 mod loop ;
fill-items insertion-sort ." sorted " sum-items . 0 item @ . 999 item @ . cr

: collatz ( n -- steps ) 0 swap begin dup 1 > while dup 1 and if 3 * 1+ else 2/ then swap 1+ swap repeat drop ;
: longest 0 0 3000 1 do i collatz 2dup < if nip nip i swap else drop then loop ;
." collatz " longest . . cr

: stars ( n -- ) 0 ?do [char] * emit loop ;
: triangle 6 1 do i stars cr loop ;
triangle

: harmonic ( n -- ) ( f: -- sum ) 0e 1+ 1 ?do 1e i s>f f/ f+ loop ;
." harmonic " 1000 harmonic 1000000e f* f>s . cr
." root " 2e fsqrt 1000000e f* f>s . cr
: faulty 1 throw ;
." caught " ' faulty catch . cr
." done" cr
bye
