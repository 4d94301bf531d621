// SPDX-License-Identifier: Apache-2.0
// Touches PAGES pages in a random order, some words in each, as a kernel with a large working set.
#ifndef PAGES
#define PAGES 4096
#endif
static unsigned long memory[PAGES][512];

unsigned long work(void) {
  unsigned long sum = 1, x = 1;
  for (long i = 0; i < 1000000; ++i) {
    x = x * 6364136223846793005ul + 1442695040888963407ul;
    unsigned long* page = memory[(x >> 33) % PAGES];
    for (int k = 0; k < 4; ++k) sum += page[k * 5]++;
  }
  return sum | 1;
}
