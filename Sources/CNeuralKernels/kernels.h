// The kernels for one instruction set: include with WIDTH and TILE_ROWS defined; leaves `table`.
//
// All three matrix products are one register tile, `accumulate`: rows times two vectors, with a
// scalar of one factor broadcast against a vector of the other. Every sum runs over its index in
// ascending order, one term after another, so a result depends on nothing but its own row.

#define CHUNK NEURAL_CHUNK_ROWS
#define FOUR_ONES 1, 1, 1, 1
#define ALL_ONES FOUR_ONES, FOUR_ONES, FOUR_ONES, FOUR_ONES, \
                 FOUR_ONES, FOUR_ONES, FOUR_ONES, FOUR_ONES
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(4 * WIDTH)));
typedef float loose_vector __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef int32_t integers __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t naturals __attribute__((vector_size(4 * WIDTH)));
typedef float four __attribute__((vector_size(16)));
typedef float loose_four __attribute__((vector_size(16), aligned(4), may_alias));

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

// MARK: The register tile

/// a(row, k) = a[row * row_stride + k * k_stride].
struct factor { const float *a; intptr_t row_stride, k_stride; };

/// acc[row][v] += sum over k of a(row, k) * b[k][v], for `rows` x `vectors` constants.
INLINE void accumulate(int rows, int vectors, intptr_t terms, struct factor f,
                       const float *b, intptr_t b_stride, vector acc[][2])
{
    for (intptr_t k = 0; k < terms; k++) {
        vector b0 = load(b), b1 = vectors == 2 ? load(b + WIDTH) : b0;
        _Pragma("clang loop unroll(full)")
        for (int r = 0; r < rows; r++) {
            vector s = broadcast(f.a[r * f.row_stride]);
            acc[r][0] += s * b0;
            if (vectors == 2)
                acc[r][1] += s * b1;
        }
        f.a += f.k_stride;
        b += b_stride;
    }
}

/// Splits `count` rows into tiles of nearly equal height.
INLINE intptr_t tile_end(intptr_t tile, intptr_t tiles, intptr_t count)
{
    return (tile + 1) * count / tiles;
}

#if TILE_ROWS == 10
#define EACH_HEIGHT(call) \
    case 10: call(10); break; case 9: call(9); break; case 8: call(8); break; \
    case 7: call(7); break; case 6: call(6); break; case 5: call(5); break; \
    case 4: call(4); break; case 3: call(3); break; case 2: call(2); break; \
    default: call(1);
#else
#define EACH_HEIGHT(call) \
    case 6: call(6); break; case 5: call(5); break; case 4: call(4); break; \
    case 3: call(3); break; case 2: call(2); break; default: call(1);
#endif

// MARK: Forward

INLINE void forward_tile(int rows, intptr_t in, intptr_t out, const float *w, const float *b,
                         const float *x, float *y, int relu)
{
    vector acc[TILE_ROWS][2];
    for (int r = 0; r < rows; r++)
        acc[r][0] = acc[r][1] = broadcast(b[r]);
    accumulate(rows, 2, in, (struct factor){w, 1, out}, x, CHUNK, acc);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < 2; v++)
            store(y + r * CHUNK + v * WIDTH, relu ? positive_part(acc[r][v]) : acc[r][v]);
}

static void forward(intptr_t in, intptr_t out, const float *w, const float *b, const float *x,
                    float *y, int relu)
{
    intptr_t tiles = (out + TILE_ROWS - 1) / TILE_ROWS;
    for (intptr_t v = 0; v < CHUNK; v += 2 * WIDTH)
        for (intptr_t tile = 0, o = 0; tile < tiles; tile++) {
            intptr_t end = tile_end(tile, tiles, out);
            switch (end - o) {
#define CALL(rows) forward_tile(rows, in, out, w + o, b + o, x + v, y + o * CHUNK + v, relu)
                EACH_HEIGHT(CALL)
#undef CALL
            }
            o = end;
        }
}

/// y[j] = b[j] + sum over k of x[k] * w[k][j], for `vectors` vectors of which the last is partial.
INLINE void row_tile(int vectors, intptr_t last, intptr_t terms, const float *x, const float *w,
                     intptr_t w_stride, const float *b, float *y, int relu)
{
    vector acc[8];
    for (int v = 0; v < vectors; v++)
        acc[v] = v < vectors - 1 ? load(b + v * WIDTH) : load_first(b + v * WIDTH, last);
    for (intptr_t k = 0; k < terms; k++, w += w_stride) {
        vector s = broadcast(x[k]);
        _Pragma("clang loop unroll(full)")
        for (int v = 0; v < vectors - 1; v++)
            acc[v] += s * load(w + v * WIDTH);
        acc[vectors - 1] += s * load_first(w + (vectors - 1) * WIDTH, last);
    }
    for (int v = 0; v < vectors; v++) {
        vector each = relu ? positive_part(acc[v]) : acc[v];
        if (v < vectors - 1)
            store(y + v * WIDTH, each);
        else
            store_first(y + v * WIDTH, each, last);
    }
}

