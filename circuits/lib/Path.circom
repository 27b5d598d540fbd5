pragma circom 2.2.3;

include "poseidon.circom";

/**
 * @title Path
 * @notice The root above a node of a Merkle tree.
 * @param levels the number of levels between node and root; 0 makes the node the root.
 * @input node the node to start from.
 * @input turns[levels] from the bottom up: 0 where the way comes from the left child, 1 where it comes from the right.
 * @input siblings[levels] the other child on each level, from the bottom up.
 * @output root where the way ends.
 * @requires nothing of the caller: `turns` come with their tag.
 */
template Path(levels) {
    signal input node;
    signal input {binary} turns[levels];
    signal input siblings[levels];
    signal output root;

    signal digests[levels + 1];
    signal swaps[levels];
    digests[0] <== node;
    for (var i = 0; i < levels; i++) {
        // Zero on a left turn; on a right turn the difference that exchanges the two children.
        swaps[i] <== turns[i] * (siblings[i] - digests[i]);
        digests[i + 1] <== Poseidon(2)([digests[i] + swaps[i], siblings[i] - swaps[i]]);
    }
    root <== digests[levels];
}
