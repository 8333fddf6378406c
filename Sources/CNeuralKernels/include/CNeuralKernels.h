// The arithmetic under `NeuralNet`: the same functions for three instruction sets, chosen at run time.
//
// Legend: a *chunk* is up to 32 rows, feature-major: `x[feature][32]`, rows beyond the last are zero.
// A layer has `in` inputs and `out` outputs, weights `w[in][out]` and biases `b[out]`, all tight.
// `d` before a name is the gradient of the loss with respect to it.
#ifndef C_NEURAL_KERNELS_H
#define C_NEURAL_KERNELS_H

#include <stdint.h>

enum { NEURAL_CHUNK_ROWS = 32 };

/// One Adam step's constants, with the bias corrections already folded in.
struct neural_adam {
    float beta1, beta2;
    float step_size;     // rate * sqrt(1 - beta2^t) / (1 - beta1^t)
    float epsilon;       // added to sqrt(v), v uncorrected
    float gradient_scale;
    float decay;         // rate * weight decay, taken off the weight itself
};

/// The loss of a chunk: w y softplus(-z) + (1 - y) softplus(z), each row times its own weight.
struct neural_loss {
    float penalty;
    float scale;         // 1 / rows of the batch
    intptr_t rows;       // rows of this chunk
};

struct neural_kernels {
    /// IEEE half precision to single, exactly.
    void (*widen)(const uint16_t *from, intptr_t count, float *to);
    /// The same for `count` rows of a row-major matrix of halves, in `order`; each result `stride` after the one before.
    /// Rows of which the order is random are fetched into the cache ahead.
    void (*widen_rows)(const uint16_t *rows, intptr_t width, const int32_t *order, intptr_t count,
                       float *to, intptr_t stride);
    /// Each of `count` rows: (x - mean) / deviation, within the limit; 0 where that is no number.
    void (*standardize)(float *rows, intptr_t count, intptr_t features, const float *means,
                        const float *deviations, float limit);
    /// x[features][32] from `count` rows of a row-major matrix; `order` may be NULL for 0, 1, 2, ...
    /// The `upcoming` rows of the order after these are fetched into the cache meanwhile.
    void (*gather)(const float *rows, intptr_t features, const int32_t *order, intptr_t count,
                   intptr_t upcoming, float *x);
    /// y = relu(x w + b), or without relu.
    void (*forward)(intptr_t in, intptr_t out, const float *w, const float *b, const float *x,
                    float *y, int relu);
    /// The same for one row: x[in], y[out]. Bit for bit what `forward` gives for that row.
    void (*forward_row)(intptr_t in, intptr_t out, const float *w, const float *b, const float *x,
                        float *y, int relu);
    /// Sum of the rows' losses; dz[32] of their mean over the batch. `weights` may be NULL.
    double (*loss)(const float *z, const float *labels, const float *weights,
                   struct neural_loss options, float *dz);
    /// dx = dy w^T where the activation x is above zero, else 0; times `scale` (dropout's).
    /// Where `x` is NULL, everywhere.
    void (*backward_inputs)(intptr_t in, intptr_t out, const float *w, const float *dy,
                            const float *x, float scale, float *dx);
    /// dw and db, stored or added. `transposed` is scratch of 32 * (out rounded up to 16).
    void (*backward_weights)(intptr_t in, intptr_t out, const float *x, const float *dy,
                             float *transposed, float *dw, float *db, int accumulate);
    /// Zeroes each value with probability `drop` / 2^32, multiplies the others by `scale`.
    void (*dropout)(float *x, intptr_t count, uint32_t seed, uint32_t drop, float scale);
    float (*sum_of_squares)(const float *x, intptr_t count);
    void (*clip)(float *x, intptr_t count, float limit);
    void (*adam)(float *w, float *m, float *v, const float *g, intptr_t count,
                 struct neural_adam options);
};

const struct neural_kernels *neural_kernels_portable(void);
/// NULL where this processor (or this build) has none.
const struct neural_kernels *neural_kernels_avx2(void);
const struct neural_kernels *neural_kernels_avx512(void);

/// Flushes denormals to zero and rounds to nearest on this thread; returns what was set before.
uint64_t neural_flush_denormals(void);
void neural_restore_floating_point(uint64_t before);

#endif
