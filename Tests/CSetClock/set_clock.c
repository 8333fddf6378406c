// The kernel gives nobody a time of day of their own, so this stands between a program and the system calls
// by which it learns of the time: clock_gettime(2), and a timerfd(2) that is cancelled when the clock is set,
// which also happens when the machine wakes up. Everything else is the machine's own.
#define _GNU_SOURCE
#include "set_clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const volatile struct set_clock *clock_file;
static volatile int timer = -1;
// What the program has been told of.
static volatile int64_t known;

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_timerfd_create)(int, int);
static int (*real_timerfd_settime)(int, int, const struct itimerspec *, struct itimerspec *);
static ssize_t (*real_read)(int, void *, size_t);

#define BILLION INT64_C(1000000000)

static int64_t offset(void) { return clock_file ? clock_file->set + clock_file->slept : 0; }

// Nanoseconds by which a fast clock is ahead.
static int64_t drift(void) {
  if (!clock_file || !clock_file->pace) return 0;
  struct timespec now;
  real_clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec * BILLION + now.tv_nsec - clock_file->since) * clock_file->pace;
}

// Wakes whoever waits for the timer when the clock has been set.
static void *watch(void *unused) {
  const struct timespec pause = {.tv_nsec = 5000000};
  const struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};
  for (;;) {
    nanosleep(&pause, NULL);
    if (timer >= 0 && offset() != known) real_timerfd_settime(timer, 0, &at_once, NULL);
  }
  return unused;
}

__attribute__((constructor)) static void begin(void) {
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  real_timerfd_create = dlsym(RTLD_NEXT, "timerfd_create");
  real_timerfd_settime = dlsym(RTLD_NEXT, "timerfd_settime");
  real_read = dlsym(RTLD_NEXT, "read");
  const char *path = getenv("SET_CLOCK_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *map = mmap(NULL, sizeof(struct set_clock), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (map == MAP_FAILED) return;
  clock_file = map;
  // The program's signals are none of this thread's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  pthread_create(&thread, NULL, watch, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int clock_gettime(clockid_t id, struct timespec *time) {
  if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real_clock_gettime(id, time);
  if (result != 0 || !clock_file) return result;
  bool is_of_day = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  if (is_of_day) time->tv_sec += offset();
  if (id == CLOCK_BOOTTIME) time->tv_sec += clock_file->slept;
  // All together, or it would have been set.
  if (is_of_day || id == CLOCK_BOOTTIME || id == CLOCK_MONOTONIC) {
    int64_t nanoseconds = time->tv_nsec + drift();
    time->tv_sec += nanoseconds / BILLION;
    time->tv_nsec = nanoseconds % BILLION;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

int timerfd_create(int id, int flags) {
  int made = real_timerfd_create(id, flags);
  if (id == CLOCK_REALTIME) {
    known = offset();
    timer = made;
  }
  return made;
}

int timerfd_settime(int number, int flags, const struct itimerspec *when, struct itimerspec *old) {
  if (number != timer || !(flags & TFD_TIMER_ABSTIME))
    return real_timerfd_settime(number, flags, when, old);
  int64_t now = offset();
  struct itimerspec shifted = *when;
  shifted.it_value.tv_sec -= now;
  if (clock_file && clock_file->pace) {
    struct timespec real;
    real_clock_gettime(CLOCK_REALTIME, &real);
    int64_t left = shifted.it_value.tv_sec - real.tv_sec - drift() / BILLION;
    shifted.it_value.tv_sec = real.tv_sec + left / (clock_file->pace + 1);
  }
  if (shifted.it_value.tv_sec < 1) shifted.it_value.tv_sec = 1;
  int result = real_timerfd_settime(number, flags, &shifted, old);
  if (result != 0 || now == known) return result;
  // As the kernel does: armed all the same.
  known = now;
  errno = ECANCELED;
  return -1;
}

ssize_t read(int number, void *buffer, size_t count) {
  ssize_t result = real_read(number, buffer, count);
  int64_t now = offset();
  if (number != timer || now == known) return result;
  known = now;
  errno = ECANCELED;
  return -1;
}
