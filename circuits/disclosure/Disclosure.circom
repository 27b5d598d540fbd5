pragma circom 2.2.3;

include "BalancedPositions.circom";
include "PositionsCommitment.circom";

/**
 * @title Disclosure
 * @notice Opens the commitment to a window's final net positions.
 * @param P the number of participants.
 * @input context for whom the proof is.
 * @input commitment public: to the positions, as the last batch of the window left it.
 * @input positions[P] public: what each participant is owed (positive) or owes (negative, −k as r − k).
 * @input salt private: the commitment's salt.
 * @requires the contract recomputes context, takes commitment from its storage, and checks that every public signal is
 *           below the field's order.
 */
template Disclosure(P) {
    assert(2 <= P && P <= 31);

    signal input context;
    signal input commitment;
    signal input positions[P];
    signal input salt;

    signal contextSquare <== context * context;
    BalancedPositions(P)(positions);
    signal opened <== PositionsCommitment(P)(positions, salt);
    commitment === opened;
}
