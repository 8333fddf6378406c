// Columns brought to mean 0 and deviation 1; 0 where a value is no number or its column does not vary.

INLINE vector standardized(vector value, vector mean, vector deviation, float limit)
{
    vector scaled = (value - mean) / deviation;
    scaled = choose(scaled < -limit, broadcast(-limit), scaled);
    scaled = choose(scaled > limit, broadcast(limit), scaled);
    integers known = (value - value == 0.0f) & (deviation > 0.0f);
    return choose(known, scaled, (vector){0});
}

static void standardize(float *rows, intptr_t count, intptr_t features, const float *means,
                        const float *deviations, float limit)
{
    for (float *row = rows; row < rows + count * features; row += features) {
        intptr_t i = 0;
        for (; i + WIDTH <= features; i += WIDTH)
            store(row + i, standardized(load(row + i), load(means + i), load(deviations + i), limit));
        intptr_t rest = features - i;
        if (rest > 0)
            store_first(row + i,
                        standardized(load_first(row + i, rest), load_first(means + i, rest),
                                     load_first(deviations + i, rest), limit),
                        rest);
    }
}
