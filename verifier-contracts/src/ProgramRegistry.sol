// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IProgramRegistry} from "./interfaces/IProgramRegistry.sol";
import {ISealVerifier} from "./interfaces/ISealVerifier.sol";
import {Groth16} from "./libraries/Groth16.sol";
import {KeyLint} from "./libraries/KeyLint.sol";
import {KeyId, ProgramId} from "./types/Ids.sol";
import {KeyClass, ProgramKind} from "./types/Programs.sol";

/// @title Registry of programs, their keys and the verifiers of proof systems
/// @notice See IProgramRegistry.
///
/// Invariants
/// 1. What was added keeps its value for ever; only `frozen` changes, and only from false to true.
/// 2. A key belongs to one program, and its blob's code is a zero byte followed by bytes whose hash is its id.
/// 3. No key is registered that KeyLint refuses for its program's number of signals.
/// 4. No proof is accepted under a development key unless the chain is local or is `developmentChainId`.
/// 5. Nothing frozen is ever used: neither program, nor key, nor verifier.
/// 6. The keys of a frozen program are frozen. So a key's own slot answers whether it can be used.
contract ProgramRegistry is AccessManaged, IProgramRegistry {
    /// @notice Most public signals of a program: the key of one with more would not fit in a contract's code.
    uint256 public constant SIGNALS_MAX = 256;

    /// @notice Most keys that a program can have over time: freezing it freezes them all, in one transaction.
    uint256 public constant KEYS_MAX = 64;

    /// @notice Most positions of a net stream, and most levels of a window's tree.
    uint256 private constant _PARTICIPANTS_MAX = 31;
    uint256 private constant _DEPTH_MAX = 32;

    /// @inheritdoc IProgramRegistry
    uint256 public immutable developmentChainId;

    mapping(ProgramId programId => Program) private _programs;
    mapping(ProgramId programId => mapping(KeyId keyId => Key)) private _keys;
    mapping(ProgramId programId => KeyId[]) private _keyIds;
    mapping(KeyId keyId => ProgramId) private _ownerOf;
    mapping(bytes4 selector => Route) private _routes;

    /// @param authority The AccessManager that gives the roles.
    /// @param developmentChainId_ A named testnet on which development keys are allowed, or 0.
    constructor(address authority, uint256 developmentChainId_) AccessManaged(authority) {
        if (_isProduction(developmentChainId_)) revert ProductionChain(developmentChainId_);
        developmentChainId = developmentChainId_;
    }

    /// @inheritdoc IProgramRegistry
    function registerProgram(
        ProgramId programId,
        ProgramKind kind,
        uint32 batchSize,
        uint8 participants,
        uint8 depth,
        uint16 signalCount
    ) external restricted {
        if (_programs[programId].signalCount != 0) revert ProgramAlreadyRegistered(programId);
        Program memory program = Program(kind, batchSize, participants, depth, signalCount, false);
        if (!_exists(programId) || !_fitsKind(program)) revert BadProgramParameters(programId);

        _programs[programId] = program;
        emit ProgramRegistered(programId, kind, batchSize, participants, depth, signalCount);
    }

    /// @inheritdoc IProgramRegistry
    function registerKey(ProgramId programId, KeyClass keyClass, bytes calldata key)
        external
        restricted
        returns (KeyId keyId)
    {
        Program memory program = requireProgram(programId);
        keyId = KeyId.wrap(keccak256(key));
        if (_exists(_ownerOf[keyId])) revert KeyAlreadyRegistered(keyId, _ownerOf[keyId]);
        if (_keyIds[programId].length == KEYS_MAX) revert TooManyKeys(programId);
        if (keyClass == KeyClass.Development) _requireDevelopmentChain();
        KeyLint.requireSound(key, program.signalCount);

        address blob = Groth16.store(key);
        _keys[programId][keyId] = Key(blob, keyClass, false);
        _keyIds[programId].push(keyId);
        _ownerOf[keyId] = programId;
        emit KeyRegistered(programId, keyId, keyClass, blob);
    }

    /// @inheritdoc IProgramRegistry
    function registerVerifier(bytes4 selector, ISealVerifier verifier) external restricted {
        if (address(_routes[selector].verifier) != address(0)) revert SelectorAlreadyRouted(selector);
        if (address(verifier).code.length == 0) revert VerifierWithoutCode(address(verifier));
        _requireRefusal(selector, verifier);

        _routes[selector] = Route(verifier, false);
        emit VerifierRegistered(selector, verifier);
    }

    /// @inheritdoc IProgramRegistry
    function freezeProgram(ProgramId programId) external restricted {
        requireProgram(programId);
        _programs[programId].frozen = true;
        KeyId[] storage keyIds = _keyIds[programId];
        for (uint256 i = 0; i < keyIds.length; ++i) {
            _keys[programId][keyIds[i]].frozen = true;
        }
        emit ProgramFrozen(programId);
    }

    /// @inheritdoc IProgramRegistry
    function freezeKey(KeyId keyId) external restricted {
        ProgramId programId = _ownerOf[keyId];
        if (!_exists(programId)) revert UnknownKey(keyId);
        if (_keys[programId][keyId].frozen) revert FrozenKey(keyId);
        _keys[programId][keyId].frozen = true;
        emit KeyFrozen(keyId);
    }

    /// @inheritdoc IProgramRegistry
    function freezeVerifier(bytes4 selector) external restricted {
        _requireRoute(selector);
        _routes[selector].frozen = true;
        emit VerifierFrozen(selector);
    }

    /// @inheritdoc IProgramRegistry
    function verify(ProgramId programId, KeyId keyId, uint256[] calldata signals, bytes calldata seal) external view {
        address blob = requireUsable(programId, keyId);
        if (seal.length < 4) revert SealWithoutSelector(seal.length);
        _requireRoute(bytes4(seal)).verify(blob, signals, seal);
    }

    /// @inheritdoc IProgramRegistry
    function requireUsable(ProgramId programId, KeyId keyId) public view returns (address blob) {
        Key storage key = _keys[programId][keyId];
        blob = key.blob;
        if (blob == address(0) || key.frozen) _revertForUnusableKey(programId, keyId);
        if (key.keyClass == KeyClass.Development) _requireDevelopmentChain();
    }

    /// @inheritdoc IProgramRegistry
    function requireProgram(ProgramId programId) public view returns (Program memory program) {
        program = _programs[programId];
        if (program.signalCount == 0) revert UnknownProgram(programId);
        if (program.frozen) revert FrozenProgram(programId);
    }

    /// @inheritdoc IProgramRegistry
    function programOf(ProgramId programId) external view returns (Program memory) {
        return _programs[programId];
    }

    /// @inheritdoc IProgramRegistry
    function keyOf(KeyId keyId) external view returns (Key memory key, ProgramId programId) {
        programId = _ownerOf[keyId];
        key = _keys[programId][keyId];
    }

    /// @inheritdoc IProgramRegistry
    function routeOf(bytes4 selector) external view returns (Route memory) {
        return _routes[selector];
    }

    function _requireRoute(bytes4 selector) internal view returns (ISealVerifier verifier) {
        Route storage route = _routes[selector];
        verifier = route.verifier;
        if (address(verifier) == address(0)) revert UnknownSelector(selector);
        if (route.frozen) revert FrozenVerifier(selector);
    }

    /// @dev A canary: a seal of nothing but the selector, over a key that is no contract, proves nothing in any proof
    /// system. A verifier that does not revert on it would never revert.
    function _requireRefusal(bytes4 selector, ISealVerifier verifier) internal view {
        try verifier.verify(address(0), new uint256[](0), abi.encodePacked(selector)) {
            revert VerifierAcceptsAnything(address(verifier));
        } catch {
            return;
        }
    }

    function _revertForUnusableKey(ProgramId programId, KeyId keyId) internal view {
        requireProgram(programId);
        ProgramId owner = _ownerOf[keyId];
        if (!_exists(owner)) revert UnknownKey(keyId);
        if (owner != programId) revert KeyOfOtherProgram(keyId, programId, owner);
        revert FrozenKey(keyId);
    }

    function _requireDevelopmentChain() internal view {
        uint256 id = block.chainid;
        if (id != 31337 && id != 1337 && id != developmentChainId) revert DevelopmentKeyRefused(id);
    }

    function _exists(ProgramId programId) internal pure returns (bool) {
        return programId != ProgramId.wrap(0);
    }

    /// @dev The numbers of public signals are those of the circuits' specification.
    function _fitsKind(Program memory program) internal pure returns (bool) {
        ProgramKind kind = program.kind;
        uint256 count = program.signalCount;
        if (kind == ProgramKind.Generic) {
            return count != 0 && count <= SIGNALS_MAX && program.batchSize == 0 && program.participants == 0
                && program.depth == 0;
        }
        if (kind == ProgramKind.Disclosure) {
            return _fitsPositions(program) && count == 2 + uint256(program.participants) && program.batchSize == 0
                && program.depth == 0;
        }
        if (!_fitsTree(program)) return false;
        if (kind == ProgramKind.Netting) return _fitsPositions(program) && count == 9;
        return program.participants == 0 && count == (kind == ProgramKind.Append ? 7 : 12);
    }

    function _fitsPositions(Program memory program) internal pure returns (bool) {
        return program.participants >= 2 && program.participants <= _PARTICIPANTS_MAX;
    }

    function _fitsTree(Program memory program) internal pure returns (bool) {
        uint256 size = program.batchSize;
        bool powerOfTwo = size != 0 && size & (size - 1) == 0;
        return powerOfTwo && program.depth <= _DEPTH_MAX && size <= uint256(1) << program.depth;
    }

    /// @dev Chains known to carry real value: Ethereum, OP, BNB, Gnosis, Polygon, zkSync Era, Base, Arbitrum,
    /// Avalanche, Linea. The list is a guard against a slip, not a proof that another chain is a testnet.
    function _isProduction(uint256 id) internal pure returns (bool) {
        return id == 1 || id == 10 || id == 56 || id == 100 || id == 137 || id == 324 || id == 8453 || id == 42161
            || id == 43114 || id == 59144;
    }
}