INLINE void row_product(intptr_t terms, intptr_t out, const float *x, const float *w,
                        intptr_t w_stride, const float *b, float *y, int relu)
{
    for (intptr_t o = 0; o < out; o += 8 * WIDTH) {
        intptr_t columns = out - o < 8 * WIDTH ? out - o : 8 * WIDTH;
        intptr_t vectors = (columns + WIDTH - 1) / WIDTH, last = columns - (vectors - 1) * WIDTH;
        switch (vectors) {
#define CALL(n) row_tile(n, last, terms, x, w + o, w_stride, b + o, y + o, relu)
            case 8: CALL(8); break; case 7: CALL(7); break; case 6: CALL(6); break;
            case 5: CALL(5); break; case 4: CALL(4); break; case 3: CALL(3); break;
            case 2: CALL(2); break; default: CALL(1);
#undef CALL
        }
    }
}

static void forward_row(intptr_t in, intptr_t out, const float *w, const float *b, const float *x,
                        float *y, int relu)
{
    row_product(in, out, x, w, out, b, y, relu);
}

// MARK: Loss

/// exp(-a) for a in 0...87: the exponent's integer part by bits, the rest by the series to 1/7!.
INLINE vector exp_minus(vector a)
{
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
    vector n = (a * -1.44269504f + magic) - magic;
    vector f = (-a - n * 0.693359375f) - n * -2.12194440e-4f;
    vector p = broadcast(1.0f / 5040);
    p = p * f + 1.0f / 720;
    p = p * f + 1.0f / 120;
    p = p * f + 1.0f / 24;
    p = p * f + 1.0f / 6;
    p = p * f + 0.5f;
    p = p * f + 1.0f;
    p = p * f + 1.0f;
    return p * (vector)((__builtin_convertvector(n, integers) + 127) << 23);
}

/// log(1 + e) for e in 0...1, as 2 artanh(e / (2 + e)).
INLINE vector log1p_unit(vector e)
{
    vector s = e / (2.0f + e), q = s * s, p = broadcast(1.0f / 15);
    p = p * q + 1.0f / 13;
    p = p * q + 1.0f / 11;
    p = p * q + 1.0f / 9;
    p = p * q + 1.0f / 7;
    p = p * q + 1.0f / 5;
    p = p * q + 1.0f / 3;
    p = p * q + 1.0f;
    return 2.0f * s * p;
}

static double loss(const float *z, const float *labels, const float *weights,
                   struct neural_loss options, float *dz)
{
    double sum = 0;
    for (intptr_t r = 0; r < CHUNK; r += WIDTH) {
        intptr_t count = options.rows - r;
        count = count < 0 ? 0 : count > WIDTH ? WIDTH : count;
        vector score = load(z + r), label = load_first(labels + r, count);
        vector weight = load_first(weights ? weights + r : labels + r, count);
        if (!weights)
            for (intptr_t j = 0; j < count; j++)
                weight[j] = 1;
        vector magnitude = choose(score < 0.0f, -score, score);
        vector e = exp_minus(choose(magnitude > 87.0f, broadcast(87.0f), magnitude));
        vector larger = 1.0f / (1.0f + e), smaller = e * larger, log1p = log1p_unit(e);
        vector p = choose(score < 0.0f, smaller, larger);
        vector not_p = choose(score < 0.0f, larger, smaller);
        vector up = options.penalty * label * weight, down = (1.0f - label) * weight;
        vector each = up * (positive_part(-score) + log1p) + down * (positive_part(score) + log1p);
        store(dz + r, (down * p - up * not_p) * options.scale);
        for (intptr_t j = 0; j < count; j++)
            sum += each[j];
    }
    return sum;
}

// MARK: Backward

INLINE void inputs_tile(int rows, intptr_t out, const float *w, const float *dy, const float *x,
                        float scale, float *dx)
{
    vector acc[TILE_ROWS][2] = {{{0}}};
    accumulate(rows, 2, out, (struct factor){w, out, 1}, dy, CHUNK, acc);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < 2; v++) {
            intptr_t at = r * CHUNK + v * WIDTH;
            vector d = acc[r][v] * scale;
            store(dx + at, x ? choose(load(x + at) > 0.0f, d, (vector){0}) : d);
        }
}

