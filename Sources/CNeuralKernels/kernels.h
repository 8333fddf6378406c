// The kernels for one instruction set: include with WIDTH and TILE_ROWS defined; leaves `table`.
//
// All three matrix products are one register tile, `accumulate`: rows times two vectors, with a
// scalar of one factor broadcast against a vector of the other. Every sum runs over its index in
// ascending order, one term after another, so a result depends on nothing but its own row.

#include "vectors.h"

#include "forward.h"
#include "loss.h"
#include "backward.h"
#include "optimiser.h"
#include "half.h"
#include "standardize.h"

static const struct neural_kernels table = {
    .widen = widen,
    .widen_rows = widen_rows,
    .standardize = standardize,
    .gather = gather,
    .forward = forward,
    .forward_row = forward_row,
    .loss = loss,
    .backward_inputs = backward_inputs,
    .backward_weights = backward_weights,
    .dropout = dropout,
    .sum_of_squares = sum_of_squares,
    .clip = clip,
    .adam = adam,
};
