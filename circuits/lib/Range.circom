pragma circom 2.2.3;

include "bitify.circom";

/**
 * @title Range
 * @notice Holds exactly when 0 ≤ in < 2^n, with `in` taken as the canonical integer of its field element.
 * @param n bits, at most 253: 2^253 < r, so no second decomposition wraps around the field.
 * @input in the value; a negative integer −k stands for r − k and is refused, since it has 254 bits for small k.
 * @requires nothing of the caller.
 */
template Range(n) {
    assert(0 < n && n <= 253);

    signal input in;

    _ <== Num2Bits(n)(in);
}
