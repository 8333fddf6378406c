// The penalised loss and its gradient, with an exponential and a logarithm of our own.

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
