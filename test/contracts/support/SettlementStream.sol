// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AttesterSet} from "../../../verifier-contracts/src/AttesterSet.sol";
import {CaseBook} from "../../../verifier-contracts/src/CaseBook.sol";
import {NettingLedger} from "../../../verifier-contracts/src/NettingLedger.sol";
import {ParticipantRegistry} from "../../../verifier-contracts/src/ParticipantRegistry.sol";
import {Reconciler} from "../../../verifier-contracts/src/Reconciler.sol";
import {Settlement} from "../../../verifier-contracts/src/Settlement.sol";
import {ISettlement} from "../../../verifier-contracts/src/interfaces/ISettlement.sol";
import {Movements} from "../../../verifier-contracts/src/libraries/Movements.sol";
import {Positions} from "../../../verifier-contracts/src/libraries/Positions.sol";
import {OverrideAction} from "../../../verifier-contracts/src/types/Cases.sol";
import {Attestation} from "../../../verifier-contracts/src/types/Numbers.sol";
import {Roles} from "../../../verifier-contracts/src/types/Roles.sol";
import {WindowState} from "../../../verifier-contracts/src/types/WindowState.sol";
import {NettingStream} from "./NettingStream.sol";
import {TestToken} from "./Tokens.sol";
import {HashSealVerifier} from "./Verifiers.sol";
import {Vm} from "./Vm.sol";

