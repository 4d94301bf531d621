// SPDX-License-Identifier: Apache-2.0
// Sorting arrays three ways: quicksort, heap sort and radix sort must agree.
// Compare and branch, swaps, and counting.

#include "../workload.h"

enum { kItems = 20000, kSmall = 12 };

static uint32_t original[kItems], quick[kItems], heap[kItems], radix[kItems], spare[kItems];

static void swap(uint32_t* left, uint32_t* right) {
  uint32_t kept = *left;
  *left = *right;
  *right = kept;
}

static void insertion_sort(uint32_t* items, int count) {
  for (int i = 1; i < count; i++) {
    uint32_t item = items[i];
    int hole = i;
    for (; hole > 0 && items[hole - 1] > item; hole--) items[hole] = items[hole - 1];
    items[hole] = item;
  }
}

/// Orders first, middle and last, and takes the middle one as the pivot.
static uint32_t choose_pivot(uint32_t* items, int count) {
  uint32_t *first = items, *middle = items + count / 2, *last = items + count - 1;
  if (*middle < *first) swap(middle, first);
  if (*last < *middle) swap(last, middle);
  if (*middle < *first) swap(middle, first);
  return *middle;
}

static void quick_sort(uint32_t* items, int count) {
  while (count > kSmall) {
    uint32_t pivot = choose_pivot(items, count);
    int low = 0, high = count - 1;
    while (low <= high) {
      while (items[low] < pivot) low++;
      while (items[high] > pivot) high--;
      if (low <= high) swap(&items[low++], &items[high--]);
    }
    quick_sort(items, high + 1);
    items += low;
    count -= low;
  }
  insertion_sort(items, count);
}

static void sift_down(uint32_t* items, int root, int count) {
  uint32_t item = items[root];
  for (int child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && items[child] < items[child + 1]) child++;
    if (item >= items[child]) break;
    items[root] = items[child];
  }
  items[root] = item;
}

static void heap_sort(uint32_t* items, int count) {
  for (int root = count / 2 - 1; root >= 0; root--) sift_down(items, root, count);
  for (int last = count - 1; last > 0; last--) {
    swap(&items[0], &items[last]);
    sift_down(items, 0, last);
  }
}

static void radix_sort(uint32_t* items, int count) {
  for (int shift = 0; shift < 32; shift += 8) {
    int starts[257] = {0};
    for (int i = 0; i < count; i++) starts[(items[i] >> shift & 255) + 1]++;
    for (int digit = 0; digit < 256; digit++) starts[digit + 1] += starts[digit];
    for (int i = 0; i < count; i++) spare[starts[items[i] >> shift & 255]++] = items[i];
    memcpy(items, spare, (size_t)count * sizeof *items);
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 5;
  while (iterations-- > 0) {
    for (int i = 0; i < kItems; i++) original[i] = next_random(&random) << 8 ^ next_random(&random);
    memcpy(quick, original, sizeof quick);
    memcpy(heap, original, sizeof heap);
    memcpy(radix, original, sizeof radix);
    quick_sort(quick, kItems);
    heap_sort(heap, kItems);
    radix_sort(radix, kItems);
    if (memcmp(quick, heap, sizeof quick) != 0 || memcmp(quick, radix, sizeof quick) != 0) return 0;
    for (int i = 0; i < kItems; i += 16) sum = mix(sum, quick[i]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 70, work); }
