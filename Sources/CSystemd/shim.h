// libsystemd, and the kernel's descriptors for signals, timers, events and processes, which Swift's Glibc
// module leaves out.

// First, so that what both hold is seen as Glibc's: otherwise whoever uses `stat` would have to import this.
#pragma clang module import SwiftGlibc

#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
