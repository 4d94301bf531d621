// SPDX-License-Identifier: Apache-2.0
// What all workloads share: the command line, reproducible input and checksums.
// A workload uses only libc and prints one line that depends on every result, so
// that engines can be compared and no compiler can leave work out.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Folds a value into a checksum; the order of the values matters.
static inline uint64_t mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
  return sum ^ sum >> 29;
}

/// Folds the bits of a float: engines must agree on the last of them.
static inline uint64_t mix_double(uint64_t sum, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return mix(sum, bits);
}

/// The next number of the sequence that starts from a state chosen by the caller.
static inline uint32_t next_random(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

/// Runs the work as often as the first argument says, or as is usual,
/// where native code takes some tenths of a second, and prints its checksum.
static inline int run_workload(int argc, char** argv, long usual, uint64_t (*work)(long)) {
  long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : usual;
  if (iterations < 1) {
    fprintf(stderr, "usage: %s [ITERATIONS]\n", argv[0]);
    return 2;
  }
  printf("%016llx\n", (unsigned long long)work(iterations));
  return 0;
}
