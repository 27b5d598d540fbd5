// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CaseBook} from "../../../verifier-contracts/src/CaseBook.sol";
import {ComputeLedger} from "../../../verifier-contracts/src/ComputeLedger.sol";
import {Groth16Verifier} from "../../../verifier-contracts/src/Groth16Verifier.sol";
import {NettingLedger} from "../../../verifier-contracts/src/NettingLedger.sol";
import {ProgramRegistry} from "../../../verifier-contracts/src/ProgramRegistry.sol";
import {ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {KeyClass} from "../../../verifier-contracts/src/types/Programs.sol";
import {Roles} from "../../../verifier-contracts/src/types/Roles.sol";
import {Fixtures} from "./Fixtures.sol";

/// @notice All contracts, deployed and wired as in production, with each role held by somebody else. The ledgers lie
/// at the addresses that the fixtures' proofs are bound to.
abstract contract Deployed is Fixtures {
    address internal constant ADMIN = address(0xad);
    address internal constant REGISTRAR = address(0x4e);
    address internal constant GUARDIAN = address(0x9a);
    address internal constant OPERATOR = address(0x0b);
    address internal constant STRANGER = address(0x57);

    /// @dev The pairing of one proof costs 181,000; the cap leaves thirty per cent for chains that price it higher.
    uint256 internal constant GAS_CAP = 235_000;

    AccessManager internal manager;
    ProgramRegistry internal registry;
    Groth16Verifier internal verifier;
    ComputeLedger internal ledger;
    CaseBook internal cases;
    NettingLedger internal netting;

    function setUp() public virtual {
        loadFixtures();
        vm.chainId(fixtureChainId());
        vm.warp(1_000_000);
        vm.roll(100);
        _deploy();
        _assignRoles();
        _register();
    }

    function record(Proven memory p, uint64 sequence) internal returns (StatementId) {
        return ledger.record(p.programId, p.keyId, p.stream, p.window, p.beneficiary, sequence, p.signals, p.seal);
    }

    function registerProgram(string memory name) internal {
        ProgramFixture memory p = programFixture(name);
        vm.prank(REGISTRAR);
        registry.registerProgram(p.programId, p.kind, p.batchSize, p.participants, p.depth, p.signalCount);
    }

    function registerKey(string memory program, string memory key) internal {
        ProgramId programId = programIdOf(program);
        bytes memory data = keyBytes(key);
        vm.prank(REGISTRAR);
        registry.registerKey(programId, KeyClass.Development, data);
    }

    function _deploy() private {
        manager = new AccessManager(ADMIN);
        registry = new ProgramRegistry(address(manager), 0);
        verifier = new Groth16Verifier(GAS_CAP);
        ledger = ComputeLedger(fixtureAddress("computeLedger"));
        deployAt(address(ledger), abi.encodePacked(type(ComputeLedger).creationCode, abi.encode(registry)));
        cases = new CaseBook(address(manager));
        netting = NettingLedger(fixtureAddress("nettingLedger"));
        bytes memory arguments = abi.encode(manager, registry, cases);
        deployAt(address(netting), abi.encodePacked(type(NettingLedger).creationCode, arguments));
    }

    function _assignRoles() private {
        vm.startPrank(ADMIN);
        _allow(address(registry), Roles.REGISTRAR, ProgramRegistry.registerProgram.selector);
        _allow(address(registry), Roles.REGISTRAR, ProgramRegistry.registerKey.selector);
        _allow(address(registry), Roles.REGISTRAR, ProgramRegistry.registerVerifier.selector);
        _allow(address(registry), Roles.GUARDIAN, ProgramRegistry.freezeProgram.selector);
        _allow(address(registry), Roles.GUARDIAN, ProgramRegistry.freezeKey.selector);
        _allow(address(registry), Roles.GUARDIAN, ProgramRegistry.freezeVerifier.selector);
        _allow(address(netting), Roles.REGISTRAR, NettingLedger.createStream.selector);
        _allow(address(netting), Roles.REGISTRAR, NettingLedger.retire.selector);
        _allow(address(netting), Roles.REGISTRAR, NettingLedger.openFrom.selector);
        _allow(address(netting), Roles.OPERATOR, NettingLedger.open.selector);
        _allow(address(netting), Roles.OPERATOR, NettingLedger.advance.selector);
        _allow(address(netting), Roles.OPERATOR, NettingLedger.close.selector);
        manager.grantRole(Roles.REGISTRAR, REGISTRAR, 0);
        manager.grantRole(Roles.GUARDIAN, GUARDIAN, 0);
        manager.grantRole(Roles.OPERATOR, OPERATOR, 0);
        vm.stopPrank();
    }

    function _allow(address target, uint64 role, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    function _register() private {
        bytes4 selector = verifier.SELECTOR();
        vm.prank(REGISTRAR);
        registry.registerVerifier(selector, verifier);
        registerProgram("square");
        registerKey("square", "square");
    }
}
