// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {KeyId, ProgramId} from "../../../verifier-contracts/src/types/Ids.sol";
import {ProgramKind} from "../../../verifier-contracts/src/types/Programs.sol";
import {TestBase} from "./TestBase.sol";

/// @notice Real keys and proofs, made by scripts/generate/contractFixtures.ts.
abstract contract Fixtures is TestBase {
    struct Proven {
        ProgramId programId;
        KeyId keyId;
        uint32 stream;
        uint32 window;
        address beneficiary;
        uint256[] signals;
        bytes seal;
    }

    struct ProgramFixture {
        ProgramId programId;
        ProgramKind kind;
        uint32 batchSize;
        uint8 participants;
        uint8 depth;
        uint16 signalCount;
    }

    string private _json;

    function loadFixtures() internal {
        _json = vm.readFile("test/vectors/contracts.json");
    }

    function proven(string memory name) internal view returns (Proven memory) {
        return _proven(string.concat(".records.", name));
    }

    function nettingStep(string memory name) internal view returns (Proven memory) {
        return _proven(string.concat(".netting.", name));
    }

    function programFixture(string memory name) internal view returns (ProgramFixture memory) {
        string memory path = string.concat(".programs.", name);
        return ProgramFixture({
            programId: programIdOf(name),
            kind: ProgramKind(_uint(path, ".kind")),
            batchSize: uint32(_uint(path, ".batchSize")),
            participants: uint8(_uint(path, ".participants")),
            depth: uint8(_uint(path, ".depth")),
            signalCount: uint16(_uint(path, ".signalCount"))
        });
    }

    function programIdOf(string memory name) internal view returns (ProgramId) {
        return ProgramId.wrap(vm.parseJsonBytes32(_json, string.concat(".programs.", name, ".programId")));
    }

    function keyIdOf(string memory name) internal view returns (KeyId) {
        return KeyId.wrap(vm.parseJsonBytes32(_json, string.concat(".keys.", name, ".keyId")));
    }

    function keyBytes(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(_json, string.concat(".keys.", name, ".bytes"));
    }

    function keyWithoutPhase2() internal view returns (bytes memory) {
        return vm.parseJsonBytes(_json, ".keyWithoutPhase2");
    }

    /// @dev Another valid proof of the statement `plain`.
    function malleation(uint256 index) internal view returns (bytes memory seal) {
        return vm.parseJsonBytes(_json, string.concat(".malleations[", vm.toString(index), "].seal"));
    }

    function twistPointOutsideSubgroup() internal view returns (bytes memory) {
        return vm.parseJsonBytes(_json, ".twistPointOutsideSubgroup");
    }

    function fixtureAddress(string memory name) internal view returns (address) {
        return vm.parseJsonAddress(_json, string.concat(".addresses.", name));
    }

    function fixtureChainId() internal view returns (uint256) {
        return vm.parseJsonUint(_json, ".chainId");
    }

    function _proven(string memory path) private view returns (Proven memory) {
        return Proven({
            programId: programIdOf(vm.parseJsonString(_json, string.concat(path, ".program"))),
            keyId: keyIdOf(vm.parseJsonString(_json, string.concat(path, ".key"))),
            stream: uint32(_uint(path, ".stream")),
            window: uint32(_uint(path, ".window")),
            beneficiary: vm.parseJsonAddress(_json, string.concat(path, ".beneficiary")),
            signals: vm.parseJsonUintArray(_json, string.concat(path, ".signals")),
            seal: vm.parseJsonBytes(_json, string.concat(path, ".seal"))
        });
    }

    function _uint(string memory path, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, string.concat(path, field));
    }
}
