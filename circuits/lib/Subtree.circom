pragma circom 2.2.3;

include "poseidon.circom";

/**
 * @title Subtree
 * @notice The root of the full binary tree over some leaves.
 * @param n the number of leaves, a power of two.
 * @input leaves[n] from left to right.
 * @output root their root; the leaf itself when n is 1.
 * @requires nothing of the caller.
 */
template Subtree(n) {
    assert(0 < n && (n & (n - 1)) == 0);

    signal input leaves[n];
    signal output root;

    // Heap order: node 1 is the root, the children of node i are 2i and 2i + 1, node 0 is not used.
    signal nodes[2 * n];
    nodes[0] <== 0;
    for (var i = 0; i < n; i++) {
        nodes[n + i] <== leaves[i];
    }
    for (var i = n - 1; i >= 1; i--) {
        nodes[i] <== Poseidon(2)([nodes[2 * i], nodes[2 * i + 1]]);
    }
    root <== nodes[1];
}
