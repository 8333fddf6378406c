#include "CByteSearch.h"

// Where the library can choose when it is loaded, with the vectors of this processor.
#if defined(__x86_64__) && defined(__GLIBC__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
intptr_t search_newlines(const void *bytes, intptr_t count, intptr_t *searched,
                         intptr_t *offsets) {
  intptr_t at = *searched;
  intptr_t found = 0;
  for (; found < SEARCH_NEWLINES_MAX - 64 && count - at >= 64; at += 64) {
    uint64_t newlines = search_matches((const uint8_t *)bytes + at, '\n');
    // Written whether there is one or not, so that most blocks have no branch to guess wrong.
    do {
      offsets[found] = at + (newlines ? __builtin_ctzll(newlines) : 0);
      found += newlines != 0;
      newlines &= newlines - 1;
    } while (newlines);
  }
  *searched = at;
  return found;
}
