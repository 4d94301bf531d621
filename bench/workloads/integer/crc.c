// SPDX-License-Identifier: Apache-2.0
// Cyclic redundancy checks: CRC-16 bit by bit and CRC-32 by table. Shifts, masks
// and dependent table look-ups.

#include "../workload.h"

enum { kBytes = 65536 };

static uint8_t data[kBytes];
static uint32_t table[256];

static void build_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
    table[i] = value;
  }
}

static uint32_t crc32(uint32_t crc, const uint8_t* bytes, size_t count) {
  crc = ~crc;
  while (count-- > 0) crc = crc >> 8 ^ table[(crc ^ *bytes++) & 255];
  return ~crc;
}

static uint16_t crc16(uint16_t crc, const uint8_t* bytes, size_t count) {
  while (count-- > 0) {
    uint8_t byte = *bytes++;
    for (int bit = 0; bit < 8; bit++) {
      uint16_t feedback = (uint16_t)((crc ^ byte) & 1);
      crc >>= 1;
      byte >>= 1;
      if (feedback) crc ^= 0xa001;
    }
  }
  return crc;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 4;
  build_table();
  for (size_t i = 0; i < kBytes; i++) data[i] = (uint8_t)next_random(&random);
  for (long i = 0; i < iterations; i++) {
    data[i % kBytes]++;
    sum = mix(sum, crc32((uint32_t)i, data, kBytes));
    sum = mix(sum, crc16((uint16_t)i, data, kBytes / 8));
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 1000, work); }
