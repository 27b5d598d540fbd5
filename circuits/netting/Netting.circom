pragma circom 2.2.3;

include "AlignedIndex.circom";
include "BalancedPositions.circom";
include "Leaf.circom";
include "NonZeroIf.circom";
include "OneHot.circom";
include "Path.circom";
include "PositionsCommitment.circom";
include "Prefix.circom";
include "Range.circom";
include "Subtree.circom";
include "Terms.circom";
include "Within.circom";
include "emptyRoot.circom";
include "log2.circom";

/**
 * @title Netting
 * @notice One batch of a window: up to N well-formed records fill the empty subtree at firstIndex, and the net positions
 *         move by exactly their amounts.
 * @param N slots of a batch, a power of two.
 * @param P participants.
 * @param depth of the window's tree.
 * @input context for whom the proof is.
 * @input asset, dateFrom, dateTo public: what the records are in, and the first and last day they may fall due.
 * @input oldRoot, newRoot public: the window's tree before and after.
 * @input firstIndex public: the first slot of the batch.
 * @input oldPositions, newPositions public: commitments to the net positions before and after.
 * @input used, debtor, creditor, amount, valueDate, reference, salt [N] private: the records; in an empty slot the
 *        parties are 0, the date is one of the window, and nothing in it counts.
 * @input siblings[depth − log2 N] private: of the batch's subtree, from the bottom up.
 * @input positions[P], oldSalt private: what opens oldPositions; newSalt, private: for newPositions.
 * @requires the contract recomputes context; takes asset, dates, oldRoot, firstIndex and oldPositions from its storage,
 *           where asset and dates are below 2^32 and 0 ≤ dateTo − dateFrom < 2^16; checks that every public signal is
 *           below the field's order. A window starts from the empty tree and from zero positions, so that fewer than
 *           2^24 records of less than 2^64 each move positions by less than 2^88: far from any wrap around the field.
 */
template Netting(N, P, depth) {
    assert(N == 1 << log2(N));
    assert(2 <= P && P <= 31);
    assert(log2(N) <= depth && depth <= 32);
    var height = log2(N);
    var levels = depth - height;

    signal input context;
    signal input asset;
    signal input dateFrom;
    signal input dateTo;
    signal input oldRoot;
    signal input newRoot;
    signal input firstIndex;
    signal input oldPositions;
    signal input newPositions;
    signal input used[N];
    signal input debtor[N];
    signal input creditor[N];
    signal input amount[N];
    signal input valueDate[N];
    signal input reference[N];
    signal input salt[N];
    signal input siblings[levels];
    signal input positions[P];
    signal input oldSalt;
    signal input newSalt;

    signal contextSquare <== context * context;

    // Records: each filled slot holds a well-formed one, and it moves its amount from its debtor to its creditor.
    signal {binary} filled[N] <== Prefix(N)(used);
    signal {binary} debtors[N][P];
    signal {binary} creditors[N][P];
    signal moves[N][P];
    signal terms[N];
    signal leaves[N];
    for (var i = 0; i < N; i++) {
        debtors[i] <== OneHot(P)(debtor[i], filled[i]);
        creditors[i] <== OneHot(P)(creditor[i], filled[i]);
        NonZeroIf()(debtor[i] - creditor[i], filled[i]);
        NonZeroIf()(amount[i], filled[i]);
        Range(64)(amount[i]);
        Within(16)(valueDate[i], dateFrom, dateTo);
        terms[i] <== Terms()(valueDate[i], asset, debtor[i], creditor[i]);
        leaves[i] <== Leaf()(filled[i], firstIndex + i, terms[i], amount[i], reference[i], salt[i]);
        for (var j = 0; j < P; j++) {
            moves[i][j] <== (creditors[i][j] - debtors[i][j]) * amount[i];
        }
    }

    // Tree: the same siblings lead from the empty subtree to the old root and from the filled one to the new.
    signal {binary} turns[levels] <== AlignedIndex(height, depth)(firstIndex);
    signal filledRoot <== Subtree(N)(leaves);
    signal rootBefore <== Path(levels)(emptyRoot(height), turns, siblings);
    signal rootAfter <== Path(levels)(filledRoot, turns, siblings);
    oldRoot === rootBefore;
    newRoot === rootAfter;

    // Positions: the old ones open their commitment and balance, and so do the new ones.
    signal after[P];
    var sumBefore = 0;
    for (var j = 0; j < P; j++) {
        var moved = positions[j];
        for (var i = 0; i < N; i++) {
            moved += moves[i][j];
        }
        after[j] <== moved;
        sumBefore += positions[j];
    }
    sumBefore === 0;
    BalancedPositions(P)(after);
    signal positionsBefore <== PositionsCommitment(P)(positions, oldSalt);
    signal positionsAfter <== PositionsCommitment(P)(after, newSalt);
    oldPositions === positionsBefore;
    newPositions === positionsAfter;
}
