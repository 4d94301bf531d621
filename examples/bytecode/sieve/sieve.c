// SPDX-License-Identifier: Apache-2.0
// The sieve of Eratosthenes over odd numbers, one bit each: integer arithmetic
// and a heap that the guest grows itself.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/// Bit i stands for the odd number 2i + 1; a set bit marks a composite.
typedef struct {
  uint32_t* words;
  uint32_t bits;
} Sieve;

static int is_composite(const Sieve* sieve, uint32_t bit) {
  return sieve->words[bit / 32] >> bit % 32 & 1;
}

static void mark_multiples(Sieve* sieve, uint32_t prime) {
  for (uint64_t bit = (uint64_t)prime * prime / 2; bit < sieve->bits; bit += prime)
    sieve->words[bit / 32] |= 1u << bit % 32;
}

int main(int argc, char** argv) {
  uint32_t limit = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
  if (limit < 3) {
    fputs("usage: sieve LIMIT, with LIMIT at least 3\n", stderr);
    return 2;
  }

  Sieve sieve = {.bits = limit / 2};
  sieve.words = calloc(sieve.bits / 32 + 1, sizeof *sieve.words);
  if (!sieve.words) {
    fputs("sieve: out of memory\n", stderr);
    return 1;
  }

  uint32_t count = 1, last = 2, widest = 1, widest_after = 2;
  for (uint32_t bit = 1; bit < sieve.bits; bit++) {
    if (is_composite(&sieve, bit)) continue;
    uint32_t prime = 2 * bit + 1;
    if (prime - last > widest) {
      widest = prime - last;
      widest_after = last;
    }
    mark_multiples(&sieve, prime);
    last = prime;
    count++;
  }
  printf("%u primes below %u, the last is %u\n", count, limit, last);
  printf("the widest gap is %u, after %u\n", widest, widest_after);
  free(sieve.words);
  return 0;
}