static void backward_inputs(intptr_t in, intptr_t out, const float *w, const float *dy,
                            const float *x, float scale, float *dx)
{
    intptr_t tiles = (in + TILE_ROWS - 1) / TILE_ROWS;
    for (intptr_t v = 0; v < CHUNK; v += 2 * WIDTH)
        for (intptr_t tile = 0, i = 0; tile < tiles; tile++) {
            intptr_t end = tile_end(tile, tiles, in), at = i * CHUNK + v;
            switch (end - i) {
#define CALL(rows) inputs_tile(rows, out, w + i * out, dy + v, x ? x + at : x, scale, dx + at)
                EACH_HEIGHT(CALL)
#undef CALL
            }
            i = end;
        }
}

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

INLINE intptr_t round_up(intptr_t count) { return (count + 15) / 16 * 16; }

/// to[32][out rounded up to 16], the added columns zero.
INLINE void transpose_chunk(const float *from, intptr_t out, float *to)
{
    intptr_t stride = round_up(out);
    for (intptr_t o = 0; o < stride; o += 4)
        for (intptr_t r = 0; r < CHUNK; r += 4) {
            four rows[4];
            for (int k = 0; k < 4; k++)
                rows[k] = o + k < out ? *(const loose_four *)(from + (o + k) * CHUNK + r)
                                      : (four){0};
            transpose_4x4(rows[0], rows[1], rows[2], rows[3], to + r * stride + o, stride);
        }
}

INLINE void weights_tile(int rows, int vectors, intptr_t out, intptr_t columns, const float *x,
                         const float *transposed, float *dw, int accumulating)
{
    vector acc[TILE_ROWS][2] = {{{0}}};
    accumulate(rows, vectors, CHUNK, (struct factor){x, CHUNK, 1}, transposed, round_up(out), acc);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            float *to = dw + r * out + v * WIDTH;
            intptr_t count = columns - v * WIDTH;
            if (count >= WIDTH)
                store(to, accumulating ? load(to) + acc[r][v] : acc[r][v]);
            else
                store_first(to, accumulating ? load_first(to, count) + acc[r][v] : acc[r][v],
                            count);
        }
}

/// The sum of neighbouring lanes four apart.
INLINE four fold(vector v)
{
#if WIDTH == 16
    four low = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
    return low + (__builtin_shufflevector(v, v, 8, 9, 10, 11)
                  + __builtin_shufflevector(v, v, 12, 13, 14, 15));
#elif WIDTH == 8
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
    return v;
#endif
}

/// The sum over a chunk's rows of a * b, in lanes of four.
INLINE four chunk_product(const float *a, const float *b)
{
    vector sum = load(a) * load(b);
    for (intptr_t r = WIDTH; r < CHUNK; r += WIDTH)
        sum += load(a + r) * load(b + r);
    return fold(sum);
}

/// The weights of a single output: one dot product for each input.
INLINE void backward_single_weights(intptr_t in, const float *x, const float *dy, float *dw,
                                    int accumulating)
{
    for (intptr_t i = 0; i < in; i += 4) {
        float lanes[4][4];
        for (int k = 0; k < 4; k++)
            *(loose_four *)lanes[k] = i + k < in ? chunk_product(x + (i + k) * CHUNK, dy)
                                                 : (four){0};
        transpose_4x4(*(loose_four *)lanes[0], *(loose_four *)lanes[1], *(loose_four *)lanes[2],
                      *(loose_four *)lanes[3], lanes[0], 4);
        four sum = (*(loose_four *)lanes[0] + *(loose_four *)lanes[1])
                   + (*(loose_four *)lanes[2] + *(loose_four *)lanes[3]);
        for (int k = 0; k < 4 && i + k < in; k++)
            dw[i + k] = (accumulating ? dw[i + k] : 0) + sum[k];
    }
}

