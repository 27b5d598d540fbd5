// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ProgramRegistry} from "../../../verifier-contracts/src/ProgramRegistry.sol";
import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {KeyId, ProgramId} from "../../../verifier-contracts/src/types/Ids.sol";
import {KeyClass} from "../../../verifier-contracts/src/types/Programs.sol";
import {Deployed} from "../support/Deployed.sol";
import {InvariantBase} from "../support/InvariantBase.sol";
import {StubbornVerifier} from "../support/Verifiers.sol";

/// @notice Adds and freezes programs, keys and verifiers in any order on any chain, good and bad ones.
contract ProgramRegistryHandler is Deployed {
    string[3] private _keyNames = ["square", "squareStandby", "twin"];
    string[2] private _programNames = ["square", "twin"];

    bool public thawed;
    bool public moved;
    bool public registeredUnsound;
    bool public usedFrozen;
    bool public developmentElsewhere;
    mapping(bytes32 thing => bool) private _frozen;
    mapping(bytes32 thing => bytes32) private _first;

    function addProgram(uint256 choice) external {
        ProgramFixture memory p = programFixture(_programNames[choice % 2]);
        vm.prank(REGISTRAR);
        try registry.registerProgram(p.programId, p.kind, p.batchSize, p.participants, p.depth, p.signalCount) {}
            catch {}
    }

    function addKey(uint256 program, uint256 key, bool ceremony) external {
        ProgramId programId = programIdOf(_programNames[program % 2]);
        bytes memory data = keyBytes(_keyNames[key % 3]);
        vm.prank(REGISTRAR);
        try registry.registerKey(programId, ceremony ? KeyClass.Ceremony : KeyClass.Development, data) {
            bool local = block.chainid == 31337 || block.chainid == 1337;
            developmentElsewhere = developmentElsewhere || !(ceremony || local);
        } catch {}
    }

    function addUnsoundKey(uint256 key, uint256 bit) external {
        bytes memory data = keyBytes(_keyNames[key % 3]);
        bit %= data.length * 8;
        data[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        vm.prank(REGISTRAR);
        try registry.registerKey(programIdOf("square"), KeyClass.Ceremony, data) {
            registeredUnsound = true;
        } catch {}
    }

    function addVerifier(bytes4 selector) external {
        StubbornVerifier other = new StubbornVerifier();
        vm.prank(REGISTRAR);
        try registry.registerVerifier(selector, other) {} catch {}
    }

    function freezeProgram(uint256 choice) external {
        if (choice % 8 > 1) return;
        ProgramId programId = programIdOf(_programNames[choice % 8]);
        vm.prank(GUARDIAN);
        try registry.freezeProgram(programId) {
            _frozen[ProgramId.unwrap(programId)] = true;
        } catch {}
    }

    function freezeKey(uint256 choice) external {
        KeyId keyId = keyIdOf(_keyNames[choice % 3]);
        vm.prank(GUARDIAN);
        try registry.freezeKey(keyId) {
            _frozen[KeyId.unwrap(keyId)] = true;
        } catch {}
    }

    function freezeVerifier(uint256 dice) external {
        if (dice % 8 != 0) return;
        bytes4 selector = verifier.SELECTOR();
        vm.prank(GUARDIAN);
        try registry.freezeVerifier(selector) {
            _frozen[bytes32(selector)] = true;
        } catch {}
    }

    function changeChain(uint256 choice) external {
        uint64[4] memory ids = [uint64(31337), 1337, 11155111, 1];
        vm.chainId(ids[choice % 4]);
    }

    function use(uint256 choice) external {
        string[3] memory names = ["plain", "plainStandby", "twin"];
        Proven memory p = proven(names[choice % 3]);
        try registry.verify(p.programId, p.keyId, p.signals, p.seal) {
            usedFrozen = usedFrozen || _frozen[ProgramId.unwrap(p.programId)] || _frozen[KeyId.unwrap(p.keyId)]
                || _frozen[bytes32(bytes4(p.seal))];
            (IProgramRegistry.Key memory key,) = registry.keyOf(p.keyId);
            bool local = block.chainid == 31337 || block.chainid == 1337;
            developmentElsewhere = developmentElsewhere || !(key.keyClass == KeyClass.Ceremony || local);
        } catch {}
    }

    /// @dev Looks at everything there is, and notes what changed that must not.
    function look() external {
        for (uint256 i = 0; i < 2; ++i) {
            ProgramId programId = programIdOf(_programNames[i]);
            IProgramRegistry.Program memory program = registry.programOf(programId);
            _note(ProgramId.unwrap(programId), program.frozen);
            program.frozen = false;
            if (program.signalCount != 0) _compare(ProgramId.unwrap(programId), keccak256(abi.encode(program)));
        }
        for (uint256 i = 0; i < 3; ++i) {
            KeyId keyId = keyIdOf(_keyNames[i]);
            (IProgramRegistry.Key memory key, ProgramId owner) = registry.keyOf(keyId);
            _note(KeyId.unwrap(keyId), key.frozen);
            key.frozen = false;
            if (key.blob != address(0)) _compare(KeyId.unwrap(keyId), keccak256(abi.encode(key, owner)));
        }
        IProgramRegistry.Route memory route = registry.routeOf(verifier.SELECTOR());
        _note(bytes32(verifier.SELECTOR()), route.frozen);
        moved = moved || address(route.verifier) != address(verifier);
    }

    function keyNames(uint256 i) external view returns (string memory) {
        return _keyNames[i];
    }

    function keyIdFor(string memory name) external view returns (KeyId) {
        return keyIdOf(name);
    }

    function theRegistry() external view returns (ProgramRegistry) {
        return registry;
    }

    function _note(bytes32 thing, bool frozen) private {
        thawed = thawed || (_frozen[thing] && !frozen);
    }

    function _compare(bytes32 thing, bytes32 value) private {
        if (_first[thing] == 0) _first[thing] = value;
        moved = moved || _first[thing] != value;
    }
}

contract ProgramRegistryInvariants is InvariantBase {
    ProgramRegistryHandler private handler;

    function setUp() public {
        handler = new ProgramRegistryHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = handler.addProgram.selector;
        selectors[1] = handler.addKey.selector;
        selectors[2] = handler.addUnsoundKey.selector;
        selectors[3] = handler.addVerifier.selector;
        selectors[4] = handler.freezeProgram.selector;
        selectors[5] = handler.freezeKey.selector;
        selectors[6] = handler.freezeVerifier.selector;
        selectors[7] = handler.changeChain.selector;
        selectors[8] = handler.use.selector;
        selectors[9] = handler.look.selector;
        _target(address(handler), selectors);
    }

    /// 1. What was added keeps its value for ever; only `frozen` changes, and only from false to true.
    function invariant_1_addedForEverFrozenForEver() public {
        handler.look();
        assertTrue(!handler.moved(), "nothing that was added changes");
        assertTrue(!handler.thawed(), "nothing thaws");
    }

    /// 2. A key's blob is a zero byte followed by bytes whose hash is its id.
    function invariant_2_blobsAreTheirKeys() public view {
        for (uint256 i = 0; i < 3; ++i) {
            KeyId keyId = handler.keyIdFor(handler.keyNames(i));
            (IProgramRegistry.Key memory key,) = handler.theRegistry().keyOf(keyId);
            if (key.blob == address(0)) continue;
            bytes memory code = key.blob.code;
            assertTrue(code[0] == 0x00, "the blob cannot be called");
            bytes memory data = new bytes(code.length - 1);
            for (uint256 j = 0; j < data.length; ++j) {
                data[j] = code[j + 1];
            }
            assertEq(keccak256(data), KeyId.unwrap(keyId));
        }
    }

    /// 3. No key is registered that KeyLint refuses.
    function invariant_3_noUnsoundKey() public view {
        assertTrue(!handler.registeredUnsound(), "no spoilt key is registered");
    }

    /// 4. Development keys are neither registered nor used on other chains.
    function invariant_4_developmentKeysStayLocal() public view {
        assertTrue(!handler.developmentElsewhere(), "no development key elsewhere");
    }

    /// 5. Nothing frozen is ever used.
    function invariant_5_nothingFrozenIsUsed() public view {
        assertTrue(!handler.usedFrozen(), "nothing frozen is used");
    }

    /// 6. The keys of a frozen program are frozen.
    function invariant_6_frozenProgramsHaveFrozenKeys() public view {
        for (uint256 i = 0; i < 3; ++i) {
            KeyId keyId = handler.keyIdFor(handler.keyNames(i));
            (IProgramRegistry.Key memory key, ProgramId owner) = handler.theRegistry().keyOf(keyId);
            bool programFrozen = handler.theRegistry().programOf(owner).frozen;
            assertTrue(key.frozen || !programFrozen, "a frozen program has frozen keys");
        }
    }
}
