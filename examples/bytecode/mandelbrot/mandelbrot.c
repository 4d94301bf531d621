// SPDX-License-Identifier: Apache-2.0
// The Mandelbrot set in characters: a tight floating-point loop, and a picture
// in which a single wrong rounding would show.

#include <stdio.h>
#include <stdlib.h>

enum { kColumns = 78, kRows = 31 };
static const char kShades[] = " .,:;=+*%#";
static const int kSteps = sizeof kShades - 1;

/// Steps until the orbit of x + iy leaves the circle of radius 2, at most limit.
static int escape_time(double x, double y, int limit) {
  double re = 0, im = 0;
  for (int step = 0; step < limit; step++) {
    double re2 = re * re, im2 = im * im;
    if (re2 + im2 > 4) return step;
    im = 2 * re * im + y;
    re = re2 - im2 + x;
  }
  return limit;
}

/// Darker the longer it takes: one more shade for every doubling.
static char shade(int time, int limit) {
  if (time == limit) return '@';
  int doublings = 0;
  while (time >>= 1) doublings++;
  return kShades[doublings < kSteps ? doublings : kSteps - 1];
}

int main(int argc, char** argv) {
  int limit = argc > 1 ? atoi(argv[1]) : 1000;
  for (int row = 0; row < kRows; row++) {
    char line[kColumns + 1] = {0};
    for (int column = 0; column < kColumns; column++) {
      double x = -2.2 + 3.0 * column / (kColumns - 1);
      double y = -1.2 + 2.4 * row / (kRows - 1);
      line[column] = shade(escape_time(x, y, limit), limit);
    }
    puts(line);
  }
  return 0;
}
