// SPDX-License-Identifier: Apache-2.0
// A hash table with open addressing under inserts, look-ups and deletions:
// multiplicative hashing and short probe sequences over 64-bit keys.

#include "../workload.h"

enum { kSlotBits = 14, kSlots = 1 << kSlotBits, kOperations = 20000, kKeys = 12000 };

typedef struct {
  uint64_t key;  // 0 marks a free slot
  uint64_t value;
} Slot;

static Slot slots[kSlots];

static uint32_t home(uint64_t key) {
  return (uint32_t)(key * 0x9e3779b97f4a7c15u >> (64 - kSlotBits));
}

/// The slot that holds the key, or the free one where it belongs.
static uint32_t find(uint64_t key) {
  uint32_t slot = home(key);
  while (slots[slot].key != 0 && slots[slot].key != key) slot = (slot + 1) % kSlots;
  return slot;
}

/// Frees the slot and moves later entries back, so that no probe meets a gap.
static void erase(uint32_t hole) {
  for (uint32_t slot = hole;;) {
    slot = (slot + 1) % kSlots;
    if (slots[slot].key == 0) break;
    uint32_t distance = (slot - home(slots[slot].key)) % kSlots;
    if (distance >= (slot - hole) % kSlots) {
      slots[hole] = slots[slot];
      hole = slot;
    }
  }
  slots[hole].key = 0;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 6;
  while (iterations-- > 0) {
    memset(slots, 0, sizeof slots);
    uint64_t hits = 0, entries = 0;
    for (int i = 0; i < kOperations; i++) {
      uint64_t key = (next_random(&random) % kKeys + 1) * 0x100000001b3u;
      uint32_t slot = find(key);
      int present = slots[slot].key == key;
      hits += (uint64_t)present;
      if (present && i % 3 == 0) {
        sum = mix(sum, slots[slot].value);
        erase(slot);
        entries--;
      } else if (present) {
        slots[slot].value += (uint64_t)i;
      } else {
        slots[slot] = (Slot){key, (uint64_t)i};
        entries++;
      }
    }
    sum = mix(mix(sum, hits), entries);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 450, work); }
