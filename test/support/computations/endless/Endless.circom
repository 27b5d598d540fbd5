pragma circom 2.2.3;

/**
 * @title Endless
 * @notice Calculating its witness takes x rounds: for tests of deadlines.
 * @input context for whom the proof is.
 * @input x private: how long it takes.
 * @requires nothing.
 */
template Endless() {
    signal input context;
    signal input x;

    signal contextSquare <== context * context;
    // HINT: pinned by the equation below.
    signal last <-- countTo(x);
    last === x;
}

function countTo(end) {
    var i = 0;
    while (i < end) {
        i++;
    }
    return i;
}
