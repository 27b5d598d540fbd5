// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IReconciler} from "../../../verifier-contracts/src/interfaces/IReconciler.sol";
import {ISettlement} from "../../../verifier-contracts/src/interfaces/ISettlement.sol";
import {Movements} from "../../../verifier-contracts/src/libraries/Movements.sol";
import {HaltScope, OverrideAction} from "../../../verifier-contracts/src/types/Cases.sol";
import {Numbers} from "../../../verifier-contracts/src/types/Numbers.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {InvariantBase} from "../support/InvariantBase.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

/// @notice Takes windows of one stream through their lives in any order and at any time, while people stop and resume
/// it, and keeps books of its own about what came in and went out.
contract SettlementHandler is SettlementStream {
    uint32 private constant WINDOWS = 4;

    /// The handler's own books, in base units and counts.
    uint256 private _in;
    uint256 private _out;
    mapping(uint32 window => bytes32) private _sealedHash;
    mapping(uint32 window => bytes32) private _verdict;
    mapping(uint32 window => WindowState) private _state;
    mapping(uint64 caseId => bytes32) private _opened;

    bool public movedBack;
    bool public changedAfterSeal;
    bool public changedVerdict;
    bool public changedCase;
    bool public takenWhileHalted;
    bool public paidOutWithoutAll;
    uint256 public sealedCount;
    uint256 public overrideExecutions;

    function openWindow(uint256 choice, uint256 seed) external {
        uint32 window = _window(choice);
        vm.prank(OPERATOR);
        try netting.open(1, window, DATE_FROM, DATE_TO, uint64(block.timestamp) + COMMIT) {
            takenWhileHalted = takenWhileHalted || cases.streamHaltsOf(1) != 0;
            close(1, window);
            discloseAs(1, window, _positionsFrom(seed));
        } catch {}
        _look();
    }

    function beginWindow(uint256 choice) external {
        try settlement.begin(1, _window(choice)) {
            takenWhileHalted = takenWhileHalted || cases.streamHaltsOf(1) != 0;
        } catch {}
        _look();
    }

    function pay(uint256 choice, uint256 participant) external {
        uint32 window = _window(choice);
        uint32 who = uint32(participant % 4);
        uint256 before = token.balanceOf(address(settlement));
        vm.recordLogs();
        vm.prank(accountOf(who));
        try settlement.payIn(1, window, who) {
            takenWhileHalted = takenWhileHalted || cases.streamHaltsOf(1) != 0;
            _in += token.balanceOf(address(settlement)) - before;
        } catch {}
        _keepMovements(1, window);
        _look();
    }

    function sealSome(uint256 choice) external {
        uint32 window = _window(choice);
        vm.recordLogs();
        try settlement.seal(1, window) {
            ++sealedCount;
        } catch {}
        _keepMovements(1, window);
        _look();
    }

    function compareSome(uint256 choice) external {
        uint32 window = _window(choice);
        try reconciler.compare(1, window, movementsOf(1, window)) {} catch {}
        _look();
    }

    function attestSome(uint256 choice) external {
        uint32 window = _window(choice);
        if (stateOf(1, window) == WindowState.AwaitingQuorum) attestWindow(1, window);
        _look();
    }

    function expireSome(uint256 choice) external {
        uint32 window = _window(choice);
        vm.recordLogs();
        try reconciler.expire(1, window) {} catch {}
        _keepMovements(1, window);
        _look();
    }

    function withdrawSome(uint256 participant) external {
        uint32 who = uint32(participant % 4);
        uint256 before = token.balanceOf(address(settlement));
        vm.prank(accountOf(who));
        try settlement.withdraw(token, accountOf(who)) {
            _out += before - token.balanceOf(address(settlement));
        } catch {}
        _look();
    }

    function stopStream() external {
        vm.prank(GUARDIAN);
        cases.stop(1, REASON);
        _look();
    }

    function decideCase(uint256 choice, uint256 action, uint256 participant) external {
        uint64 count = cases.caseCount();
        if (count == 0) return;
        uint64 caseId = uint64(1 + choice % count);
        vm.prank(OFFICER);
        try cases.propose(
            caseId, OverrideAction(1 + action % 3), uint32(participant % 4), uint64(block.timestamp), REASON
        ) returns (
            uint64 overrideId
        ) {
            vm.prank(APPROVER);
            cases.approve(overrideId);
            try cases.execute(overrideId, caseId) {
                ++overrideExecutions;
            } catch {}
        } catch {}
        _look();
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 3 days);
    }

    /// @dev What the contract owes, summed up from its books by participant and window.
    function checkLiabilities() external view {
        uint256 owed = 0;
        for (uint32 i = 0; i < 4; ++i) {
            owed += creditOf(i);
        }
        for (uint32 window = 1; window <= WINDOWS; ++window) {
            ISettlement.Settling memory s = settlingOf(1, window);
            if (s.phase != ISettlement.Phase.PayIn) continue;
            int96[] memory positions = netting.positionsOf(1, window);
            for (uint32 i = 0; i < 4; ++i) {
                if (s.paid & (1 << i) != 0) owed += uint256(uint96(-positions[i])) * UNIT;
            }
        }
        assertEq(settlement.liabilitiesOf(token), owed);
        assertEq(_in - _out, owed);
        assertEq(token.balanceOf(address(settlement)), owed);
        assertEq(settlement.shortfallOf(token), 0);
    }

    /// @dev What a window took is what it gave, and its chain is the one over what the events told.
    function checkMovements() external view {
        for (uint32 window = 1; window <= WINDOWS; ++window) {
            ISettlement.Settling memory s = settlingOf(1, window);
            Movements.Movement[] memory movements = movementsOf(1, window);
            assertEq(movements.length, s.count);
            if (s.phase == ISettlement.Phase.None) continue;
            bytes32 head = Movements.genesis(address(settlement), 1, window);
            int256 held = 0;
            for (uint256 i = 0; i < movements.length; ++i) {
                head = Movements.append(head, movements[i].word, movements[i].paidAt);
                (uint64 amount,, uint32 debtor,) = Movements.parts(movements[i].word);
                held += debtor == type(uint32).max ? -int256(uint256(amount)) : int256(uint256(amount));
            }
            assertEq(head, s.settlementHash);
            if (s.phase != ISettlement.Phase.PayIn) assertEq(held, int256(0));
        }
    }

    /// @dev Matched and missing are all that was promised, and drift has halted.
    function checkFindings() external view {
        for (uint32 window = 1; window <= WINDOWS; ++window) {
            IReconciler.Finding memory f = reconciler.findingOf(1, window);
            if (f.state == WindowState.None) continue;
            (uint256 count, uint256 sum) = (0, 0);
            int96[] memory positions = netting.positionsOf(1, window);
            for (uint256 i = 0; i < positions.length; ++i) {
                if (positions[i] != 0) ++count;
                sum += uint256(uint96(positions[i] < 0 ? -positions[i] : positions[i]));
            }
            Numbers memory n = f.numbers;
            assertEq(uint256(n.matchedCount) + n.missingCount, count);
            assertEq(uint256(n.matchedSum) + n.missingSum, sum);
            assertEq(uint256(n.unexpectedCount) + n.unexpectedSum, 0);
            assertTrue(n.missingSum == 0 || _haltedFor(window), "drift has opened a case that halts");
            assertTrue((f.state == WindowState.Reconciled) == (f.epoch != 0), "a verdict has its quorum");
        }
    }

    /// @dev The counts are the open cases that hold, and every halt has one.
    function checkCases() external view {
        uint256 stream = 0;
        uint256[4] memory byParticipant;
        for (uint64 i = 1; i <= cases.caseCount(); ++i) {
            HaltScope holds = cases.caseOf(i).holds;
            assertTrue(!cases.caseOf(i).resolved || holds == HaltScope.None, "a resolved case holds nothing");
            if (holds == HaltScope.Stream) ++stream;
            if (holds == HaltScope.Participant) ++byParticipant[cases.caseOf(i).heldParticipant];
        }
        assertEq(cases.streamHaltsOf(1), stream);
        for (uint32 i = 0; i < 4; ++i) {
            assertEq(cases.participantHaltsOf(1, i), byParticipant[i]);
        }
        uint256 executed = 0;
        for (uint64 i = 1; i <= cases.overrideCount(); ++i) {
            if (cases.overrideOf(i).executed) ++executed;
        }
        assertEq(executed, overrideExecutions);
    }

    function _haltedFor(uint32 window) private view returns (bool) {
        for (uint64 i = 1; i <= cases.caseCount(); ++i) {
            if (cases.caseOf(i).window == window && cases.caseOf(i).scope == HaltScope.Stream) return true;
        }
        return false;
    }

    /// @dev Compares everything with what it was.
    function _look() private {
        for (uint32 window = 1; window <= WINDOWS; ++window) {
            WindowState state = stateOf(1, window);
            movedBack = movedBack || state < _state[window];
            _state[window] = state;
            ISettlement.Settling memory s = settlingOf(1, window);
            if (s.phase > ISettlement.Phase.PayIn) {
                bytes32 now_ = keccak256(abi.encode(s));
                changedAfterSeal = changedAfterSeal || (_sealedHash[window] != 0 && _sealedHash[window] != now_);
                _sealedHash[window] = now_;
            }
            paidOutWithoutAll = paidOutWithoutAll || (s.phase == ISettlement.Phase.PaidOut && s.paid != s.debtors);
            _lookAtVerdict(window);
        }
        _lookAtCases();
    }

    function _lookAtVerdict(uint32 window) private {
        IReconciler.Finding memory f = reconciler.findingOf(1, window);
        if (f.state < WindowState.Reconciled) return;
        bytes32 verdict = keccak256(abi.encode(f));
        changedVerdict = changedVerdict || (_verdict[window] != 0 && _verdict[window] != verdict);
        _verdict[window] = verdict;
    }

    function _lookAtCases() private {
        for (uint64 i = 1; i <= cases.caseCount(); ++i) {
            (uint32 stream, bytes32 evidence) = (cases.caseOf(i).stream, cases.caseOf(i).evidence);
            bytes32 opened = keccak256(
                abi.encode(stream, cases.caseOf(i).window, cases.caseOf(i).reason, cases.caseOf(i).scope, evidence)
            );
            changedCase = changedCase || (_opened[i] != 0 && _opened[i] != opened);
            _opened[i] = opened;
        }
    }

    function _positionsFrom(uint256 seed) private pure returns (int256[] memory positions) {
        positions = new int256[](4);
        for (uint256 i = 0; i < 3; ++i) {
            positions[i] = int256(uint256(uint16(seed >> 16 * i))) - 32_768;
            positions[3] -= positions[i];
        }
    }

    function _window(uint256 choice) private pure returns (uint32) {
        return 1 + uint32(choice % WINDOWS);
    }
}

