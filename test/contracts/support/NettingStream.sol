// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INettingLedger} from "../../../verifier-contracts/src/interfaces/INettingLedger.sol";
import {KeyId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {Deployed} from "./Deployed.sol";

/// @notice The net streams that the fixtures' proofs are for: stream 1 with four participants, and stream 2, whose
/// program counts a batch as 32 slots, so that two batches fill its tree.
abstract contract NettingStream is Deployed {
    uint32 internal constant DATE_FROM = 8766;
    uint32 internal constant DATE_TO = 8796;
    uint32 internal constant ASSET = 3;
    uint64 internal constant DEADLINE = 2_000_000;

    function setUp() public virtual override {
        super.setUp();
        registerProgram("netting");
        registerKey("netting", "netting");
        registerProgram("disclosure");
        registerKey("disclosure", "disclosure");
        createStream(1, "netting");
    }

    function createStream(uint32 stream, string memory program) internal {
        vm.prank(REGISTRAR);
        netting.createStream(stream, ASSET, programIdOf(program), programIdOf("disclosure"));
    }

    function createCrowdedStream() internal {
        registerProgram("crowded");
        registerKey("crowded", "crowded");
        createStream(2, "crowded");
    }

    function open(uint32 stream, uint32 window) internal {
        vm.prank(OPERATOR);
        netting.open(stream, window, DATE_FROM, DATE_TO, DEADLINE);
    }

    function advance(Proven memory p) internal returns (StatementId) {
        return advanceFrom(p, uint64(p.signals[6]));
    }

    function advanceFrom(Proven memory p, uint64 expectedIndex) internal returns (StatementId) {
        vm.prank(OPERATOR);
        return netting.advance(
            p.stream, p.window, p.beneficiary, p.keyId, expectedIndex, p.signals[5], p.signals[8], 0, p.seal
        );
    }

    function close(uint32 stream, uint32 window) internal {
        vm.prank(OPERATOR);
        netting.close(stream, window, 0);
    }

    function disclose(Proven memory p, int256[] memory positions) internal returns (StatementId) {
        return netting.disclose(p.stream, p.window, p.beneficiary, p.keyId, positions, p.seal);
    }

    /// @dev What the transfers of the batches `first` and `second` come to.
    function netPositions() internal pure returns (int256[] memory positions) {
        int256 large = int256(uint256(type(uint64).max));
        positions = new int256[](4);
        positions[0] = -500 + 70 - 9;
        positions[1] = 500 - 200 - 35;
        positions[2] = 200 - large + 9;
        positions[3] = large - 70 + 35;
    }

    /// @dev Stream 1, window 5 with both batches, closed.
    function runToClosed() internal {
        open(1, 5);
        advance(nettingStep("first"));
        advance(nettingStep("second"));
        close(1, 5);
    }

    function windowOf(uint32 stream, uint32 window) internal view returns (INettingLedger.Window memory) {
        return netting.windowOf(stream, window);
    }
}
