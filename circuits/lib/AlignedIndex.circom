pragma circom 2.2.3;

include "bitify.circom";

/**
 * @title AlignedIndex
 * @notice Holds exactly when `index` is a multiple of 2^height below 2^depth, and gives the way from there to the root.
 * @param height of the aligned subtrees.
 * @param depth of the tree, at most 32.
 * @input index of a subtree's first leaf.
 * @output turns[depth − height] the index's upper bits, lowest first.
 * @requires nothing of the caller.
 */
template AlignedIndex(height, depth) {
    assert(height <= depth && depth <= 32);

    signal input index;
    signal output {binary} turns[depth - height];

    signal bits[depth] <== Num2Bits(depth)(index);
    for (var i = 0; i < height; i++) {
        bits[i] === 0;
    }
    for (var i = height; i < depth; i++) {
        turns[i - height] <== bits[i];
    }
}
