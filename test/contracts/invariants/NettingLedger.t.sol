// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INettingLedger} from "../../../verifier-contracts/src/interfaces/INettingLedger.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {InvariantBase} from "../support/InvariantBase.sol";
import {NettingStream} from "../support/NettingStream.sol";

/// @notice Opens, advances, closes and discloses the fixtures' windows in any order, with good proofs at good and bad
/// times, and watches that windows only ever move forward.
contract NettingLedgerHandler is NettingStream {
    string[5] private _steps = ["first", "rivalOfFirst", "second", "crowdedFirst", "crowdedLast"];
    uint32[3] private _streams = [1, 1, 2];
    uint32[3] private _windowIds = [5, 6, 1];

    /// What was last seen of each window, and how many proofs advanced it.
    INettingLedger.Window[3] private _last;
    uint256[3] private _proofs;
    bytes32[2] private _streamHashes;

    bool public movedBack;
    bool public changedAfterClose;
    bool public changedWithoutProof;
    bool public openedTwice;
    bool public streamChanged;

    function setUp() public override {
        super.setUp();
        createCrowdedStream();
        _streamHashes[0] = keccak256(abi.encode(_fixedPart(1)));
        _streamHashes[1] = keccak256(abi.encode(_fixedPart(2)));
    }

    function openWindow(uint256 choice) external {
        (uint32 stream, uint32 window) = _window(choice);
        bool existed = windowOf(stream, window).state != WindowState.None;
        vm.prank(OPERATOR);
        try netting.open(stream, window, DATE_FROM, DATE_TO, DEADLINE) {
            openedTwice = openedTwice || existed;
        } catch {}
        _look(type(uint256).max);
    }

    function advanceWindow(uint256 choice, bool stale) external {
        Proven memory p = nettingStep(_steps[choice % 5]);
        uint64 expected = stale ? uint64(p.signals[6]) + 4 : uint64(p.signals[6]);
        uint256 advanced = type(uint256).max;
        vm.prank(OPERATOR);
        try netting.advance(
            p.stream, p.window, p.beneficiary, p.keyId, expected, p.signals[5], p.signals[8], 0, p.seal
        ) {
            advanced = p.stream == 2 ? 2 : 0;
        } catch {}
        _look(advanced);
    }

    function closeWindow(uint256 choice, bool asOperator) external {
        (uint32 stream, uint32 window) = _window(choice);
        vm.prank(asOperator ? OPERATOR : STRANGER);
        try netting.close(stream, window, 0) {} catch {}
        _look(type(uint256).max);
    }

    function discloseWindow(bool empty, bool right) external {
        Proven memory p = nettingStep(empty ? "disclosureOfEmpty" : "disclosure");
        int256[] memory positions = empty ? new int256[](4) : netPositions();
        if (!right) positions[0] += 1;
        try netting.disclose(p.stream, p.window, p.beneficiary, p.keyId, positions, p.seal) {} catch {}
        _look(type(uint256).max);
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 400_000);
    }

    function checkWindow(uint256 i) external view {
        INettingLedger.Window memory w = windowOf(_streams[i], _windowIds[i]);
        INettingLedger.Stream memory s = netting.streamOf(_streams[i]);
        assertEq(w.next, _proofs[i] * s.batchSize);
        assertAtMost(w.next, uint256(1) << s.depth);
        int96[] memory positions = netting.positionsOf(_streams[i], _windowIds[i]);
        assertEq(positions.length, w.state == WindowState.Disclosed ? s.participants : 0);
        int256 sum = 0;
        for (uint256 j = 0; j < positions.length; ++j) {
            sum += positions[j];
            // The fixtures' windows have one answer each.
            assertEq(int256(positions[j]), _windowIds[i] == 5 ? netPositions()[j] : int256(0));
        }
        assertEq(sum, 0);
    }

    /// @dev Compares each window with what it was; `advanced` is the one that a proof has just moved.
    function _look(uint256 advanced) private {
        for (uint256 i = 0; i < 3; ++i) {
            INettingLedger.Window memory w = windowOf(_streams[i], _windowIds[i]);
            INettingLedger.Window memory was = _last[i];
            bool same = w.root == was.root && w.positions == was.positions && w.next == was.next;
            movedBack = movedBack || w.state < was.state || w.next < was.next;
            changedAfterClose = changedAfterClose || (was.state >= WindowState.Closed && !same);
            if (advanced == i) ++_proofs[i];
            else changedWithoutProof = changedWithoutProof || (was.state != WindowState.None && !same);
            _last[i] = w;
        }
        streamChanged = streamChanged || keccak256(abi.encode(_fixedPart(1))) != _streamHashes[0]
            || keccak256(abi.encode(_fixedPart(2))) != _streamHashes[1];
    }

    function _fixedPart(uint32 stream) private view returns (INettingLedger.Stream memory s) {
        s = netting.streamOf(stream);
        (s.windowLast, s.windowCount, s.windowsOpen) = (0, 0, 0);
    }

    function _window(uint256 choice) private view returns (uint32, uint32) {
        return (_streams[choice % 3], _windowIds[choice % 3]);
    }
}

contract NettingLedgerInvariants is InvariantBase {
    NettingLedgerHandler private handler;

    function setUp() public {
        handler = new NettingLedgerHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = handler.openWindow.selector;
        selectors[1] = handler.advanceWindow.selector;
        selectors[2] = handler.closeWindow.selector;
        selectors[3] = handler.discloseWindow.selector;
        selectors[4] = handler.wait.selector;
        _target(address(handler), selectors);
    }

    /// 1. Root and positions come from the opening constants or a proof; `next` is N times the number of proofs.
    /// 4. Disclosed positions are one per participant, sum to zero, and are what the commitment holds.
    function invariant_1_4_stateComesFromProofs() public view {
        assertTrue(!handler.changedWithoutProof(), "no change without a proof");
        for (uint256 i = 0; i < 3; ++i) {
            handler.checkWindow(i);
        }
    }

    /// 2. A window moves forward only, and is fixed once closed.
    function invariant_2_windowsMoveForward() public view {
        assertTrue(!handler.movedBack(), "no window moves back");
        assertTrue(!handler.changedAfterClose(), "a closed window is fixed");
    }

    /// 3. No window is opened twice.
    function invariant_3_noWindowOpensTwice() public view {
        assertTrue(!handler.openedTwice(), "no window opens twice");
    }

    /// 5. A stream's programs and parameters never change.
    function invariant_5_streamsAreFixed() public view {
        assertTrue(!handler.streamChanged(), "streams are fixed");
    }
}
