pragma circom 2.2.3;

include "Range.circom";

/**
 * @title Within
 * @notice Holds exactly when from ≤ in ≤ to and both distances are below 2^n.
 * @param n bits of the distances, at most 252, so that their sum `to − from` cannot wrap around the field.
 * @input in the value.
 * @input from the lower bound, included.
 * @input to the upper bound, included.
 * @requires to − from < 2^n, checked by the contract for the window's dates; a wider range would refuse good values.
 */
template Within(n) {
    assert(n <= 252);

    signal input in;
    signal input from;
    signal input to;

    Range(n)(in - from);
    Range(n)(to - in);
}
