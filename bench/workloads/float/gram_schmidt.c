// SPDX-License-Identifier: Apache-2.0
// QR decomposition by the modified Gram-Schmidt process: columns are normalized
// and subtracted from those to their right, so memory is walked across rows.

#include "../workload.h"

#include <math.h>

enum { kRows = 130, kColumns = 110 };

static double a[kRows][kColumns], q[kRows][kColumns], r[kColumns][kColumns];

static void fill(long seed) {
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++)
      a[i][j] = (double)((i * j + seed) % kRows) / kRows + (i == j ? 9 : 0);
}

static void orthogonalize(void) {
  for (int k = 0; k < kColumns; k++) {
    double norm = 0;
    for (int i = 0; i < kRows; i++) norm += a[i][k] * a[i][k];
    r[k][k] = sqrt(norm);
    for (int i = 0; i < kRows; i++) q[i][k] = a[i][k] / r[k][k];
    for (int j = k + 1; j < kColumns; j++) {
      r[k][j] = 0;
      for (int i = 0; i < kRows; i++) r[k][j] += q[i][k] * a[i][j];
      for (int i = 0; i < kRows; i++) a[i][j] -= q[i][k] * r[k][j];
    }
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    fill(i);
    orthogonalize();
    for (int j = 0; j < kColumns; j++)
      sum = mix_double(mix_double(sum, r[j][j]), q[j][kColumns - 1]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 110, work); }
