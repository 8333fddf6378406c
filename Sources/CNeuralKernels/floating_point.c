#include "CNeuralKernels.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

// Default masks, round to nearest, flush-to-zero and denormals-are-zero.
enum { FLUSHING = 0x1f80 | 0x8000 | 0x0040 };

uint64_t neural_flush_denormals(void)
{
    uint64_t before = _mm_getcsr();
    _mm_setcsr(FLUSHING);
    return before;
}

void neural_restore_floating_point(uint64_t before)
{
    _mm_setcsr((unsigned)before);
}

#elif defined(__aarch64__)

uint64_t neural_flush_denormals(void)
{
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)1 << 24) : "memory");
    return before;
}

void neural_restore_floating_point(uint64_t before)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(before) : "memory");
}

#else

uint64_t neural_flush_denormals(void) { return 0; }
void neural_restore_floating_point(uint64_t before) { (void)before; }

#endif
