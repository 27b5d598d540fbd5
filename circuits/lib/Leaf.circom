pragma circom 2.2.3;

include "poseidon.circom";

/**
 * @title Leaf
 * @notice The leaf of a slot: filled, the hash of its record at its index; empty, 0.
 * @input filled whether the slot holds a record.
 * @input index the slot's index in the tree.
 * @input terms the record's packed terms.
 * @input amount the record's amount.
 * @input reference the record's reference.
 * @input salt a fresh uniform field element that hides the rest.
 * @output out the leaf.
 * @requires terms < 2^136 and index < 2^32, so that their packing is unique and does not wrap around the field;
 *           amount < 2^64.
 */
template Leaf() {
    signal input {binary} filled;
    signal input index;
    signal input terms;
    signal input amount;
    signal input reference;
    signal input salt;
    signal output out;

    signal hash <== Poseidon(4)([terms + index * (1 << 136), amount, reference, salt]);
    out <== filled * hash;
}
