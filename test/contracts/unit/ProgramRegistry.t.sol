// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ProgramRegistry} from "../../../verifier-contracts/src/ProgramRegistry.sol";
import {IProgramRegistry} from "../../../verifier-contracts/src/interfaces/IProgramRegistry.sol";
import {ISealVerifier} from "../../../verifier-contracts/src/interfaces/ISealVerifier.sol";
import {KeyLint} from "../../../verifier-contracts/src/libraries/KeyLint.sol";
import {KeyId, ProgramId} from "../../../verifier-contracts/src/types/Ids.sol";
import {KeyClass, ProgramKind} from "../../../verifier-contracts/src/types/Programs.sol";
import {Deployed} from "../support/Deployed.sol";
import {CredulousVerifier, ShortAnswer, StubbornVerifier} from "../support/Verifiers.sol";

contract ProgramRegistryTest is Deployed {
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    ProgramId private square;

    function setUp() public override {
        super.setUp();
        square = programIdOf("square");
    }

    function test_registerProgram_storesItsParameters() public {
        ProgramFixture memory p = programFixture("netting");
        vm.expectEmit(address(registry));
        emit IProgramRegistry.ProgramRegistered(p.programId, ProgramKind.Netting, 4, 4, 6, 9);
        registerProgram("netting");
        IProgramRegistry.Program memory stored = registry.programOf(p.programId);
        assertEq(uint256(stored.kind), uint256(ProgramKind.Netting));
        assertEq(stored.batchSize, 4);
        assertEq(stored.participants, 4);
        assertEq(stored.depth, 6);
        assertEq(stored.signalCount, 9);
    }

    function test_registerProgram_revertsWhenItExists() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.ProgramAlreadyRegistered.selector, square));
        registry.registerProgram(square, ProgramKind.Generic, 0, 0, 0, 2);
    }

    function test_registerProgram_acceptsTheSpecifiedShapes() public {
        _registerShape(ProgramKind.Generic, 0, 0, 0, 256);
        _registerShape(ProgramKind.Netting, 64, 16, 24, 9);
        _registerShape(ProgramKind.Netting, 1, 2, 0, 9);
        _registerShape(ProgramKind.Disclosure, 0, 31, 0, 33);
        _registerShape(ProgramKind.Append, 64, 0, 32, 7);
        _registerShape(ProgramKind.Reconciliation, 64, 0, 24, 12);
    }

    function test_registerProgram_revertsWhenParametersAreImpossible() public {
        _expectBadShape(ProgramKind.Generic, 0, 0, 0, 0);
        _expectBadShape(ProgramKind.Generic, 0, 0, 0, 257);
        _expectBadShape(ProgramKind.Generic, 4, 0, 0, 2);
        _expectBadShape(ProgramKind.Netting, 3, 4, 6, 9);
        _expectBadShape(ProgramKind.Netting, 0, 4, 6, 9);
        _expectBadShape(ProgramKind.Netting, 128, 4, 6, 9);
        _expectBadShape(ProgramKind.Netting, 4, 1, 6, 9);
        _expectBadShape(ProgramKind.Netting, 4, 32, 6, 9);
        _expectBadShape(ProgramKind.Netting, 4, 4, 33, 9);
        _expectBadShape(ProgramKind.Netting, 4, 4, 6, 8);
        _expectBadShape(ProgramKind.Disclosure, 0, 4, 0, 5);
        _expectBadShape(ProgramKind.Disclosure, 4, 4, 0, 6);
        _expectBadShape(ProgramKind.Append, 4, 4, 6, 7);
        _expectBadShape(ProgramKind.Append, 4, 0, 6, 9);
        _expectBadShape(ProgramKind.Reconciliation, 4, 0, 6, 7);
        vm.prank(REGISTRAR);
        vm.expectPartialRevert(IProgramRegistry.BadProgramParameters.selector);
        registry.registerProgram(ProgramId.wrap(0), ProgramKind.Generic, 0, 0, 0, 2);
    }

    function test_registerKey_storesItAsCode() public {
        (IProgramRegistry.Key memory key, ProgramId owner) = registry.keyOf(keyIdOf("square"));
        assertEq(ProgramId.unwrap(owner), ProgramId.unwrap(square));
        assertEq(bytes.concat(key.blob.code), bytes.concat(hex"00", keyBytes("square")));
        assertEq(uint256(key.keyClass), uint256(KeyClass.Development));
        (bool called,) = key.blob.call("");
        assertTrue(called, "the blob stops at its first byte");
    }

    function test_registerKey_revertsWhenProgramIsUnknown() public {
        bytes memory key = keyBytes("twin");
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.UnknownProgram.selector, programIdOf("twin")));
        registry.registerKey(programIdOf("twin"), KeyClass.Ceremony, key);
    }

    function test_registerKey_revertsWhenKeyExistsForAnyProgram() public {
        registerProgram("twin");
        KeyId keyId = keyIdOf("square");
        _expectKeyError(square, keyBytes("square"), _alreadyRegistered(keyId));
        _expectKeyError(programIdOf("twin"), keyBytes("square"), _alreadyRegistered(keyId));
    }

    function test_C12_revertsWhenKeyHasAnotherLength() public {
        bytes memory key = keyBytes("squareStandby");
        _expectKeyError(square, bytes.concat(key, hex"00"), _lengthMismatch(key.length + 1));
        _expectKeyError(square, _withoutLast(key, 64), _lengthMismatch(key.length - 64));
        _expectKeyError(square, bytes.concat(key, new bytes(64)), _lengthMismatch(key.length + 64));
        _expectKeyError(square, "", _lengthMismatch(0));
    }

    function test_C12_revertsWhenAPointIsMalformed() public {
        bytes memory key = keyBytes("squareStandby");
        for (uint256 word = 0; word < key.length / 32; ++word) {
            bytes memory reason = abi.encodeWithSelector(KeyLint.MalformedKeyPoint.selector, _pointOf(word));
            _expectKeyError(square, _withWord(key, word, Q), reason);
            _expectKeyError(square, _withWord(key, word, type(uint256).max), reason);
            _expectKeyError(square, _withWord(key, word, addmod(_word(key, word), 1, Q)), reason);
        }
    }

    function test_C12_revertsWhenAPointIsInfinity() public {
        bytes memory key = keyBytes("squareStandby");
        uint256[8] memory starts = [uint256(0), 64, 192, 320, 448, 512, 576, key.length];
        for (uint256 i = 0; i < 7; ++i) {
            bytes memory reason = abi.encodeWithSelector(KeyLint.MalformedKeyPoint.selector, i);
            _expectKeyError(square, _replace(key, starts[i], new bytes(starts[i + 1] - starts[i])), reason);
        }
    }

    function test_C12_revertsWhenAPointIsOutsideItsSubgroup() public {
        bytes memory key = keyBytes("squareStandby");
        bytes memory outside = twistPointOutsideSubgroup();
        for (uint256 start = 64; start < 448; start += 128) {
            bytes memory reason = abi.encodeWithSelector(KeyLint.KeyOutsideSubgroup.selector);
            _expectKeyError(square, _replace(key, start, outside), reason);
        }
    }

    function test_L17_revertsWhenKeyHasNoSecondPhase() public {
        bytes memory reason = abi.encodeWithSelector(KeyLint.KeyPointsCoincide.selector);
        _expectKeyError(square, keyWithoutPhase2(), reason);
    }

    function test_L18_revertsWhenDeltaIsMinusGamma() public {
        bytes memory key = keyBytes("squareStandby");
        bytes memory gamma = _slice(key, 192, 128);
        bytes memory negative = _withWord(_withWord(gamma, 2, Q - _word(gamma, 2)), 3, Q - _word(gamma, 3));
        bytes memory reason = abi.encodeWithSelector(KeyLint.KeyPointsCoincide.selector);
        _expectKeyError(square, _replace(key, 320, negative), reason);
        _expectKeyError(square, _replace(key, 64, negative), reason);
        _expectKeyError(square, _replace(key, 320, _slice(key, 64, 128)), reason);
    }

    function test_L18_revertsWhenASecretIsKnown() public {
        bytes memory key = keyBytes("squareStandby");
        bytes memory generator = _slice(key, 192, 128);
        // Another point has to stand in for gamma, which is the generator in keys of snarkjs.
        bytes memory moved = _replace(key, 192, _slice(keyBytes("square"), 320, 128));
        _expectKeyError(square, _replace(moved, 320, generator), _secretKnown(3));
        _expectKeyError(square, _replace(moved, 64, generator), _secretKnown(1));
        _expectKeyError(square, _replace(key, 0, abi.encode(uint256(1), uint256(2))), _secretKnown(0));
    }

    function test_L19_revertsWhenDevelopmentKeyMeetsAnotherChain() public {
        bytes memory key = keyBytes("squareStandby");
        vm.chainId(11155111);
        _expectKeyError(square, key, abi.encodeWithSelector(IProgramRegistry.DevelopmentKeyRefused.selector, 11155111));
        vm.prank(REGISTRAR);
        registry.registerKey(square, KeyClass.Ceremony, key);
        expectError(abi.encodeWithSelector(IProgramRegistry.DevelopmentKeyRefused.selector, 11155111));
        registry.requireUsable(square, keyIdOf("square"));
        registry.requireUsable(square, keyIdOf("squareStandby"));
    }

    function test_L19_namedTestnetTakesDevelopmentKeys() public {
        vm.chainId(11155111);
        ProgramRegistry other = new ProgramRegistry(address(manager), 11155111);
        vm.prank(ADMIN);
        other.registerProgram(square, ProgramKind.Generic, 0, 0, 0, 2);
        bytes memory key = keyBytes("square");
        vm.prank(ADMIN);
        other.registerKey(square, KeyClass.Development, key);
        other.requireUsable(square, keyIdOf("square"));
    }

    function test_L19_constructorRevertsForProductionChains() public {
        uint256[10] memory ids = [uint256(1), 10, 56, 100, 137, 324, 8453, 42161, 43114, 59144];
        for (uint256 i = 0; i < ids.length; ++i) {
            expectError(abi.encodeWithSelector(IProgramRegistry.ProductionChain.selector, ids[i]));
            new ProgramRegistry(address(manager), ids[i]);
        }
    }

    function test_C12_revertsWhenVerifierHasNoCode() public {
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.VerifierWithoutCode.selector, STRANGER));
        registry.registerVerifier(0x01020304, ISealVerifier(STRANGER));
    }

    function test_C13_revertsWhenVerifierAcceptsAnything() public {
        address[2] memory candidates = [address(new CredulousVerifier()), address(new ShortAnswer())];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(REGISTRAR);
            expectError(abi.encodeWithSelector(IProgramRegistry.VerifierAcceptsAnything.selector, candidates[i]));
            registry.registerVerifier(0x01020304, ISealVerifier(candidates[i]));
        }
    }

    function test_registerVerifier_neverReplaces() public {
        StubbornVerifier other = new StubbornVerifier();
        bytes4 selector = verifier.SELECTOR();
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.SelectorAlreadyRouted.selector, selector));
        registry.registerVerifier(selector, other);
        vm.prank(REGISTRAR);
        registry.registerVerifier(0x01020304, other);
        assertEq(address(registry.routeOf(0x01020304).verifier), address(other));
    }

    function test_C11_revertsWhenKeyIsUnknownOrFrozen() public {
        Proven memory p = proven("plain");
        KeyId unknown = KeyId.wrap(keccak256("unknown"));
        expectError(abi.encodeWithSelector(IProgramRegistry.UnknownKey.selector, unknown));
        registry.verify(square, unknown, p.signals, p.seal);

        vm.prank(GUARDIAN);
        registry.freezeKey(p.keyId);
        expectError(abi.encodeWithSelector(IProgramRegistry.FrozenKey.selector, p.keyId));
        registry.verify(square, p.keyId, p.signals, p.seal);
        // A frozen key is never reused: it can be registered neither again nor for another program.
        _expectKeyError(square, keyBytes("square"), _alreadyRegistered(p.keyId));
        vm.prank(GUARDIAN);
        expectError(abi.encodeWithSelector(IProgramRegistry.FrozenKey.selector, p.keyId));
        registry.freezeKey(p.keyId);
    }

    function test_C11_standbyKeyWorksWhenTheFirstIsFrozen() public {
        registerKey("square", "squareStandby");
        KeyId frozen = keyIdOf("square");
        vm.prank(GUARDIAN);
        registry.freezeKey(frozen);
        Proven memory p = proven("plainStandby");
        registry.verify(square, p.keyId, p.signals, p.seal);
    }

    function test_C11_revertsWhenProgramIsUnknownOrFrozen() public {
        Proven memory p = proven("plain");
        ProgramId unknown = ProgramId.wrap(keccak256("unknown"));
        expectError(abi.encodeWithSelector(IProgramRegistry.UnknownProgram.selector, unknown));
        registry.verify(unknown, p.keyId, p.signals, p.seal);

        vm.prank(GUARDIAN);
        registry.freezeProgram(square);
        bytes memory frozen = abi.encodeWithSelector(IProgramRegistry.FrozenProgram.selector, square);
        expectError(frozen);
        registry.verify(square, p.keyId, p.signals, p.seal);
        _expectKeyError(square, keyBytes("squareStandby"), frozen);
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.ProgramAlreadyRegistered.selector, square));
        registry.registerProgram(square, ProgramKind.Generic, 0, 0, 0, 2);
    }

    function test_freezeProgram_freezesItsKeys() public {
        registerKey("square", "squareStandby");
        vm.prank(GUARDIAN);
        registry.freezeProgram(square);
        string[2] memory names = ["square", "squareStandby"];
        for (uint256 i = 0; i < 2; ++i) {
            (IProgramRegistry.Key memory key,) = registry.keyOf(keyIdOf(names[i]));
            assertTrue(key.frozen, names[i]);
        }
    }

    function test_registerKey_revertsWhenProgramHasAllItsKeys() public {
        bytes memory key = keyBytes("square");
        uint256 max = registry.KEYS_MAX();
        // Any point of the curve will do for IC_1: the lint cannot know which one the circuit wants.
        for (uint256 i = 1; i < max; ++i) {
            _registerVariant(key, i);
        }
        (, bytes memory point) = address(7).staticcall(abi.encode(uint256(1), uint256(2), max + 5));
        _expectKeyError(
            square, _replace(key, 512, point), abi.encodeWithSelector(IProgramRegistry.TooManyKeys.selector, square)
        );
        uint256 before = gasleft();
        vm.prank(GUARDIAN);
        registry.freezeProgram(square);
        assertAtMost(before - gasleft(), 1_000_000);
    }

    function test_C11_revertsWhenSelectorIsUnknownOrFrozen() public {
        Proven memory p = proven("plain");
        bytes4 selector = verifier.SELECTOR();
        bytes memory seal = bytes.concat(p.seal);
        seal[0] = 0x00;
        expectError(abi.encodeWithSelector(IProgramRegistry.UnknownSelector.selector, bytes4(seal)));
        registry.verify(square, p.keyId, p.signals, seal);
        expectError(abi.encodeWithSelector(IProgramRegistry.SealWithoutSelector.selector, 3));
        registry.verify(square, p.keyId, p.signals, hex"c944b6");

        vm.prank(GUARDIAN);
        registry.freezeVerifier(selector);
        expectError(abi.encodeWithSelector(IProgramRegistry.FrozenVerifier.selector, selector));
        registry.verify(square, p.keyId, p.signals, p.seal);
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.SelectorAlreadyRouted.selector, selector));
        registry.registerVerifier(selector, verifier);
    }

    function test_C14_revertsWhenKeyIsOfAnotherProgram() public {
        registerProgram("twin");
        registerKey("twin", "twin");
        Proven memory p = proven("plain");
        KeyId twin = keyIdOf("twin");
        expectError(
            abi.encodeWithSelector(IProgramRegistry.KeyOfOtherProgram.selector, twin, square, programIdOf("twin"))
        );
        registry.verify(square, twin, p.signals, p.seal);
    }

    function _registerVariant(bytes memory key, uint256 scalar) private {
        (, bytes memory point) = address(7).staticcall(abi.encode(uint256(1), uint256(2), scalar + 5));
        vm.prank(REGISTRAR);
        registry.registerKey(square, KeyClass.Development, _replace(key, 512, point));
    }

    function _registerShape(ProgramKind kind, uint32 batchSize, uint8 participants, uint8 depth, uint16 count) private {
        ProgramId id = ProgramId.wrap(keccak256(abi.encode(kind, batchSize, participants, depth, count)));
        vm.prank(REGISTRAR);
        registry.registerProgram(id, kind, batchSize, participants, depth, count);
        assertEq(registry.requireProgram(id).signalCount, count);
    }

    function _expectBadShape(ProgramKind kind, uint32 batchSize, uint8 participants, uint8 depth, uint16 count)
        private
    {
        ProgramId id = ProgramId.wrap(keccak256("bad"));
        vm.prank(REGISTRAR);
        expectError(abi.encodeWithSelector(IProgramRegistry.BadProgramParameters.selector, id));
        registry.registerProgram(id, kind, batchSize, participants, depth, count);
    }

    function _expectKeyError(ProgramId programId, bytes memory key, bytes memory reason) private {
        vm.prank(REGISTRAR);
        vm.expectRevert(reason);
        registry.registerKey(programId, KeyClass.Development, key);
    }

    function _alreadyRegistered(KeyId keyId) private view returns (bytes memory) {
        return abi.encodeWithSelector(IProgramRegistry.KeyAlreadyRegistered.selector, keyId, square);
    }

    function _lengthMismatch(uint256 got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(KeyLint.KeyLengthMismatch.selector, 640, got);
    }

    function _secretKnown(uint256 point) private pure returns (bytes memory) {
        return abi.encodeWithSelector(KeyLint.KeySecretKnown.selector, point);
    }

    function _pointOf(uint256 word) private pure returns (uint256) {
        if (word < 2) return 0;
        if (word < 14) return 1 + (word - 2) / 4;
        return 4 + (word - 14) / 2;
    }

    function _word(bytes memory data, uint256 index) private pure returns (uint256) {
        return uint256(bytes32(_slice(data, 32 * index, 32)));
    }

    function _withWord(bytes memory data, uint256 index, uint256 value) private pure returns (bytes memory) {
        return _replace(data, 32 * index, abi.encode(value));
    }

    function _replace(bytes memory data, uint256 start, bytes memory part) private pure returns (bytes memory copy) {
        copy = bytes.concat(data);
        for (uint256 i = 0; i < part.length; ++i) {
            copy[start + i] = part[i];
        }
    }

    function _slice(bytes memory data, uint256 start, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[start + i];
        }
    }

    function _withoutLast(bytes memory data, uint256 length) private pure returns (bytes memory) {
        return _slice(data, 0, data.length - length);
    }
}
