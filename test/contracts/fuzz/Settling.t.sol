// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Edges} from "../../../verifier-contracts/src/libraries/Edges.sol";
import {Movements} from "../../../verifier-contracts/src/libraries/Movements.sol";
import {Numbers} from "../../../verifier-contracts/src/types/Numbers.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

contract SettlingFuzzTest is SettlementStream {
    using Edges for Edges.History;

    Edges.History private _history;

    /// @dev Whatever the positions: everybody who is owed gets exactly that, and nobody else anything.
    function testFuzz_R35_settledWindowsAddUp(uint32 a, uint32 b, uint32 c, bool signA, bool signB, bool signC) public {
        int256[] memory positions = new int256[](4);
        positions[0] = signA ? int256(uint256(a)) : -int256(uint256(a));
        positions[1] = signB ? int256(uint256(b)) : -int256(uint256(b));
        positions[2] = signC ? int256(uint256(c)) : -int256(uint256(c));
        positions[3] = -(positions[0] + positions[1] + positions[2]);
        begun(1, 5, positions);
        (uint256 count, uint256 sum) = (0, 0);
        for (uint32 i = 0; i < 4; ++i) {
            if (positions[i] < 0) payIn(1, 5, i);
            if (positions[i] != 0) ++count;
            sum += uint256(positions[i] < 0 ? -positions[i] : positions[i]);
        }
        sealWindow(1, 5);
        for (uint32 i = 0; i < 4; ++i) {
            assertEq(creditOf(i), positions[i] > 0 ? uint256(positions[i]) * UNIT : 0);
        }
        compareWindow(1, 5);
        Numbers memory n = reconciler.findingOf(1, 5).numbers;
        assertEq(n.matchedCount, count);
        assertEq(n.matchedSum, sum);
        assertEq(uint256(n.missingCount) + n.unexpectedCount, 0);
        assertEq(uint256(stateOf(1, 5)), uint256(WindowState.AwaitingQuorum));
    }

    /// @dev The parts of a word are what it was made of.
    function testFuzz_movements_wordHasItsParts(
        uint64 amount,
        uint32 date,
        uint32 asset,
        uint32 debtor,
        uint32 creditor
    ) public pure {
        uint256 word = Movements.word(amount, date, asset, debtor, creditor);
        (uint64 gotAmount, uint32 gotAsset, uint32 gotDebtor, uint32 gotCreditor) = Movements.parts(word);
        assertEq(gotAmount, amount);
        assertEq(gotAsset, asset);
        assertEq(gotDebtor, debtor);
        assertEq(gotCreditor, creditor);
        assertEq(uint256(uint32(word >> 64)), date);
        assertTrue(Movements.isProper(word), "schema 1");
        assertTrue(!Movements.isProper(word | 1 << 200), "nothing above the schema");
        assertTrue(!Movements.isProper(word ^ 1 << 192), "no other schema");
    }

    /// @dev The binary search against its linear twin.
    function testFuzz_edges_agreeWithALinearSearch(uint32[12] memory steps, uint32 window) public {
        uint32 from = 0;
        uint224 expected = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            from += steps[i] % 4;
            _history.set(from, uint224(i + 1));
        }
        window = window % 50;
        from = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            from += steps[i] % 4;
            if (from <= window) expected = uint224(i + 1);
        }
        assertEq(_history.valueIn(window), expected);
        assertEq(_history.last().value, steps.length);
    }
}
