// Half precision, in which rows are kept, to single, in which they are computed with. By integers: not every
// processor with these vectors has instructions for it, and this way all give the same bits.

typedef uint16_t halves __attribute__((vector_size(2 * WIDTH), aligned(2), may_alias));

INLINE vector widened(halves from)
{
    naturals bits = __builtin_convertvector(from, naturals);
    naturals sign = (bits & 0x8000u) << 16, magnitude = (bits & 0x7fffu) << 13;
    naturals normal = magnitude + (112u << 23);  // the exponents' biases differ by 112
    naturals infinite = (naturals)(magnitude >= 31u << 23);
    normal += infinite & (112u << 23);
    vector subnormal = (vector)(magnitude + (113u << 23)) - 0x1p-14f;
    naturals is_subnormal = (naturals)(magnitude < 1u << 23);
    return (vector)(sign | (is_subnormal & (naturals)subnormal) | (~is_subnormal & normal));
}

static void widen(const uint16_t *from, intptr_t count, float *to)
{
    intptr_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH)
        store(to + i, widened(*(const halves *)(from + i)));
    if (i == count)
        return;
    uint16_t rest[WIDTH] = {0};
    memcpy(rest, from + i, (size_t)(count - i) * sizeof *rest);
    store_first(to + i, widened(*(const halves *)rest), count - i);
}

/// So many rows ahead, what was fetched is there when its turn comes.
enum { FETCHED_ROWS = 12, CACHE_LINE = 64 };

static void widen_rows(const uint16_t *rows, intptr_t width, const int32_t *order, intptr_t count,
                       float *to, intptr_t stride)
{
    intptr_t bytes = width * (intptr_t)sizeof *rows;
    for (intptr_t r = -FETCHED_ROWS; r < count; r++) {
        if (r + FETCHED_ROWS < count) {
            const char *ahead = (const char *)(rows + order[r + FETCHED_ROWS] * width);
            for (intptr_t byte = 0; byte < bytes; byte += CACHE_LINE)
                __builtin_prefetch(ahead + byte, 0, 2);
            __builtin_prefetch(ahead + bytes - 1, 0, 2);
        }
        if (r >= 0)
            widen(rows + order[r] * width, width, to + r * stride);
    }
}
