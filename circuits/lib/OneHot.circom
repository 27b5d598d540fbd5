pragma circom 2.2.3;

/**
 * @title OneHot
 * @notice Enabled: out[value] = 1 and all others 0, which is possible only for 0 ≤ value < n. Not enabled: all of out
 *         is 0 and so is value.
 * @param n the number of choices; far below r, so that the sums below cannot wrap around the field.
 * @input value the choice.
 * @input enabled whether a choice is made.
 * @output out[n] the choice as bits.
 * @requires nothing of the caller: `enabled` comes with its tag.
 */
template OneHot(n) {
    assert(0 < n && n <= 256);

    signal input value;
    signal input {binary} enabled;
    signal output {binary} out[n];

    var ones = 0;
    var chosen = 0;
    for (var j = 0; j < n; j++) {
        // HINT: pinned by the bit constraint below it and, together, by `ones` and `chosen`.
        out[j] <-- (enabled == 1 && value == j) ? 1 : 0;
        out[j] * (out[j] - 1) === 0;
        ones += out[j];
        chosen += j * out[j];
    }
    ones === enabled;
    chosen === value;
}
