// SPDX-License-Identifier: Apache-2.0
// General matrix product C = alpha A B + beta C, the innermost loop along rows.

#include "../workload.h"

enum { kRows = 120, kColumns = 130, kInner = 140 };

static double a[kRows][kInner], b[kInner][kColumns], c[kRows][kColumns];

static void fill(void) {
  for (int i = 0; i < kRows; i++)
    for (int k = 0; k < kInner; k++) a[i][k] = (double)(i * (k + 1) % kInner) / kInner;
  for (int k = 0; k < kInner; k++)
    for (int j = 0; j < kColumns; j++) b[k][j] = (double)(k * (j + 2) % kColumns) / kColumns;
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) c[i][j] = (double)((i * j + 1) % kRows) / kRows;
}

static void gemm(double alpha, double beta) {
  for (int i = 0; i < kRows; i++) {
    for (int j = 0; j < kColumns; j++) c[i][j] *= beta;
    for (int k = 0; k < kInner; k++)
      for (int j = 0; j < kColumns; j++) c[i][j] += alpha * a[i][k] * b[k][j];
  }
}

static uint64_t work(long iterations) {
  fill();
  for (long i = 0; i < iterations; i++) gemm(1.5, 0.25);
  uint64_t sum = 0;
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) sum = mix_double(sum, c[i][j]);
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 250, work); }
