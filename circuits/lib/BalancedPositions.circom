pragma circom 2.2.3;

include "Range.circom";

/**
 * @title BalancedPositions
 * @notice Holds exactly when every position lies in [−2^95, 2^95) and all of them sum to zero.
 * @param n the number of positions, at most 2^32: sums stay below 2^127, so nothing wraps around the field.
 * @input in[n] positions as field elements; the negative −k as r − k.
 * @requires nothing of the caller.
 */
template BalancedPositions(n) {
    assert(0 < n && n <= 1 << 32);

    signal input in[n];

    var sum = 0;
    for (var j = 0; j < n; j++) {
        Range(96)(in[j] + (1 << 95));
        sum += in[j];
    }
    sum === 0;
}
