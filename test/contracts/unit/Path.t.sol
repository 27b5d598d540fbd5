// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

/// @notice The whole way of a window with real proofs: netted, disclosed, settled, compared, attested.
contract PathTest is SettlementStream {
    function test_path_fromProofsToAVerdict() public {
        runToClosed();
        disclose(nettingStep("disclosure"), netPositions());
        settlement.begin(1, 5);
        int256[] memory positions = netPositions();
        for (uint32 i = 0; i < 4; ++i) {
            if (positions[i] < 0) payIn(1, 5, i);
        }
        sealWindow(1, 5);
        compareWindow(1, 5);
        attestWindow(1, 5);
        assertEq(uint256(stateOf(1, 5)), uint256(WindowState.Reconciled));
        for (uint32 i = 0; i < 4; ++i) {
            assertEq(creditOf(i), positions[i] > 0 ? uint256(positions[i]) * UNIT : 0);
        }
        assertEq(cases.caseCount(), 0);
    }
}
