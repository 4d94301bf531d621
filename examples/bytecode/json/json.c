// SPDX-License-Identifier: Apache-2.0
// Formats JSON from stdin to stdout, or names line and column of what is wrong:
// a text job as programs in a pipe do it.

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxDepth = 200, kIndent = 2 };

/// The whole input, terminated by a zero byte, and how far it has been read.
typedef struct {
  const char* text;
  const char* at;
} Reader;

static void format_value(Reader* in, int depth);

static _Noreturn void fail(const Reader* in, const char* expected) {
  int line = 1, column = 1;
  for (const char* c = in->text; c < in->at; c++) {
    column = *c == '\n' ? 1 : column + 1;
    line += *c == '\n';
  }
  putchar('\n');
  fflush(stdout);
  fprintf(stderr, "json: %d:%d: expected %s\n", line, column, expected);
  exit(1);
}

static void skip_space(Reader* in) { in->at += strspn(in->at, " \t\r\n"); }

/// Skips white space; then takes the character if it comes next.
static bool take(Reader* in, char wanted) {
  skip_space(in);
  if (*in->at != wanted) return false;
  in->at++;
  return true;
}

static void new_line(int depth) { printf("\n%*s", depth * kIndent, ""); }

static void format_escape(Reader* in) {
  putchar(*in->at++);
  if (*in->at == 'u') {
    putchar(*in->at++);
    for (int i = 0; i < 4; i++) {
      if (!isxdigit((unsigned char)*in->at)) fail(in, "four hexadecimal digits");
      putchar(*in->at++);
    }
  } else {
    if (!*in->at || !strchr("\"\\/bfnrt", *in->at)) fail(in, "an escape");
    putchar(*in->at++);
  }
}

static void format_string(Reader* in) {
  if (!take(in, '"')) fail(in, "a string");
  putchar('"');
  while (*in->at != '"') {
    if ((unsigned char)*in->at < ' ') fail(in, "the end of the string");
    if (*in->at == '\\')
      format_escape(in);
    else
      putchar(*in->at++);
  }
  putchar(*in->at++);
}

static void format_digits(Reader* in) {
  if (!isdigit((unsigned char)*in->at)) fail(in, "a digit");
  while (isdigit((unsigned char)*in->at)) putchar(*in->at++);
}

static void format_number(Reader* in) {
  if (*in->at == '-') putchar(*in->at++);
  if (*in->at == '0')
    putchar(*in->at++);
  else
    format_digits(in);
  if (*in->at == '.') {
    putchar(*in->at++);
    format_digits(in);
  }
  if (*in->at == 'e' || *in->at == 'E') {
    putchar(*in->at++);
    if (*in->at == '+' || *in->at == '-') putchar(*in->at++);
    format_digits(in);
  }
}

static void format_word(Reader* in) {
  static const char* const words[] = {"null", "true", "false"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t length = strlen(words[i]);
    if (strncmp(in->at, words[i], length) != 0) continue;
    fputs(words[i], stdout);
    in->at += length;
    return;
  }
  fail(in, "a value");
}

static void format_member(Reader* in, int depth) {
  format_string(in);
  if (!take(in, ':')) fail(in, "':'");
  fputs(": ", stdout);
  format_value(in, depth);
}

/// An array or an object: items between two brackets, separated by commas.
static void format_items(Reader* in, int depth, void (*format_item)(Reader*, int),
                         const char* brackets) {
  if (depth == kMaxDepth) fail(in, "less nesting");
  in->at++;
  putchar(brackets[0]);
  if (!take(in, brackets[1])) {
    do {
      new_line(depth + 1);
      format_item(in, depth + 1);
      skip_space(in);
      if (*in->at == ',') putchar(',');
    } while (take(in, ','));
    if (!take(in, brackets[1])) fail(in, brackets[1] == ']' ? "',' or ']'" : "',' or '}'");
    new_line(depth);
  }
  putchar(brackets[1]);
}

static void format_value(Reader* in, int depth) {
  skip_space(in);
  switch (*in->at) {
    case '{': format_items(in, depth, format_member, "{}"); break;
    case '[': format_items(in, depth, format_value, "[]"); break;
    case '"': format_string(in); break;
    default:
      if (*in->at == '-' || isdigit((unsigned char)*in->at))
        format_number(in);
      else
        format_word(in);
  }
}

/// The stream's content with a zero byte behind it; the caller frees it.
static char* read_all(FILE* stream) {
  size_t size = 0, capacity = 4096;
  char* text = malloc(capacity);
  while (text) {
    size += fread(text + size, 1, capacity - size - 1, stream);
    if (size < capacity - 1) break;
    text = realloc(text, capacity *= 2);
  }
  if (!text) {
    fputs("json: out of memory\n", stderr);
    exit(1);
  }
  text[size] = '\0';
  return text;
}

int main(void) {
  char* text = read_all(stdin);
  Reader in = {text, text};
  format_value(&in, 0);
  skip_space(&in);
  if (*in.at) fail(&in, "the end of the input");
  putchar('\n');
  free(text);
  return 0;
}
