pragma circom 2.2.3;

/**
 * @title Determinant
 * @notice Of a matrix of two rows and columns.
 * @input m the matrix.
 * @output out m₀₀·m₁₁ − m₀₁·m₁₀.
 * @requires nothing.
 */
template Determinant() {
    signal input m[2][2];
    signal output out;

    assert(m[0][0] != 999);
    signal diagonal <== m[0][0] * m[1][1];
    signal counter <== m[0][1] * m[1][0];
    out <== diagonal - counter;
}
