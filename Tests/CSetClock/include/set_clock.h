// Preloaded into a program, lets a test set the clock and put the machine to sleep, for that program only.
#ifndef C_SET_CLOCK_H
#define C_SET_CLOCK_H

#include <stdint.h>

/// What the file holds that SET_CLOCK_FILE names; it may change at any time.
struct set_clock {
  /// Seconds by which the clock is set forward; less than zero: back.
  int64_t set;
  /// Seconds for which the machine has slept.
  int64_t slept;
  /// By how many seconds more than one all clocks go forward in a second, since `since`: none is set thereby.
  int64_t pace;
  /// Nanoseconds of CLOCK_MONOTONIC.
  int64_t since;
};

#endif
