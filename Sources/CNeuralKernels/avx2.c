#include "CNeuralKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDTH 8
#define TILE_ROWS 6
#include "kernels.h"
#pragma clang attribute pop
#endif

const struct neural_kernels *neural_kernels_avx2(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &table;
#endif
    return 0;
}
