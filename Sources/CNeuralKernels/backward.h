// The way back: from the outputs' gradients to those of the inputs and the weights.

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

/// The last one to four columns, for which a whole vector would be mostly waste.
INLINE void weights_edge_tile(int rows, intptr_t out, intptr_t columns, const float *x,
                              const float *transposed, float *dw, int accumulating)
{
    four acc[TILE_ROWS] = {{0}};
    for (intptr_t k = 0; k < CHUNK; k++) {
        four b = *(const loose_four *)(transposed + k * round_up(out));
        _Pragma("clang loop unroll(full)")
        for (int r = 0; r < rows; r++)
            acc[r] += x[r * CHUNK + k] * b;
    }
    for (int r = 0; r < rows; r++) {
        float *to = dw + r * out;
        if (columns == 4)
            *(loose_four *)to = (accumulating ? *(loose_four *)to : (four){0}) + acc[r];
        else
            for (intptr_t j = 0; j < columns; j++)
                to[j] = (accumulating ? to[j] : 0) + acc[r][j];
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

INLINE float lane_sum(four v) { return (v[0] + v[1]) + (v[2] + v[3]); }

/// The weights and the bias of a single output: dot products, without a transpose.
INLINE void backward_single(intptr_t in, const float *x, const float *dy, float *dw, float *db,
                            int accumulating)
{
    *db = (accumulating ? *db : 0) + lane_sum(chunk_product(ones, dy));
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
    if (out == 1) {
        backward_single(in, x, dy, dw, db, accumulate);
        return;
    }
    transpose_chunk(dy, out, transposed);
    if (!accumulate)
        memset(db, 0, (size_t)out * sizeof(float));
    row_product(CHUNK, out, ones, transposed, round_up(out), db, db, 0);
    intptr_t tiles = (in + TILE_ROWS - 1) / TILE_ROWS;
    for (intptr_t o = 0; o < out; o += 2 * WIDTH) {
        intptr_t columns = out - o;
        int vectors = columns > WIDTH ? 2 : 1;
        for (intptr_t tile = 0, i = 0; tile < tiles; tile++) {
            intptr_t end = tile_end(tile, tiles, in);
            const float *a = x + i * CHUNK;
            float *to = dw + i * out + o;
            if (columns <= 4)
                switch (end - i) {
#define CALL(rows) weights_edge_tile(rows, out, columns, a, transposed + o, to, accumulate)
                    EACH_HEIGHT(CALL)
#undef CALL
                }
            else if (vectors == 2)
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
