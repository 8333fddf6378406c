// Stands between a program and the functions below: those that it is linked with, and those that it finds by dlsym(3).
#define _GNU_SOURCE
#include "pause_at_call.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *path;
static char reached[4096];
static const char *program = "member";
static atomic_int count;

__attribute__((constructor)) static void begin(int argc, char **argv) {
  const char *value = getenv("PAUSE_FILE");
  for (int i = 1; i < argc; i++)
    if (!strcmp(argv[i], "--partition")) program = "partition";
  if (value && snprintf(reached, sizeof reached, "%s.reached", value) < (int)sizeof reached) path = value;
}

/// Whether the file asks for this function, and for which of its calls.
static bool is_asked_for(const char *function, int *number) {
  char text[200], wanted_program[64], wanted_function[64];
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return false;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return false;
  text[size] = 0;
  return sscanf(text, "%63s %63s %d", wanted_program, wanted_function, number) == 3 &&
         !strcmp(wanted_program, program) && !strcmp(wanted_function, function);
}

static void pause_before(const char *function) {
  const struct timespec moment = {.tv_nsec = 5000000};
  int number;
  if (!is_asked_for(function, &number) || atomic_fetch_add(&count, 1) + 1 != number) return;
  close(open(reached, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  while (is_asked_for(function, &number)) nanosleep(&moment, NULL);
  count = 0;
}

static void *find(void *library, const char *name) {
  static void *(*real)(void *, const char *);
  // Its first version in each of the binary interfaces: since glibc 2.34 it is in libc itself.
  if (!real) real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
  return real(library, name);
}

// All arguments are numbers or pointers, eight at most, so one form passes on those of any function.
#define WORDS long a, long b, long c, long d, long e, long f, long g, long h
#define CALL(name)                         \
  static long (*real_##name)(WORDS);             \
  static long paused_##name(WORDS) {               \
    pause_before(#name);                         \
    return real_##name(a, b, c, d, e, f, g, h); \
  }

CALL(rd_kafka_incremental_assign)
CALL(rd_kafka_incremental_unassign)
CALL(rd_kafka_assign)
CALL(rd_kafka_produce)
CALL(rd_kafka_flush)
CALL(rd_kafka_commit)
CALL(rd_kafka_consumer_close_queue)

void *dlsym(void *restrict library, const char *restrict name) {
  void *found = find(library, name);
#define FOUND(function)                                   \
  if (found && !strcmp(name, #function)) {                \
    real_##function = (long (*)(WORDS))found;             \
    return (void *)paused_##function;                     \
  }
  FOUND(rd_kafka_incremental_assign)
  FOUND(rd_kafka_incremental_unassign)
  FOUND(rd_kafka_assign)
  FOUND(rd_kafka_produce)
  FOUND(rd_kafka_flush)
  FOUND(rd_kafka_commit)
  FOUND(rd_kafka_consumer_close_queue)
  return found;
}

// Linked by name, and called before any constructor, too.
#define LINKED(name)                                                                \
  long linked_##name(WORDS) __asm__(#name);                                         \
  long linked_##name(WORDS) {                                                       \
    static long (*real)(WORDS);                                                     \
    if (!real) real = (long (*)(WORDS))find(RTLD_NEXT, #name);                      \
    pause_before(#name);                                                            \
    return real(a, b, c, d, e, f, g, h);                                            \
  }

LINKED(fsync)
LINKED(fdatasync)
LINKED(posix_spawnp)

// Of a state: status files are replaced so, too, and often.
long linked_rename(WORDS) __asm__("rename");
long linked_rename(WORDS) {
  static long (*real)(WORDS);
  if (!real) real = (long (*)(WORDS))find(RTLD_NEXT, "rename");
  const char *suffix = strrchr((const char *)b, '.');
  if (suffix && !strcmp(suffix, ".sqlite")) pause_before("rename");
  return real(a, b, c, d, e, f, g, h);
}

// A signal to a group of processes that is asked to end; whether a process is there is asked by signal 0.
long linked_kill(WORDS) __asm__("kill");
long linked_kill(WORDS) {
  static long (*real)(WORDS);
  if (!real) real = (long (*)(WORDS))find(RTLD_NEXT, "kill");
  if ((int)b != 0) pause_before("kill");
  return real(a, b, c, d, e, f, g, h);
}
