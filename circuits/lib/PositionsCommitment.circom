pragma circom 2.2.3;

include "poseidon.circom";

/**
 * @title PositionsCommitment
 * @notice Commits to net positions: starting from the salt, each group of 15 positions (the last may be shorter) is
 *         hashed behind the digest so far. Group sizes follow from n, so commitments of one n are never ambiguous.
 * @param n the number of positions.
 * @input positions[n] as field elements.
 * @input salt a fresh uniform field element.
 * @output out the commitment.
 * @requires nothing of the caller.
 */
template PositionsCommitment(n) {
    assert(0 < n);
    var groupSize = 15;
    var groups = (n + groupSize - 1) \ groupSize;

    signal input positions[n];
    signal input salt;
    signal output out;

    signal digests[groups + 1];
    component hashes[groups];
    digests[0] <== salt;
    for (var k = 0; k < groups; k++) {
        var first = k * groupSize;
        var size = n - first < groupSize ? n - first : groupSize;
        hashes[k] = Poseidon(size + 1);
        hashes[k].inputs[0] <== digests[k];
        for (var j = 0; j < size; j++) {
            hashes[k].inputs[j + 1] <== positions[first + j];
        }
        digests[k + 1] <== hashes[k].out;
    }
    out <== digests[groups];
}
