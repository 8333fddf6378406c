// The register tile under all three matrix products, and the way forward.

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
