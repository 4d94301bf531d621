// SPDX-License-Identifier: Apache-2.0
// A state machine that classifies comma-separated tokens as integer, decimal,
// scientific or invalid: a switch for every character and unpredictable branches.

#include "../workload.h"

enum { kText = 16384 };

typedef enum {
  kStart,
  kSign,
  kInteger,
  kPoint,
  kDecimal,
  kExponent,
  kExponentSign,
  kScientific,
  kInvalid,
  kStates
} State;

static char text[kText + 1];

static State step(State state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case kStart:
      if (digit) return kInteger;
      if (c == '+' || c == '-') return kSign;
      return c == '.' ? kPoint : kInvalid;
    case kSign:
      if (digit) return kInteger;
      return c == '.' ? kPoint : kInvalid;
    case kInteger:
      if (digit) return kInteger;
      if (c == '.') return kDecimal;
      return c == 'e' || c == 'E' ? kExponent : kInvalid;
    case kPoint: return digit ? kDecimal : kInvalid;
    case kDecimal:
      if (digit) return kDecimal;
      return c == 'e' || c == 'E' ? kExponent : kInvalid;
    case kExponent:
      if (digit) return kScientific;
      return c == '+' || c == '-' ? kExponentSign : kInvalid;
    case kExponentSign:
    case kScientific: return digit ? kScientific : kInvalid;
    default: return kInvalid;
  }
}

static void scan(uint32_t ends[kStates], uint32_t visits[kStates]) {
  State state = kStart;
  for (const char* c = text; *c; c++) {
    if (*c == ',') {
      ends[state]++;
      state = kStart;
    } else {
      state = step(state, *c);
      visits[state]++;
    }
  }
  ends[state]++;
}

static void fill(uint32_t* random) {
  static const char* const samples[] = {"5012",     "-874",     "+122",     "35.54400",
                                        ".1234500", "-110.70",  "+0.64",    "5.5e+3",
                                        "-.123e-2", "-87e+832", "T0.3e-1F", "1T3.4e4z"};
  size_t used = 0;
  for (;;) {
    const char* sample = samples[next_random(random) % (sizeof samples / sizeof *samples)];
    size_t length = strlen(sample);
    if (used + length + 1 > kText) break;
    memcpy(text + used, sample, length);
    text[used + length] = ',';
    used += length + 1;
  }
  text[used] = '\0';
}

/// Changes every stride-th character except separators; doing it twice undoes it.
static void flip(size_t stride) {
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i += stride)
    if (text[i] != ',' && (text[i] ^ 3) != ',') text[i] ^= 3;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 3;
  fill(&random);
  for (long i = 0; i < iterations; i++) {
    uint32_t ends[kStates] = {0}, visits[kStates] = {0};
    scan(ends, visits);
    flip((size_t)(i % 11 + 3));
    scan(ends, visits);
    flip((size_t)(i % 11 + 3));
    for (int state = 0; state < kStates; state++)
      sum = mix(sum, (uint64_t)ends[state] << 32 | visits[state]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 2500, work); }
