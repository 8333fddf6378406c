// Loops that do nothing but what a core can do fastest: the limits the benchmark compares with.
#ifndef C_PROCESSOR_LIMITS_H
#define C_PROCESSOR_LIMITS_H

#include <stdint.h>

/// `rounds` of independent multiply-adds in registers; returns how many floating-point operations
/// that were. 0 if the processor lacks the vectors of `width` floats (4, 8 or 16).
int64_t limit_multiply_add(int width, int64_t rounds);

/// Reads four arrays and writes three of them, as an optimiser must, with next to no arithmetic.
/// `count` is a multiple of 16; false if the processor lacks the vectors.
int limit_optimiser_traffic(int width, float *w, float *m, float *v, const float *g,
                            intptr_t count);

#endif