static void backward_weights(intptr_t in, intptr_t out, const float *x, const float *dy,
                             float *transposed, float *dw, float *db, int accumulate)
{
    static const float ones[CHUNK] = {ALL_ONES};
    transpose_chunk(dy, out, transposed);
    if (!accumulate)
        memset(db, 0, (size_t)out * sizeof(float));
    row_product(CHUNK, out, ones, transposed, round_up(out), db, db, 0);
    if (out == 1) {
        backward_single_weights(in, x, dy, dw, accumulate);
        return;
    }
    intptr_t tiles = (in + TILE_ROWS - 1) / TILE_ROWS;
    for (intptr_t o = 0; o < out; o += 2 * WIDTH) {
        intptr_t columns = out - o;
        int vectors = columns > WIDTH ? 2 : 1;
        for (intptr_t tile = 0, i = 0; tile < tiles; tile++) {
            intptr_t end = tile_end(tile, tiles, in);
            const float *a = x + i * CHUNK;
            float *to = dw + i * out + o;
            if (vectors == 2)
                switch (end - i) {
#define CALL(rows) weights_tile(rows, 2, out, columns, a, transposed + o, to, accumulate)
                    EACH_HEIGHT(CALL)
#undef CALL
                }
            else
                switch (end - i) {
#define CALL(rows) weights_tile(rows, 1, out, columns, a, transposed + o, to, accumulate)
                    EACH_HEIGHT(CALL)
#undef CALL
                }
            i = end;
        }
    }
}

// MARK: Rows, dropout, clipping, Adam

static void gather(const float *rows, intptr_t features, const int32_t *order, intptr_t count,
                   float *x)
{
    for (intptr_t r = 0; r < CHUNK; r += 4) {
        const float *from[4];
        int all = r + 4 <= count;
        for (int k = 0; k < 4; k++)
            from[k] = rows + (r + k < count ? (order ? order[r + k] : r + k) * features : 0);
        intptr_t i = 0;
        for (; all && i + 4 <= features; i += 4)
            transpose_4x4(*(const loose_four *)(from[0] + i), *(const loose_four *)(from[1] + i),
                          *(const loose_four *)(from[2] + i), *(const loose_four *)(from[3] + i),
                          x + i * CHUNK + r, CHUNK);
        for (; i < features; i++)
            for (int k = 0; k < 4; k++)
                x[i * CHUNK + r + k] = r + k < count ? from[k][i] : 0;
    }
}

/// A hash of the element's number ("lowbias32", Chris Wellons, public domain) against `drop`.
static void dropout(float *x, intptr_t count, uint32_t seed, uint32_t drop, float scale)
{
    naturals index;
    for (int j = 0; j < WIDTH; j++)
        index[j] = (uint32_t)j;
    for (intptr_t i = 0; i < count; i += WIDTH, index += WIDTH) {
        naturals h = index * 0x9e3779b9u + seed;
        h ^= h >> 16;
        h *= 0x7feb352du;
        h ^= h >> 15;
        h *= 0x846ca68bu;
        h ^= h >> 16;
        store(x + i, choose((integers)(h >= drop), load(x + i) * scale, (vector){0}));
    }
}

static float sum_of_squares(const float *x, intptr_t count)
{
    vector sum[4] = {{0}};
    intptr_t i = 0;
    for (; i + 4 * WIDTH <= count; i += 4 * WIDTH)
        for (int v = 0; v < 4; v++) {
            vector each = load(x + i + v * WIDTH);
            sum[v] += each * each;
        }
    vector all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    float total = 0;
    for (; i < count; i++)
        total += x[i] * x[i];
    for (int j = 0; j < WIDTH; j++)
        total += all[j];
    return total;
}

static void clip(float *x, intptr_t count, float limit)
{
    for (intptr_t i = 0; i < count; i++)
        x[i] = x[i] > limit ? limit : x[i] < -limit ? -limit : x[i];
}

static void scale(float *x, intptr_t count, float factor)
{
    for (intptr_t i = 0; i < count; i++)
        x[i] *= factor;
}

INLINE void adam_vector(float *w, float *m, float *v, const float *g, struct neural_adam o)
{
    vector gradient = load(g) * o.gradient_scale;
    vector first = load(m) * o.beta1 + gradient * (1 - o.beta1);
    vector second = load(v) * o.beta2 + gradient * gradient * (1 - o.beta2);
    vector root = __builtin_elementwise_sqrt(second);
    vector weight = load(w);
    store(m, first);
    store(v, second);
    store(w, weight - weight * o.decay - o.step_size * first / (root + o.epsilon));
}

/// The arrays are readable and writable up to `count` rounded up to 16.
static void adam(float *w, float *m, float *v, const float *g, intptr_t count,
                 struct neural_adam options)
{
    for (intptr_t i = 0; i < count; i += WIDTH)
        adam_vector(w + i, m + i, v + i, g + i, options);
}

static const struct neural_kernels table = {
    .gather = gather,
    .forward = forward,
    .forward_row = forward_row,
    .loss = loss,
    .backward_inputs = backward_inputs,
    .backward_weights = backward_weights,
    .dropout = dropout,
    .sum_of_squares = sum_of_squares,
    .clip = clip,
    .scale = scale,
    .adam = adam,
};
