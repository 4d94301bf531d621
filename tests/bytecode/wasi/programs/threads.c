// SPDX-License-Identifier: Apache-2.0
// A freestanding program of several threads (wasi-threads): it brings its own start of a thread and
// mutex. MODE chooses how it ends: 0 counts, 1 traps in a thread, 2 exits in a thread while all
// others wait, 3 starts many threads one after the other, 4 never ends.
#include <stddef.h>
#include <stdint.h>

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
IMPORT("wasi", "thread-spawn") int32_t thread_spawn(void* start);
IMPORT("wasi_snapshot_preview1", "proc_exit") _Noreturn void proc_exit(uint32_t code);
IMPORT("wasi_snapshot_preview1", "fd_write")
uint32_t fd_write(uint32_t fd, const void* buffers, uint32_t count, uint32_t* written);
IMPORT("wasi_snapshot_preview1", "sched_yield") uint32_t sched_yield(void);

enum { kThreads = 4, kRounds = 20000, kStack = 4096 };

/// What a thread is given; its first word is where its stack begins.
struct start {
  char* stack;
  int32_t number;
};

// Each instance has a stack pointer of its own, which begins as the first thread's.
__asm__(
    ".globaltype __stack_pointer, i32\n"
    ".functype thread_main (i32, i32) -> ()\n"
    ".globl wasi_thread_start\n"
    ".export_name wasi_thread_start, wasi_thread_start\n"
    ".section .text.wasi_thread_start,\"\",@\n"
    "wasi_thread_start:\n"
    ".functype wasi_thread_start (i32, i32) -> ()\n"
    "  local.get 1\n"
    "  i32.load 0\n"
    "  global.set __stack_pointer\n"
    "  local.get 0\n"
    "  local.get 1\n"
    "  call thread_main\n"
    "  end_function\n");

static void print(const char* text) {
  struct {
    const char* data;
    size_t size;
  } buffer = {text, 0};
  while (text[buffer.size] != 0) buffer.size++;
  uint32_t written;
  fd_write(1, &buffer, 1, &written);
}

static void print_number(const char* what, uint32_t value) {
  char text[64];
  char digits[16];
  int count = 0;
  int length = 0;
  while (*what != 0) text[length++] = *what++;
  do digits[count++] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  while (count > 0) text[length++] = digits[--count];
  text[length++] = '\n';
  text[length] = 0;
  print(text);
}

static void wait_while(int32_t* word, int32_t value) {
  __builtin_wasm_memory_atomic_wait32(word, value, -1);
}
static uint32_t wake(int32_t* word, uint32_t count) {
  return __builtin_wasm_memory_atomic_notify(word, count);
}

/// 0: free, 1: taken, 2: taken and waited for.
static int32_t mutex;

static void lock(void) {
  int32_t seen = 0;
  if (__atomic_compare_exchange_n(&mutex, &seen, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
  while (__atomic_exchange_n(&mutex, 2, __ATOMIC_SEQ_CST) != 0) wait_while(&mutex, 2);
}
static void unlock(void) {
  if (__atomic_exchange_n(&mutex, 0, __ATOMIC_SEQ_CST) == 2) wake(&mutex, 1);
}

static char stacks[kThreads][kStack] __attribute__((aligned(16)));
static struct start starts[kThreads];
static uint32_t plain;   // under the mutex
static uint32_t atomic;  // by atomic additions
static int32_t running;  // threads that are not through
int32_t never;           // stays 0

void thread_main(int32_t id, struct start* start) {
  if (id <= 0 || start->stack == NULL) __builtin_trap();
#if MODE == 1
  if (start->number == 2) __builtin_trap();
#elif MODE == 2
  if (start->number == 2) proc_exit(7);
#endif
#if MODE == 1 || MODE == 2 || MODE == 4
  wait_while(&never, 0);
#endif
  for (int i = 0; i < (MODE == 3 ? 10 : kRounds); i++) {
    lock();
    plain++;
    unlock();
    __atomic_fetch_add(&atomic, 1, __ATOMIC_SEQ_CST);
  }
  if (MODE == 0 && start->number == 0) print("a thread speaks\n");
  if (__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST) == 0) wake(&running, 1);
}

static void join(void) {
  for (int32_t left; (left = __atomic_load_n(&running, __ATOMIC_SEQ_CST)) != 0;)
    wait_while(&running, left);
}

static void spawn(int32_t number) {
  starts[number].stack = stacks[number] + kStack;
  starts[number].number = number;
  __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
  if (thread_spawn(&starts[number]) < 0) {
    print("no thread\n");
    proc_exit(1);
  }
}

__attribute__((export_name("_start"))) void start(void) {
#if MODE == 3
  for (int32_t i = 0; i < 600; i++) {
    spawn(i % kThreads);
    join();
  }
#else
  for (int32_t i = 0; i < kThreads; i++) spawn(i);
#endif
#if MODE == 1 || MODE == 2 || MODE == 4
  wait_while(&never, 0);
#endif
  join();
  print_number("plain ", plain);
  print_number("atomic ", atomic);
}
