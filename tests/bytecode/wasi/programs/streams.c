// SPDX-License-Identifier: Apache-2.0
// Standard streams as files: types, offsets, non-blocking mode, poll, sleeping, entropy.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "show.h"

static double seconds(clockid_t clock) {
  struct timespec time;
  return clock_gettime(clock, &time) == 0 ? (double)time.tv_sec + (double)time.tv_nsec / 1e9 : -1;
}

int main(void) {
  char text[16] = {0};
  SHOW(isatty(0) != 0);
  SHOW(isatty(1) != 0);
  SHOW(isatty(77) != 0);
  SHOW(lseek(0, 0, SEEK_CUR));
  SHOW(lseek(1, 0, SEEK_SET));

  struct pollfd input = {0, POLLIN, 0};
  SHOW(poll(&input, 1, 5000));
  SHOW((input.revents & POLLIN) != 0);
  struct pollfd both[2] = {{0, POLLIN, 0}, {1, POLLOUT, 0}};
  SHOW(poll(both, 2, 5000));
  SHOW((both[0].revents & POLLIN) != 0 && (both[1].revents & POLLOUT) != 0);
  SHOW(read(0, text, sizeof text));
  printf("got %s\n", text);
  SHOW(read(0, text, sizeof text));
  fd_set set;
  FD_ZERO(&set);
  FD_SET(1, &set);
  struct timeval timeout = {5, 0};
  SHOW(select(2, NULL, &set, NULL, &timeout));
  SHOW(FD_ISSET(1, &set) != 0);

  const double begin = seconds(CLOCK_MONOTONIC);
  const struct timespec nap = {0, 20000000};
  SHOW(nanosleep(&nap, NULL));
  const double slept = seconds(CLOCK_MONOTONIC) - begin;
  printf("slept long enough: %d\n", slept >= 0.0199 && slept < 60);
  printf("it is after 2020: %d\n", seconds(CLOCK_REALTIME) > 1577836800.0);
  struct timespec resolution;
  SHOW(clock_getres(CLOCK_MONOTONIC, &resolution));
  SHOW(sched_yield());

  unsigned char first[32] = {0};
  unsigned char second[32] = {0};
  SHOW(getentropy(first, sizeof first));
  SHOW(getentropy(second, sizeof second));
  printf("entropy differs: %d\n", memcmp(first, second, sizeof first) != 0);
  return 0;
}
