// SPDX-License-Identifier: Apache-2.0
// Small integer matrices: products row by column, with 16-bit elements and
// 32-bit sums, bit fields of products, and a clipped running total.

#include "../workload.h"

enum { kSize = 60 };

static int16_t left[kSize][kSize], right[kSize][kSize];
static int32_t product[kSize][kSize];

static void fill(uint32_t* random) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) {
      left[i][j] = (int16_t)next_random(random);
      right[i][j] = (int16_t)(next_random(random) % 512);
    }
}

static void add_constant(int16_t value) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) left[i][j] = (int16_t)(left[i][j] + value);
}

static void multiply(void) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) {
      int32_t total = 0;
      for (int k = 0; k < kSize; k++) total += (int32_t)left[i][k] * right[k][j];
      product[i][j] = total;
    }
}

static void multiply_bit_fields(void) {
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) {
      int32_t total = 0;
      for (int k = 0; k < kSize; k++) {
        int32_t term = (int32_t)left[i][k] * right[k][j];
        total += (term >> 2 & 15) * (term >> 5 & 127);
      }
      product[i][j] = total;
    }
}

/// Adds up the product; where the total passes the clip it starts anew and counts.
static uint32_t clipped_sum(int32_t clip) {
  int32_t total = 0, previous = 0;
  uint32_t score = 0;
  for (int i = 0; i < kSize; i++)
    for (int j = 0; j < kSize; j++) {
      int32_t element = product[i][j];
      total = (int32_t)((uint32_t)total + (uint32_t)element);
      if (total > clip) {
        score += 10;
        total = 0;
      } else if (element > previous) {
        score++;
      }
      previous = element;
    }
  return score;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 2;
  fill(&random);
  for (long i = 0; i < iterations; i++) {
    add_constant((int16_t)(i % 97 + 1));
    multiply();
    sum = mix(sum, clipped_sum(1 << 20));
    multiply_bit_fields();
    sum = mix(sum, clipped_sum(1 << 16));
    sum = mix(sum, (uint32_t)product[i % kSize][(i + 7) % kSize]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 1700, work); }
