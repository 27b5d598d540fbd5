pragma circom 2.2.3;

include "Range.circom";

/**
 * @title Square
 * @notice Whoever proves this knows the square root x of y.
 * @input context for whom the proof is; contracts recompute it, so nobody else can use the proof.
 * @input y public: the square.
 * @input x private: its root, an integer below 2^64, so that x·x does not wrap around the field.
 * @requires the contract checks context and that y is below the field's order.
 */
template Square() {
    signal input context;
    signal input y;
    signal input x;

    signal contextSquare <== context * context;
    Range(64)(x);
    y === x * x;
}
