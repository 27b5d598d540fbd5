pragma circom 2.2.3;

/**
 * @title Quotient
 * @notice A division that the witness calculator does and the constraints check: for tests of what happens at zero.
 * @input context for whom the proof is.
 * @input dividend public.
 * @input divisor private.
 * @requires nothing; the rest is not bounded, so this proves little.
 */
template Quotient() {
    signal input context;
    signal input dividend;
    signal input divisor;

    signal contextSquare <== context * context;
    // HINT: pinned by the equation below.
    signal quotient <-- dividend \ divisor;
    // HINT: pinned by the equation below.
    signal rest <-- dividend % divisor;
    dividend === quotient * divisor + rest;
}
