// SPDX-License-Identifier: Apache-2.0
// Shortest paths between all pairs of nodes: additions, comparisons and choices.

#include "../workload.h"

enum { kNodes = 160 };

static double path[kNodes][kNodes];

static void fill(uint32_t* random) {
  for (int i = 0; i < kNodes; i++)
    for (int j = 0; j < kNodes; j++) {
      uint32_t value = next_random(random) % 1000;
      path[i][j] = i == j ? 0 : value < 900 ? 999 : 1 + value / 16.0;
    }
}

static void shorten(void) {
  for (int k = 0; k < kNodes; k++)
    for (int i = 0; i < kNodes; i++)
      for (int j = 0; j < kNodes; j++) {
        double detour = path[i][k] + path[k][j];
        if (detour < path[i][j]) path[i][j] = detour;
      }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 1;
  for (long i = 0; i < iterations; i++) {
    fill(&random);
    shorten();
    for (int j = 0; j < kNodes; j++) sum = mix_double(sum, path[i % kNodes][j]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 30, work); }
