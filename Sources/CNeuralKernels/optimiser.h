// What surrounds the products: rows in, dropout, clipping, and Adam.

static void gather(const float *rows, intptr_t features, const int32_t *order, intptr_t count,
                   intptr_t upcoming, float *x)
{
    for (intptr_t r = count; order && r < count + upcoming; r++)
        for (intptr_t i = 0; i < features; i += 16)
            __builtin_prefetch(rows + order[r] * features + i, 0, 2);
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

/// Hashes each element's number and compares with `drop`; the mixer's constants are those Chris Wellons
/// found in his search for little bias ("lowbias32").
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
