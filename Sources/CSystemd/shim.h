// libsystemd, and the kernel's descriptors for signals, timers and events, which Swift's Glibc module
// leaves out.
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
