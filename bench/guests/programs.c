// SPDX-License-Identifier: Apache-2.0
// What programs do: a sieve, a checksum over a table, a sort with calls through pointers, a tree.
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

static u8 sieve[1 << 16];
static u32 table[256], numbers[4096];
struct node {
  struct node* child[2];
  u32 key;
};
static struct node nodes[8192];

static u64 random_state = 1;
static u32 next_random(void) {
  random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
  return random_state >> 33;
}

static u32 primes(void) {
  u32 count = 0;
  for (u32 i = 0; i < sizeof sieve; ++i) sieve[i] = 1;
  for (u32 i = 2; i < sizeof sieve; ++i) {
    if (!sieve[i]) continue;
    ++count;
    for (u32 k = i * 2; k < sizeof sieve; k += i) sieve[k] = 0;
  }
  return count;
}

static u32 checksum(void) {
  u32 crc = ~0u;
  for (u32 i = 0; i < sizeof sieve; ++i) crc = table[(crc ^ sieve[i]) & 255] ^ crc >> 8;
  return crc;
}

__attribute__((noinline)) static int less(const u32* x, const u32* y) { return *x < *y; }

static void sort(u32* first, u32* last, int (*before)(const u32*, const u32*)) {
  while (last - first > 1) {
    u32 pivot = first[(last - first) / 2];
    u32 *i = first, *k = last - 1;
    for (;;) {
      while (before(i, &pivot)) ++i;
      while (before(&pivot, k)) --k;
      if (i >= k) break;
      u32 t = *i;
      *i++ = *k;
      *k-- = t;
    }
    sort(first, i, before);
    first = i;
  }
}

__attribute__((noinline)) static u32 insert(struct node** root, struct node* made) {
  u32 depth = 0;
  while (*root) {
    root = &(*root)->child[made->key > (*root)->key];
    ++depth;
  }
  *root = made;
  return depth;
}

u64 work(void) {
  u64 sum = 0;
  for (u32 i = 0; i < 256; ++i) {
    u32 c = i;
    for (int k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  for (int round = 0; round < 12; ++round) {
    sum += primes() + checksum();
    for (u32 i = 0; i < 4096; ++i) numbers[i] = next_random();
    sort(numbers, numbers + 4096, less);
    sum += numbers[100];
    struct node* root = 0;
    for (u32 i = 0; i < 8192; ++i) {
      nodes[i].child[0] = nodes[i].child[1] = 0;
      nodes[i].key = next_random();
      sum += insert(&root, &nodes[i]);
    }
  }
  return sum | 1;
}