/// @notice Streams that settle: all contracts, four participants with accounts and money, three attesters of whom two
/// make a quorum. Windows are filled with any positions by seals of the tests' own proof system; `Path.t.sol` goes the
/// whole way with real proofs.
abstract contract SettlementStream is NettingStream {
    address internal constant OFFICER = address(0x0f);
    address internal constant APPROVER = address(0xa9);
    uint128 internal constant UNIT = 100;
    uint32 internal constant ACKNOWLEDGE = 2 days;
    uint32 internal constant PAY = 2 days;
    uint32 internal constant RECONCILE = 3 days;
    uint64 internal constant COMMIT = 1 days;
    uint256 internal constant KEY = 0xacc0;
    uint256 internal constant ATTESTER_KEY = 0xa77e;
    bytes32 internal constant CHECKPOINT = keccak256("checkpoint");
    bytes32 internal constant REPORT = keccak256("report");
    bytes32 internal constant POLICY = keccak256("policy");
    bytes32 internal constant REASON = keccak256("reason");

    ParticipantRegistry internal participants;
    Settlement internal settlement;
    AttesterSet internal attesters;
    Reconciler internal reconciler;
    HashSealVerifier internal seals;
    TestToken internal token;

    mapping(uint32 stream => mapping(uint32 window => Movements.Movement[])) private _movements;

    function setUp() public virtual override {
        super.setUp();
        participants = new ParticipantRegistry(address(manager), netting);
        settlement = new Settlement(address(manager), participants, cases);
        attesters = new AttesterSet(address(manager), cases);
        reconciler = new Reconciler(address(manager), settlement, attesters);
        seals = new HashSealVerifier();
        token = new TestToken(2);
        _allowAll();
        vm.startPrank(REGISTRAR);
        registry.registerVerifier("hash", seals);
        attesters.rotate(memberList(), 2);
        vm.stopPrank();
        prepareStream(1, IERC20(address(token)));
    }

    /// @dev Accounts, terms, policy and money for a stream that exists.
    function prepareStream(uint32 stream, IERC20 inToken) internal {
        vm.startPrank(REGISTRAR);
        settlement.configure(stream, inToken, UNIT, ACKNOWLEDGE, PAY);
        reconciler.activatePolicy(stream, 0, POLICY, 0, RECONCILE);
        for (uint32 i = 0; i < 4; ++i) {
            participants.register(stream, i, accountOf(i), 0);
        }
        vm.stopPrank();
        for (uint32 i = 0; i < 4; ++i) {
            TestToken(address(inToken)).mint(accountOf(i), type(uint128).max);
            vm.prank(accountOf(i));
            inToken.approve(address(settlement), type(uint256).max);
        }
    }

    /// @dev Participant 0 owes 70, participant 1 owes 30, participant 2 is owed 100, participant 3 nothing.
    function usualPositions() internal pure returns (int256[] memory positions) {
        positions = new int256[](4);
        (positions[0], positions[1], positions[2]) = (-70, -30, 100);
    }

    function openForADay(uint32 stream, uint32 window) internal {
        uint64 deadline = uint64(block.timestamp) + COMMIT;
        vm.prank(OPERATOR);
        netting.open(stream, window, DATE_FROM, DATE_TO, deadline);
    }

    /// @dev Opens, closes and discloses a window; its commit deadline is a day away.
    function disclosed(uint32 stream, uint32 window, int256[] memory positions) internal {
        openForADay(stream, window);
        close(stream, window);
        discloseAs(stream, window, positions);
    }

    function discloseAs(uint32 stream, uint32 window, int256[] memory positions) internal {
        uint256[] memory signals = new uint256[](2 + positions.length);
        signals[0] = netting.disclosureContextOf(stream, window, address(0));
        signals[1] = windowOf(stream, window).positions;
        for (uint256 i = 0; i < positions.length; ++i) {
            signals[2 + i] = Positions.toField(positions[i], i);
        }
        netting.disclose(stream, window, address(0), keyIdOf("disclosure"), positions, seals.sealOf(signals));
    }

    function begun(uint32 stream, uint32 window, int256[] memory positions) internal {
        disclosed(stream, window, positions);
        settlement.begin(stream, window);
    }

    function usualWindow() internal {
        begun(1, 5, usualPositions());
    }

    function payIn(uint32 stream, uint32 window, uint32 participant) internal {
        vm.recordLogs();
        vm.prank(accountOf(participant));
        settlement.payIn(stream, window, participant);
        _keepMovements(stream, window);
    }

    function sealWindow(uint32 stream, uint32 window) internal {
        vm.recordLogs();
        vm.prank(STRANGER);
        settlement.seal(stream, window);
        _keepMovements(stream, window);
    }

    function paidOut() internal {
        usualWindow();
        payIn(1, 5, 0);
        payIn(1, 5, 1);
        sealWindow(1, 5);
    }

    /// @dev Participant 1 did not pay.
    function refunded() internal {
        usualWindow();
        payIn(1, 5, 0);
        vm.warp(payDeadline(1, 5) + 1);
        sealWindow(1, 5);
    }

    function compareWindow(uint32 stream, uint32 window) internal {
        reconciler.compare(stream, window, movementsOf(stream, window));
    }

    function attestWindow(uint32 stream, uint32 window) internal {
        Attestation memory a = reconciler.attestationOf(stream, window, REPORT, CHECKPOINT, attesters.currentEpoch());
        (uint8[] memory signers, bytes[] memory signatures) = signaturesOf(a, 2);
        reconciler.attest(stream, window, REPORT, CHECKPOINT, a.epoch, memberList(), signers, signatures);
    }

    /// @dev Two people decide, and it takes effect.
    function decide(uint64 caseId, OverrideAction action, uint32 participant) internal {
        vm.prank(OFFICER);
        uint64 overrideId = cases.propose(caseId, action, participant, uint64(block.timestamp) + 1 days, REASON);
        vm.prank(APPROVER);
        cases.approve(overrideId);
        cases.execute(overrideId, caseId);
    }

    function movementsOf(uint32 stream, uint32 window) internal view returns (Movements.Movement[] memory) {
        return _movements[stream][window];
    }

    function settlingOf(uint32 stream, uint32 window) internal view returns (ISettlement.Settling memory) {
        return settlement.settlingOf(stream, window);
    }

    function stateOf(uint32 stream, uint32 window) internal view returns (WindowState) {
        return reconciler.stateOf(stream, window);
    }

    function acknowledgeDeadline(uint32 stream, uint32 window) internal view returns (uint64 deadline) {
        (deadline,) = settlement.deadlinesOf(stream, window);
    }

    function payDeadline(uint32 stream, uint32 window) internal view returns (uint64 deadline) {
        (, deadline) = settlement.deadlinesOf(stream, window);
    }

    function creditOf(uint32 participant) internal view returns (uint256) {
        return settlement.creditOf(IERC20(address(token)), accountOf(participant));
    }

    function accountOf(uint32 participant) internal pure returns (address) {
        return vm.addr(KEY + participant);
    }

    /// @dev The attesters in ascending order of their addresses.
    function memberList() internal pure returns (address[] memory members) {
        members = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            members[i] = vm.addr(attesterKey(uint8(i)));
        }
    }

    /// @dev The key of the attester at a place of `memberList`.
    function attesterKey(uint8 place) internal pure returns (uint256) {
        uint256[3] memory keys = [ATTESTER_KEY, ATTESTER_KEY + 1, ATTESTER_KEY + 2];
        for (uint256 i = 0; i < 2; ++i) {
            for (uint256 j = 0; j < 2; ++j) {
                if (vm.addr(keys[j]) > vm.addr(keys[j + 1])) (keys[j], keys[j + 1]) = (keys[j + 1], keys[j]);
            }
        }
        return keys[place];
    }

    /// @dev The first `count` attesters sign.
    function signaturesOf(Attestation memory attestation, uint256 count)
        internal
        view
        returns (uint8[] memory signers, bytes[] memory signatures)
    {
        bytes32 digest = attesters.digestOf(attestation);
        (signers, signatures) = (new uint8[](count), new bytes[](count));
        for (uint8 i = 0; i < count; ++i) {
            (signers[i], signatures[i]) = (i, signed(attesterKey(i), digest));
        }
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function setRole(address target, uint64 role, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev The three events of movements have the word at the same place, after payer or account and amount.
    function _keepMovements(uint32 stream, uint32 window) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics.length == 0 ? bytes32(0) : logs[i].topics[0];
            bool moves = topic == ISettlement.PaidIn.selector || topic == ISettlement.PaidOut.selector
                || topic == ISettlement.Refunded.selector;
            if (!moves || logs[i].emitter != address(settlement)) continue;
            (,, uint256 word,) = abi.decode(logs[i].data, (address, uint256, uint256, bytes32));
            _movements[stream][window].push(Movements.Movement(word, uint64(block.timestamp)));
        }
    }

    function _allowAll() private {
        vm.startPrank(ADMIN);
        setRole(address(participants), Roles.REGISTRAR, ParticipantRegistry.register.selector);
        setRole(address(settlement), Roles.REGISTRAR, Settlement.configure.selector);
        setRole(address(attesters), Roles.REGISTRAR, AttesterSet.rotate.selector);
        setRole(address(reconciler), Roles.REGISTRAR, Reconciler.activatePolicy.selector);
        setRole(address(cases), Roles.BOOKKEEPER, CaseBook.open.selector);
        setRole(address(cases), Roles.OFFICER, CaseBook.report.selector);
        setRole(address(cases), Roles.OFFICER, CaseBook.propose.selector);
        setRole(address(cases), Roles.APPROVER, CaseBook.approve.selector);
        setRole(address(cases), Roles.GUARDIAN, CaseBook.stop.selector);
        manager.grantRole(Roles.BOOKKEEPER, address(settlement), 0);
        manager.grantRole(Roles.BOOKKEEPER, address(attesters), 0);
        manager.grantRole(Roles.BOOKKEEPER, address(reconciler), 0);
        manager.grantRole(Roles.OFFICER, OFFICER, 0);
        manager.grantRole(Roles.APPROVER, APPROVER, 0);
        vm.stopPrank();
    }
}
