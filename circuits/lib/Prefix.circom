pragma circom 2.2.3;

/**
 * @title Prefix
 * @notice Holds exactly when `in` is 1, …, 1, 0, …, 0 with at least one 1: filled slots without a hole, never none.
 * @param n the number of slots.
 * @input in[n] the values to be checked.
 * @output out[n] the same values, now known to be bits.
 * @requires nothing of the caller.
 */
template Prefix(n) {
    assert(0 < n);

    signal input in[n];
    signal output {binary} out[n];

    in[0] === 1;
    out[0] <== in[0];
    for (var i = 1; i < n; i++) {
        in[i] * (in[i] - 1) === 0;
        // A slot is filled only where the one before it is.
        in[i] * (1 - in[i - 1]) === 0;
        out[i] <== in[i];
    }
}
