#include "CNeuralKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#define WIDTH 16
#define TILE_ROWS 10
#include "kernels.h"
#pragma clang attribute pop
#endif

const struct neural_kernels *neural_kernels_avx512(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma"))
        return &table;
#endif
    return 0;
}
