#include "CProcessorLimits.h"

#if defined(__aarch64__)
#define VECTOR_REGISTER "w"
#else
#define VECTOR_REGISTER "x"
#endif

#define WIDTH 4
#include "loops.h"
#undef WIDTH

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDTH 8
#include "loops.h"
#undef WIDTH
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define WIDTH 16
#include "loops.h"
#undef WIDTH
#pragma clang attribute pop
#endif

static int supports(int width)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (width == 16)
        return __builtin_cpu_supports("avx512f");
    if (width == 8)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return width == 4;
}

int64_t limit_multiply_add(int width, int64_t rounds)
{
    if (!supports(width))
        return 0;
#if defined(__x86_64__)
    if (width == 16)
        return multiply_add16(rounds);
    if (width == 8)
        return multiply_add8(rounds);
#endif
    return multiply_add4(rounds);
}

int limit_optimiser_traffic(int width, float *w, float *m, float *v, const float *g,
                            intptr_t count)
{
    if (!supports(width))
        return 0;
#if defined(__x86_64__)
    if (width == 16)
        return optimiser_traffic16(w, m, v, g, count), 1;
    if (width == 8)
        return optimiser_traffic8(w, m, v, g, count), 1;
#endif
    return optimiser_traffic4(w, m, v, g, count), 1;
}