contract SettlementInvariants is InvariantBase {
    SettlementHandler private handler;

    function setUp() public {
        handler = new SettlementHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = handler.openWindow.selector;
        selectors[1] = handler.beginWindow.selector;
        selectors[2] = handler.pay.selector;
        selectors[3] = handler.sealSome.selector;
        selectors[4] = handler.compareSome.selector;
        selectors[5] = handler.attestSome.selector;
        selectors[6] = handler.expireSome.selector;
        selectors[7] = handler.withdrawSome.selector;
        selectors[8] = handler.stopStream.selector;
        selectors[9] = handler.decideCase.selector;
        selectors[10] = handler.wait.selector;
        _target(address(handler), selectors);
    }

    /// Settlement 1, 2. Liabilities are credits and pay-ins in hand, and the balance covers them.
    function invariant_settlement_1_2_owesWhatItHolds() public view {
        handler.checkLiabilities();
    }

    /// Settlement 3. Windows move forward, and nothing is paid out before all are in.
    function invariant_settlement_3_movesForward() public view {
        assertTrue(!handler.movedBack(), "no window moves back");
        assertTrue(!handler.paidOutWithoutAll(), "payouts wait for all");
    }

    /// Settlement 4, 5. A sealed window gave what it took; hash and count are those of its movements, and fixed.
    function invariant_settlement_4_5_movementsAddUp() public view {
        handler.checkMovements();
        assertTrue(!handler.changedAfterSeal(), "a sealed settlement is fixed");
    }

    /// Reconciler 1, 2, 4. Totals are all that was promised; verdicts have their quorum; drift has halted.
    function invariant_reconciler_1_2_4_findingsAddUp() public view {
        handler.checkFindings();
    }

    /// Reconciler 3. Verdicts never change.
    function invariant_reconciler_3_verdictsStay() public view {
        assertTrue(!handler.changedVerdict(), "a verdict is final");
    }

    /// CaseBook 1, 3, 4. Halts are the open cases that hold; executed overrides took effect once.
    function invariant_cases_1_3_4_haltsAreOpenCases() public view {
        handler.checkCases();
    }

    /// CaseBook 2. What a case was opened for never changes.
    function invariant_cases_2_openingsStay() public view {
        assertTrue(!handler.changedCase(), "a case stays what it was opened for");
    }

    /// A halted stream takes nothing.
    function invariant_haltsStopWhatTakes() public view {
        assertTrue(!handler.takenWhileHalted(), "nothing is taken while halted");
    }
}
