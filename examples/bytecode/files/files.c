// SPDX-License-Identifier: Apache-2.0
// A guest sees only the directories it was given: it writes, renames, lists and
// reads files below one of them, and every attempt to leave it must fail.

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kMaxEntries = 32, kMaxPath = 256 };

static void die(const char* what) {
  fprintf(stderr, "files: %s: %s\n", what, strerror(errno));
  exit(1);
}

/// Joins directory and name in one static buffer, valid until the next call.
static const char* below(const char* directory, const char* name) {
  static char path[kMaxPath];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

static void write_file(const char* path, const char* text) {
  FILE* file = fopen(path, "w");
  if (!file || fputs(text, file) < 0 || fclose(file) != 0) die(path);
}

static void show_file(const char* path) {
  FILE* file = fopen(path, "r");
  if (!file) die(path);
  char line[80];
  while (fgets(line, sizeof line, file)) printf("    %s", line);
  fclose(file);
}

static int by_name(const void* left, const void* right) {
  return strcmp(*(char* const*)left, *(char* const*)right);
}

static void list(const char* directory) {
  DIR* stream = opendir(directory);
  if (!stream) die(directory);
  char* names[kMaxEntries];
  size_t count = 0;
  for (struct dirent* entry; count < kMaxEntries && (entry = readdir(stream));)
    if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
  closedir(stream);

  qsort(names, count, sizeof *names, by_name);
  for (size_t i = 0; i < count; i++) {
    struct stat info;
    if (stat(below(directory, names[i]), &info) != 0) die(names[i]);
    if (S_ISDIR(info.st_mode))
      printf("  %s/\n", names[i]);
    else
      printf("  %s, %lld bytes\n", names[i], (long long)info.st_size);
    free(names[i]);
  }
}

static void try_to_read(const char* path) {
  FILE* file = fopen(path, "r");
  printf("  %s: %s\n", path, file ? "readable" : "refused");
  if (file) fclose(file);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fputs("usage: files DIRECTORY\n", stderr);
    return 2;
  }
  const char* directory = argv[1];

  write_file(below(directory, "draft.txt"), "first line\nsecond line\n");
  write_file(below(directory, "scratch"), "soon gone\n");
  if (mkdir(below(directory, "archive"), 0777) != 0) die("mkdir");

  char draft[kMaxPath];
  snprintf(draft, sizeof draft, "%s/draft.txt", directory);
  if (rename(draft, below(directory, "final.txt")) != 0) die("rename");
  if (unlink(below(directory, "scratch")) != 0) die("unlink");

  printf("%s holds\n", directory);
  list(directory);
  puts("final.txt reads");
  show_file(below(directory, "final.txt"));
  puts("outside of it");
  try_to_read("/etc/passwd");
  try_to_read(below(directory, "../files.wasm"));
  return 0;
}
