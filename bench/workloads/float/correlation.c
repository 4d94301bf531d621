// SPDX-License-Identifier: Apache-2.0
// Correlation matrix of a table of observations: means, standard deviations,
// normalization and a product of the table with itself.

#include "../workload.h"

#include <math.h>

enum { kRows = 150, kColumns = 120 };

static double data[kRows][kColumns], mean[kColumns], deviation[kColumns];
static double correlation[kColumns][kColumns];

static void fill(long seed) {
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++) data[i][j] = (double)((i * j + seed) % 101) / kColumns + i;
}

static void normalize(void) {
  for (int j = 0; j < kColumns; j++) {
    mean[j] = deviation[j] = 0;
    for (int i = 0; i < kRows; i++) mean[j] += data[i][j];
    mean[j] /= kRows;
    for (int i = 0; i < kRows; i++) deviation[j] += (data[i][j] - mean[j]) * (data[i][j] - mean[j]);
    deviation[j] = sqrt(deviation[j] / kRows);
    if (deviation[j] <= 0.1) deviation[j] = 1;  // a constant column
  }
  for (int i = 0; i < kRows; i++)
    for (int j = 0; j < kColumns; j++)
      data[i][j] = (data[i][j] - mean[j]) / (sqrt(kRows) * deviation[j]);
}

static void correlate(void) {
  for (int i = 0; i < kColumns; i++) {
    correlation[i][i] = 1;
    for (int j = i + 1; j < kColumns; j++) {
      double sum = 0;
      for (int k = 0; k < kRows; k++) sum += data[k][i] * data[k][j];
      correlation[i][j] = correlation[j][i] = sum;
    }
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    fill(i);
    normalize();
    correlate();
    for (int j = 0; j < kColumns; j++) sum = mix_double(sum, correlation[i % kColumns][j]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 130, work); }
