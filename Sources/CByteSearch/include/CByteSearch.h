// Bytes looked at 64 at a time.
#ifndef C_BYTE_SEARCH_H
#define C_BYTE_SEARCH_H

#include <stdint.h>

typedef uint8_t search_bytes __attribute__((vector_size(64), aligned(1)));
typedef _Bool search_bits __attribute__((ext_vector_type(64)));

/// Which of the 64 bytes from `bytes` are `wanted`, the first in the lowest bit.
static inline __attribute__((always_inline)) uint64_t search_matches(const void *bytes,
                                                                     uint8_t wanted) {
  search_bits bits =
      __builtin_convertvector(*(const search_bytes *)bytes == wanted, search_bits);
  uint64_t matches;
  __builtin_memcpy(&matches, &bits, sizeof matches);
  return matches;
}

/// Which of the 64 bytes from `bytes` end the plain part of a JSON string, the first in the lowest bit: quotes,
/// backslashes, and control characters.
static inline __attribute__((always_inline)) uint64_t search_string_ends(const void *bytes) {
  search_bytes text = *(const search_bytes *)bytes;
  search_bits bits = __builtin_convertvector(
      (text == '"') | (text == '\\') | (text < 0x20), search_bits);
  uint64_t ends;
  __builtin_memcpy(&ends, &bits, sizeof ends);
  return ends;
}

/// How many offsets `search_newlines` writes at most.
#define SEARCH_NEWLINES_MAX 128

/// Finds the newlines among `count` bytes in blocks of 64, from `searched` on, until there are enough
/// or less than a block is left. Moves `searched` on, and returns how many `offsets` there are.
intptr_t search_newlines(const void *bytes, intptr_t count, intptr_t *searched,
                         intptr_t *offsets);

#endif
