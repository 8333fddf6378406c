// The loops for vectors of WIDTH floats.

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAMED(name) JOIN(name, WIDTH)

// As many sums as hide the latency and fit the registers.
#if WIDTH == 16
enum { NAMED(sums) = 24 };
#else
enum { NAMED(sums) = 12 };
#endif

typedef float NAMED(vector) __attribute__((vector_size(4 * WIDTH)));

static int64_t NAMED(multiply_add)(int64_t rounds)
{
    NAMED(vector) sum[NAMED(sums)], factor, term;
    for (int j = 0; j < WIDTH; j++)
        factor[j] = 0.999f, term[j] = 0.001f;
    for (int i = 0; i < NAMED(sums); i++)
        sum[i] = factor * (float)i;
    for (int64_t round = 0; round < rounds; round++) {
        _Pragma("clang loop unroll(full)")
        for (int i = 0; i < NAMED(sums); i++)
            sum[i] = sum[i] * factor + term;
        // Keeps the compiler from doing several rounds at once.
        __asm__ volatile("" : "+" VECTOR_REGISTER(factor));
    }
    for (int i = 1; i < NAMED(sums); i++)
        sum[0] += sum[i];
    __asm__ volatile("" : : VECTOR_REGISTER(sum[0]));
    return rounds * NAMED(sums) * WIDTH * 2;
}

static void NAMED(optimiser_traffic)(float *w, float *m, float *v, const float *g, intptr_t count)
{
    for (intptr_t i = 0; i < count; i += WIDTH) {
        NAMED(vector) gradient = *(const NAMED(vector) *)(g + i);
        *(NAMED(vector) *)(w + i) += gradient;
        *(NAMED(vector) *)(m + i) += gradient;
        *(NAMED(vector) *)(v + i) += gradient;
    }
}
