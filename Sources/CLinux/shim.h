// The kernel's descriptors for events, signals, timers and processes, and the allocator's settings: what Swift's Glibc
// module leaves out.
#include <linux/stat.h>
#include <malloc.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>

// From <sys/pidfd.h>, which would define again what is Glibc's.
int pidfd_open(pid_t pid, unsigned int flags);

// <sched.h> shows it only to GNU sources.
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);

// <sys/stat.h> and <fcntl.h> too, and only they: when a file was made.
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
int statx(int directory, const char *path, int flags, unsigned int mask, struct statx *status);

// Swift imports no function with a variable number of arguments. The kernel sends the signal when the parent ends.
static inline int set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }
