// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {INettingLedger} from "../../../verifier-contracts/src/interfaces/INettingLedger.sol";
import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";
import {Movements} from "../../../verifier-contracts/src/libraries/Movements.sol";
import {CaseReason, HaltScope, OverrideAction} from "../../../verifier-contracts/src/types/Cases.sol";
import {KeyId, ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {KeyClass, ProgramKind} from "../../../verifier-contracts/src/types/Programs.sol";
import {Roles} from "../../../verifier-contracts/src/types/Roles.sol";
import {SettlementStream} from "../support/SettlementStream.sol";

/// @notice Each role against each function: only the table's cells get past the access check.
contract RolesTest is SettlementStream {
    struct Row {
        address target;
        bytes call;
        /// Who may call it; zero for anyone.
        address holder;
    }

    function test_C17_onlyTheTablesCellsPass() public {
        Row[] memory rows = _table();
        address[8] memory callers =
            [ADMIN, REGISTRAR, GUARDIAN, OPERATOR, OFFICER, APPROVER, address(settlement), STRANGER];
        for (uint256 i = 0; i < rows.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                uint256 before = vm.snapshotState();
                bool wanted = rows[i].holder == address(0) || rows[i].holder == callers[j];
                assertTrue(_passes(rows[i], callers[j]) == wanted, string.concat("row ", vm.toString(i)));
                vm.revertToState(before);
            }
        }
    }

    function test_C19_guardianOnlyStops() public {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = netting.advance.selector;
        bytes[6] memory calls = [
            abi.encodeCall(manager.grantRole, (Roles.OPERATOR, GUARDIAN, 0)),
            abi.encodeCall(manager.revokeRole, (Roles.REGISTRAR, REGISTRAR)),
            abi.encodeCall(manager.setTargetFunctionRole, (address(netting), selectors, Roles.GUARDIAN)),
            abi.encodeCall(manager.setTargetClosed, (address(registry), false)),
            abi.encodeCall(manager.updateAuthority, (address(registry), GUARDIAN)),
            abi.encodeCall(manager.setRoleGuardian, (Roles.REGISTRAR, Roles.GUARDIAN))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(GUARDIAN);
            (bool done, bytes memory answer) = address(manager).call(calls[i]);
            assertTrue(!done, "the guardian changes no rights");
            assertEq(
                uint256(uint32(bytes4(answer))),
                uint256(uint32(IAccessManager.AccessManagerUnauthorizedAccount.selector))
            );
        }
        vm.prank(GUARDIAN);
        expectError(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GUARDIAN));
        registry.setAuthority(GUARDIAN);
    }

    function test_roles_delayedRegistrarHasToSchedule() public {
        vm.prank(ADMIN);
        manager.grantRole(Roles.REGISTRAR, STRANGER, 1 days);
        ProgramFixture memory p = programFixture("twin");
        bytes memory call = abi.encodeCall(
            registry.registerProgram, (p.programId, p.kind, p.batchSize, p.participants, p.depth, p.signalCount)
        );
        vm.prank(STRANGER);
        (bool done,) = address(registry).call(call);
        assertTrue(!done, "not before it is scheduled");
        vm.prank(STRANGER);
        manager.schedule(address(registry), call, uint48(block.timestamp + 1 days));
        vm.warp(block.timestamp + 1 days);
        vm.prank(STRANGER);
        manager.execute(address(registry), call);
        assertEq(registry.programOf(p.programId).signalCount, 2);
    }

    function _table() private view returns (Row[] memory rows) {
        Row[] memory proving = _provingRows();
        Row[] memory settling = _settlingRows();
        rows = new Row[](proving.length + settling.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            rows[i] = i < proving.length ? proving[i] : settling[i - proving.length];
        }
    }

    function _provingRows() private view returns (Row[] memory rows) {
        rows = new Row[](15);
        ProgramId square = programIdOf("square");
        address r = address(registry);
        address n = address(netting);
        address l = address(ledger);
        bytes memory key = keyBytes("squareStandby");
        rows[0] = Row(
            r,
            abi.encodeCall(registry.registerProgram, (ProgramId.wrap("p"), ProgramKind.Generic, 0, 0, 0, 2)),
            REGISTRAR
        );
        rows[1] = Row(r, abi.encodeCall(registry.registerKey, (square, KeyClass.Ceremony, key)), REGISTRAR);
        rows[2] = Row(r, abi.encodeCall(registry.registerVerifier, (0x01020304, ISealVerifier(verifier))), REGISTRAR);
        rows[3] = Row(r, abi.encodeCall(registry.freezeProgram, (square)), GUARDIAN);
        rows[4] = Row(r, abi.encodeCall(registry.freezeKey, (keyIdOf("square"))), GUARDIAN);
        rows[5] = Row(r, abi.encodeCall(registry.freezeVerifier, (verifier.SELECTOR())), GUARDIAN);
        rows[6] = Row(
            n,
            abi.encodeCall(netting.createStream, (9, 1, programIdOf("netting"), programIdOf("disclosure"))),
            REGISTRAR
        );
        rows[7] = Row(n, abi.encodeCall(netting.open, (1, 1, 1, 2, DEADLINE)), OPERATOR);
        rows[8] = Row(n, abi.encodeCall(netting.advance, (1, 1, STRANGER, KeyId.wrap(0), 0, 0, 0, 0, "")), OPERATOR);
        // Closing early is the operator's, and needs an open window to get as far as the check.
        rows[9] = Row(n, abi.encodeCall(netting.close, (1, 5, 0)), OPERATOR);
        rows[10] =
            Row(n, abi.encodeCall(netting.disclose, (1, 5, STRANGER, KeyId.wrap(0), new int256[](4), "")), address(0));
        rows[11] = Row(
            l,
            abi.encodeCall(ledger.record, (square, KeyId.wrap(0), 0, 0, STRANGER, 0, new uint256[](2), "")),
            address(0)
        );
        rows[12] = Row(l, abi.encodeCall(ledger.requireRecordedStatement, (square, StatementId.wrap(0), 0)), address(0));
        rows[13] = Row(n, abi.encodeCall(netting.retire, (1, INettingLedger(STRANGER))), REGISTRAR);
        rows[14] = Row(n, abi.encodeCall(netting.openFrom, (INettingLedger(n), 1)), REGISTRAR);
    }

    function _settlingRows() private view returns (Row[] memory rows) {
        rows = new Row[](20);
        address b = address(cases);
        address s = address(settlement);
        address r = address(reconciler);
        uint64 time = uint64(block.timestamp);
        Movements.Movement[] memory movements = new Movements.Movement[](0);
        rows[0] = Row(b, abi.encodeCall(cases.open, (1, 5, 0, CaseReason.Drift, HaltScope.None, 0)), s);
        rows[1] = Row(b, abi.encodeCall(cases.report, (1, 5, 0, 0)), OFFICER);
        rows[2] = Row(b, abi.encodeCall(cases.stop, (1, 0)), GUARDIAN);
        rows[3] = Row(b, abi.encodeCall(cases.propose, (1, OverrideAction.Resolve, 0, time, 0)), OFFICER);
        rows[4] = Row(b, abi.encodeCall(cases.approve, (1)), APPROVER);
        rows[5] = Row(b, abi.encodeCall(cases.execute, (1, 1)), address(0));
        rows[6] = Row(address(participants), abi.encodeCall(participants.register, (1, 0, STRANGER, 9)), REGISTRAR);
        rows[7] = Row(s, abi.encodeCall(settlement.configure, (1, IERC20(address(token)), 1, 1, 1)), REGISTRAR);
        rows[8] = Row(s, abi.encodeCall(settlement.begin, (1, 5)), address(0));
        rows[9] = Row(s, abi.encodeCall(settlement.acknowledge, (1, 5, 0, 0, "")), address(0));
        rows[10] = Row(s, abi.encodeCall(settlement.payIn, (1, 5, 0)), address(0));
        rows[11] = Row(s, abi.encodeCall(settlement.seal, (1, 5)), address(0));
        rows[12] = Row(s, abi.encodeCall(settlement.reportUnacknowledged, (1, 5, 0)), address(0));
        rows[13] = Row(s, abi.encodeCall(settlement.withdraw, (IERC20(address(token)), STRANGER)), address(0));
        rows[14] = Row(address(attesters), abi.encodeCall(attesters.rotate, (memberList(), 2)), REGISTRAR);
        rows[15] = Row(r, abi.encodeCall(reconciler.activatePolicy, (1, 9, POLICY, 0, 1)), REGISTRAR);
        rows[16] = Row(r, abi.encodeCall(reconciler.compare, (1, 5, movements)), address(0));
        rows[17] = Row(r, abi.encodeCall(reconciler.expire, (1, 5)), address(0));
        rows[18] = Row(r, abi.encodeCall(reconciler.reportQuorumMissing, (1, 5)), address(0));
        rows[19] = Row(
            r,
            abi.encodeCall(reconciler.attest, (1, 5, 0, 0, 1, memberList(), new uint8[](0), new bytes[](0))),
            address(0)
        );
    }

    function setUp() public override {
        super.setUp();
        open(1, 0);
        open(1, 5);
    }

    /// @dev Whether the call got past the access check: it either worked or failed for another reason.
    function _passes(Row memory row, address caller) private returns (bool) {
        vm.prank(caller);
        (bool done, bytes memory answer) = row.target.call(row.call);
        return done || answer.length < 4 || bytes4(answer) != IAccessManaged.AccessManagedUnauthorized.selector;
    }
}
