// Vectors of WIDTH floats, in the compiler's own vector types.

#define CHUNK NEURAL_CHUNK_ROWS
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(4 * WIDTH)));
typedef float loose_vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef int32_t integers __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t naturals __attribute__((vector_size(4 * WIDTH)));
typedef float four __attribute__((vector_size(16)));
typedef float loose_four __attribute__((vector_size(16), aligned(4), may_alias));

static const float ones[CHUNK] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

INLINE vector load(const float *p) { return *(const loose_vector *)p; }
INLINE void store(float *p, vector v) { *(loose_vector *)p = v; }
INLINE vector broadcast(float s) { return s - (vector){0}; }
INLINE vector choose(integers mask, vector a, vector b)
{
    return (vector)((mask & (integers)a) | (~mask & (integers)b));
}
INLINE vector positive_part(vector v) { return choose(v > 0.0f, v, (vector){0}); }

// The first `count` of a vector; what lies behind them in memory is neither read nor written.
#if WIDTH == 16
INLINE vector load_first(const float *p, intptr_t count)
{
    return (vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
}
INLINE void store_first(float *p, vector v, intptr_t count)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v);
}
#elif WIDTH == 8
static const int32_t first_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
INLINE __m256i first(intptr_t count)
{
    return _mm256_loadu_si256((const __m256i *)(first_mask + 8 - count));
}
INLINE vector load_first(const float *p, intptr_t count)
{
    return (vector)_mm256_maskload_ps(p, first(count));
}
INLINE void store_first(float *p, vector v, intptr_t count)
{
    _mm256_maskstore_ps(p, first(count), (__m256)v);
}
#else
INLINE vector load_first(const float *p, intptr_t count)
{
    if (count == WIDTH)
        return load(p);
    return (vector){count > 0 ? p[0] : 0, count > 1 ? p[1] : 0, count > 2 ? p[2] : 0, 0};
}
INLINE void store_first(float *p, vector v, intptr_t count)
{
    if (count == WIDTH)
        store(p, v);
    else
        for (intptr_t j = 0; j < count; j++)
            p[j] = v[j];
}
#endif

/// Four rows of four become four columns, `stride` apart.
INLINE void transpose_4x4(four a, four b, four c, four d, float *to, intptr_t stride)
{
    four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(loose_four *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *(loose_four *)(to + stride) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *(loose_four *)(to + 2 * stride) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(loose_four *)(to + 3 * stride) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}
