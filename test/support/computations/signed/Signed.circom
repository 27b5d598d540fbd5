pragma circom 2.2.3;

/**
 * @title Signed
 * @notice Shows numbers of both signs, arrays, and a name that Solidity has for itself: for tests.
 * @input context for whom the proof is.
 * @input change public: twice the secret; −k stands as r − k.
 * @input steps[2] public: the secret, and its opposite.
 * @input mapping[2][2] public: each the square of the secret.
 * @input secret private: a number of either sign.
 * @requires the contract checks context.
 */
template Signed() {
    signal input context;
    signal input change;
    signal input steps[2];
    signal input mapping[2][2];
    signal input secret;

    signal contextSquare <== context * context;
    signal square <== secret * secret;
    for (var i = 0; i < 2; i++) {
        for (var j = 0; j < 2; j++) {
            mapping[i][j] * (i + 2 * j + 1) === square * (i + 2 * j + 1);
        }
    }
    // Products keep the linear rules among the constraints.
    (change - 2 * secret) * (context + 1) === 0;
    (steps[0] - secret) * (context + 2) === 0;
    (steps[1] + secret) * (context + 3) === 0;
}
