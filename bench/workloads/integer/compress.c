// SPDX-License-Identifier: Apache-2.0
// A byte-oriented LZ77 compressor with hash chains, its decompressor, and the
// check that both fit: matching loops, copies and much address arithmetic.
//
// A token is a control byte c. c < 128: c + 1 literal bytes follow. Otherwise
// c - 128 + kShortest bytes are copied from the 16-bit distance that follows.

#include "../workload.h"

enum {
  kBytes = 60000,
  kShortest = 4,
  kLongest = 127 + kShortest,
  kWindow = 65535,
  kHashBits = 13,
  kChain = 16
};

static uint8_t input[kBytes], packed[kBytes * 2], output[kBytes];
static int32_t newest[1 << kHashBits], older[kBytes];

static uint32_t hash(const uint8_t* bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word * 2654435761u >> (32 - kHashBits);
}

static int match_length(const uint8_t* left, const uint8_t* right, int limit) {
  int length = 0;
  while (length < limit && left[length] == right[length]) length++;
  return length;
}

typedef struct {
  int length;
  int distance;
} Match;

static Match longest_match(int at) {
  Match best = {0, 0};
  int limit = kBytes - at < kLongest ? kBytes - at : kLongest;
  int candidate = newest[hash(input + at)];
  for (int tries = kChain; tries > 0 && candidate >= 0 && at - candidate <= kWindow; tries--) {
    int length = match_length(input + candidate, input + at, limit);
    if (length > best.length) best = (Match){length, at - candidate};
    candidate = older[candidate];
  }
  return best;
}

static void remember(int at) {
  if (at + kShortest > kBytes) return;
  uint32_t bucket = hash(input + at);
  older[at] = newest[bucket];
  newest[bucket] = at;
}

static uint8_t* put_literals(uint8_t* out, const uint8_t* from, int count) {
  while (count > 0) {
    int run = count < 128 ? count : 128;
    *out++ = (uint8_t)(run - 1);
    memcpy(out, from, (size_t)run);
    out += run;
    from += run;
    count -= run;
  }
  return out;
}

static int compress(void) {
  memset(newest, -1, sizeof newest);
  uint8_t* out = packed;
  int at = 0, literals = 0;
  while (at < kBytes) {
    Match match = {0, 0};
    if (at + kShortest <= kBytes) match = longest_match(at);
    if (match.length < kShortest) {
      remember(at++);
      literals++;
      continue;
    }
    out = put_literals(out, input + at - literals, literals);
    literals = 0;
    *out++ = (uint8_t)(128 + match.length - kShortest);
    *out++ = (uint8_t)match.distance;
    *out++ = (uint8_t)(match.distance >> 8);
    for (int i = 0; i < match.length; i++) remember(at++);
  }
  return (int)(put_literals(out, input + at - literals, literals) - packed);
}

static int decompress(int packed_size) {
  const uint8_t *in = packed, *end = packed + packed_size;
  uint8_t* out = output;
  while (in < end) {
    int control = *in++;
    if (control < 128) {
      for (int i = 0; i <= control; i++) *out++ = *in++;
    } else {
      const uint8_t* from = out - (in[0] | in[1] << 8);
      in += 2;
      for (int i = 0; i < control - 128 + kShortest; i++) *out++ = *from++;
    }
  }
  return (int)(out - output);
}

/// Words of a small vocabulary, the frequent ones first.
static void write_text(uint32_t* random) {
  static const char* const words[] = {"the ",     "machine ", "of ",         "and ",    "guest ",
                                      "a ",       "trap ",    "to ",         "memory ", "page ",
                                      "is ",      "host ",    "in ",         "table ",  "kernel ",
                                      "monitor ", "that ",    "privileged ", "which ",  "process "};
  const uint32_t count = sizeof words / sizeof *words;
  for (int used = 0; used < kBytes;) {
    uint32_t a = next_random(random) % count, b = next_random(random) % count;
    const char* word = words[a < b ? a : b];
    while (*word && used < kBytes) input[used++] = (uint8_t)*word++;
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 8;
  while (iterations-- > 0) {
    write_text(&random);
    int packed_size = compress();
    sum = mix(sum, (uint64_t)packed_size);
    if (decompress(packed_size) != kBytes || memcmp(input, output, kBytes) != 0) return 0;
    sum = mix(sum, packed[packed_size / 2]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 150, work); }
