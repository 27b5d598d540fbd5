pragma circom 2.2.3;

include "Determinant.circom";

/**
 * @title Small
 * @notice The least circuit with every kind of signal: for tests.
 * @param offset is added to y, so that two sizes are two circuits with equally many wires.
 * @input context for whom the proof is.
 * @input y public: x² + d + h + determinant(m) + offset.
 * @input x private: a root.
 * @input d private: a signed number.
 * @input h private: any element.
 * @input m private: a matrix.
 * @requires nothing.
 */
template Small(offset) {
    signal input context;
    signal input y;
    signal input x;
    signal input d;
    signal input h;
    signal input m[2][2];

    signal contextSquare <== context * context;
    component determinant = Determinant();
    determinant.m <== m;
    y === x * x + d + h + determinant.out + offset;
    log("the root is", x);
}
