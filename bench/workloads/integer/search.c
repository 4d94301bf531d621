// SPDX-License-Identifier: Apache-2.0
// Exact string search by Boyer-Moore-Horspool, Knuth-Morris-Pratt and brute
// force, which must find the same: byte loads and short inner loops.

#include "../workload.h"

enum { kText = 100000, kPatterns = 6, kLongest = 24 };

static uint8_t text[kText];

static int horspool(const uint8_t* pattern, int length) {
  int skip[256], found = 0;
  for (int i = 0; i < 256; i++) skip[i] = length;
  for (int i = 0; i < length - 1; i++) skip[pattern[i]] = length - 1 - i;
  for (int at = 0; at + length <= kText; at += skip[text[at + length - 1]]) {
    int i = length - 1;
    while (i >= 0 && text[at + i] == pattern[i]) i--;
    found += i < 0;
  }
  return found;
}

static int knuth_morris_pratt(const uint8_t* pattern, int length) {
  int border[kLongest + 1], found = 0;
  border[0] = -1;
  for (int i = 0, k = -1; i < length; border[++i] = ++k)
    while (k >= 0 && pattern[i] != pattern[k]) k = border[k];
  for (int i = 0, k = 0; i < kText; i++) {
    while (k >= 0 && text[i] != pattern[k]) k = border[k];
    if (++k == length) {
      found++;
      k = border[k];
    }
  }
  return found;
}

static int brute_force(const uint8_t* pattern, int length) {
  int found = 0;
  for (int at = 0; at + length <= kText; at++) {
    int i = 0;
    while (i < length && text[at + i] == pattern[i]) i++;
    found += i == length;
  }
  return found;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 7;
  for (int i = 0; i < kText; i++) text[i] = (uint8_t)"etaoin  "[next_random(&random) % 8];
  while (iterations-- > 0) {
    for (int i = 0; i < kPatterns; i++) {
      int length = 4 + (int)(next_random(&random) % (kLongest - 4));
      const uint8_t* pattern = text + next_random(&random) % (kText - kLongest);
      int found = horspool(pattern, length);
      if (found != knuth_morris_pratt(pattern, length) || found != brute_force(pattern, length))
        return 0;
      sum = mix(sum, (uint64_t)found);
    }
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 110, work); }
