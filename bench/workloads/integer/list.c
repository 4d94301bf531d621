// SPDX-License-Identifier: Apache-2.0
// Linked lists: merge sort by two keys through a function pointer, reversal,
// removal and search. Loads that depend on loads, and indirect calls.

#include "../workload.h"

enum { kNodes = 4000, kSearches = 40 };

typedef struct Node {
  struct Node* next;
  int32_t key;
  int32_t order;
} Node;

typedef int (*Compare)(const Node*, const Node*);

static Node nodes[kNodes];

static int by_key(const Node* left, const Node* right) {
  return (left->key > right->key) - (left->key < right->key);
}

static int by_order(const Node* left, const Node* right) { return left->order - right->order; }

static Node* build(uint32_t* random) {
  for (int i = 0; i < kNodes; i++) {
    nodes[i].key = (int32_t)(next_random(random) % 10000);
    nodes[i].order = i;
    nodes[i].next = i + 1 < kNodes ? &nodes[i + 1] : NULL;
  }
  return nodes;
}

static Node* merge(Node* left, Node* right, Compare compare) {
  Node* head = NULL;
  Node** tail = &head;
  while (left && right) {
    Node** smaller = compare(left, right) <= 0 ? &left : &right;
    *tail = *smaller;
    tail = &(*smaller)->next;
    *smaller = *tail;
  }
  *tail = left ? left : right;
  return head;
}

/// Merges sorted runs of length 1, 2, 4 … kept in bins, as a counter carries.
static Node* sort(Node* list, Compare compare) {
  Node* bins[32] = {NULL};
  while (list) {
    Node* run = list;
    list = list->next;
    run->next = NULL;
    int bin = 0;
    for (; bins[bin]; bin++) {
      run = merge(bins[bin], run, compare);
      bins[bin] = NULL;
    }
    bins[bin] = run;
  }
  Node* sorted = NULL;
  for (int bin = 0; bin < 32; bin++) sorted = merge(bins[bin], sorted, compare);
  return sorted;
}

static Node* reverse(Node* list) {
  Node* reversed = NULL;
  while (list) {
    Node* next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

static Node* remove_multiples(Node* list, int divisor) {
  for (Node** link = &list; *link;) {
    if ((*link)->key % divisor == 0)
      *link = (*link)->next;
    else
      link = &(*link)->next;
  }
  return list;
}

static int position(const Node* list, int32_t key) {
  int steps = 0;
  for (; list && list->key != key; list = list->next) steps++;
  return list ? steps : -1;
}

static uint64_t checksum(uint64_t sum, const Node* list) {
  for (; list; list = list->next) sum = mix(sum, (uint64_t)list->key << 32 | (uint32_t)list->order);
  return sum;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  uint32_t random = 1;
  while (iterations-- > 0) {
    Node* list = sort(build(&random), by_key);
    sum = checksum(sum, list);
    for (int i = 0; i < kSearches; i++)
      sum = mix(sum, (uint64_t)position(list, (int32_t)(next_random(&random) % 10000)));
    list = remove_multiples(reverse(list), 7);
    sum = checksum(sum, sort(list, by_order));
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 320, work); }
