// libsystemd, and the kernel's descriptors for signals, timers, events and processes, and what else
// Swift's Glibc module leaves out.
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

// From <sys/pidfd.h>, which would define again what is Glibc's.
int pidfd_open(pid_t pid, unsigned int flags);
