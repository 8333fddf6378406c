// The kernel's descriptors for events, signals, timers and processes, and the allocator's settings: what Swift's Glibc
// module leaves out.
#include <malloc.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

// From <sys/pidfd.h>, which would define again what is Glibc's.
int pidfd_open(pid_t pid, unsigned int flags);

// <sched.h> shows it only to GNU sources.
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
