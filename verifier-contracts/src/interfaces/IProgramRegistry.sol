// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeyId, ProgramId} from "../types/Ids.sol";
import {KeyClass, ProgramKind} from "../types/Programs.sol";
import {ISealVerifier} from "./ISealVerifier.sol";

/// @title Which programs exist, with which keys and verifiers their proofs are checked
/// @notice Add and freeze: nothing is ever replaced or thawed.
interface IProgramRegistry {
    /// @notice What a contract must know of a program to bind its public signals.
    /// @param kind What it computes.
    /// @param batchSize N, slots proven at once; 0 where the kind has none.
    /// @param participants P, positions of a net stream; 0 where the kind has none.
    /// @param depth Levels of the window's tree; 0 where the kind has none.
    /// @param signalCount Number of public signals; 0 for a program that does not exist.
    /// @param frozen Whether its proofs are refused for good.
    struct Program {
        ProgramKind kind;
        uint32 batchSize;
        uint8 participants;
        uint8 depth;
        uint16 signalCount;
        bool frozen;
    }

    /// @notice A verifying key of a program.
    /// @param blob Contract whose code is a zero byte and the canonical key; zero for a key that does not exist.
    /// @param keyClass Whether its toxic waste may be known.
    /// @param frozen Whether proofs under it are refused for good.
    struct Key {
        address blob;
        KeyClass keyClass;
        bool frozen;
    }

    /// @notice The verifier behind a selector.
    /// @param verifier Its contract; zero for a selector that is not routed.
    /// @param frozen Whether its seals are refused for good.
    struct Route {
        ISealVerifier verifier;
        bool frozen;
    }

    /// @notice Emitted when a program has been added.
    event ProgramRegistered(
        ProgramId indexed programId,
        ProgramKind indexed kind,
        uint32 batchSize,
        uint8 participants,
        uint8 depth,
        uint16 signalCount
    );

    /// @notice Emitted when a key of a program has been added.
    event KeyRegistered(ProgramId indexed programId, KeyId indexed keyId, KeyClass indexed keyClass, address blob);

    /// @notice Emitted when a verifier has been put behind a selector.
    event VerifierRegistered(bytes4 indexed selector, ISealVerifier indexed verifier);

    /// @notice Emitted when a program has been frozen, and all its keys with it.
    event ProgramFrozen(ProgramId indexed programId);

    /// @notice Emitted when a key has been frozen.
    event KeyFrozen(KeyId indexed keyId);

    /// @notice Emitted when a verifier has been frozen.
    event VerifierFrozen(bytes4 indexed selector);

    /// @notice Thrown when development keys are to be allowed on a chain that carries real value.
    error ProductionChain(uint256 chainId);

    /// @notice Thrown when a program is added a second time.
    error ProgramAlreadyRegistered(ProgramId programId);

    /// @notice Thrown when the parameters of a program are impossible or do not fit its kind.
    error BadProgramParameters(ProgramId programId);

    /// @notice Thrown when no program has this id.
    error UnknownProgram(ProgramId programId);

    /// @notice Thrown when the program was frozen.
    error FrozenProgram(ProgramId programId);

    /// @notice Thrown when a key is added a second time, for whichever program.
    error KeyAlreadyRegistered(KeyId keyId, ProgramId programId);

    /// @notice Thrown when a program has had as many keys as it can have.
    error TooManyKeys(ProgramId programId);

    /// @notice Thrown when no key has this id.
    error UnknownKey(KeyId keyId);

    /// @notice Thrown when the key exists, but for another program.
    error KeyOfOtherProgram(KeyId keyId, ProgramId programId, ProgramId owner);

    /// @notice Thrown when the key was frozen.
    error FrozenKey(KeyId keyId);

    /// @notice Thrown when a development key is added or used on a chain where none is allowed.
    error DevelopmentKeyRefused(uint256 chainId);

    /// @notice Thrown when a selector is routed a second time.
    error SelectorAlreadyRouted(bytes4 selector);

    /// @notice Thrown when the address to route to has no code.
    error VerifierWithoutCode(address verifier);

    /// @notice Thrown when the verifier to add accepts what cannot be a proof.
    error VerifierAcceptsAnything(address verifier);

    /// @notice Thrown when no verifier stands behind the selector.
    error UnknownSelector(bytes4 selector);

    /// @notice Thrown when the verifier behind the selector was frozen.
    error FrozenVerifier(bytes4 selector);

    /// @notice Thrown when a seal is too short to have a selector.
    error SealWithoutSelector(uint256 length);

    /// @notice Adds a program.
    /// @custom:role registrar
    function registerProgram(
        ProgramId programId,
        ProgramKind kind,
        uint32 batchSize,
        uint8 participants,
        uint8 depth,
        uint16 signalCount
    ) external;

    /// @notice Checks a verifying key, stores it as code and adds it to a program.
    /// @param key The canonical bytes: alpha | beta | gamma | delta | IC_0 … IC_n, G2 imaginary part first.
    /// @return keyId keccak256 of the key.
    /// @custom:role registrar
    function registerKey(ProgramId programId, KeyClass keyClass, bytes calldata key) external returns (KeyId keyId);

    /// @notice Puts a verifier behind a selector.
    /// @custom:role registrar
    function registerVerifier(bytes4 selector, ISealVerifier verifier) external;

    /// @notice Refuses all proofs of a program from now on; its keys are frozen with it.
    /// @custom:role guardian
    function freezeProgram(ProgramId programId) external;

    /// @notice Refuses all proofs under a key from now on.
    /// @custom:role guardian
    function freezeKey(KeyId keyId) external;

    /// @notice Refuses all seals with a selector from now on.
    /// @custom:role guardian
    function freezeVerifier(bytes4 selector) external;

    /// @notice Reverts unless the seal proves the signals for the program under the key, all three usable.
    function verify(ProgramId programId, KeyId keyId, uint256[] calldata signals, bytes calldata seal) external view;

    /// @notice Reverts unless proofs of the program under the key are accepted now.
    /// @return blob The contract that holds the key.
    function requireUsable(ProgramId programId, KeyId keyId) external view returns (address blob);

    /// @notice Reverts unless the program exists and is not frozen.
    /// @return program Its parameters.
    function requireProgram(ProgramId programId) external view returns (Program memory program);

    /// @notice A program's parameters; all zero for one that does not exist.
    function programOf(ProgramId programId) external view returns (Program memory);

    /// @notice A key, and the program that owns it; all zero for one that does not exist.
    function keyOf(KeyId keyId) external view returns (Key memory key, ProgramId programId);

    /// @notice The verifier behind a selector; all zero where none is.
    function routeOf(bytes4 selector) external view returns (Route memory);

    /// @notice The chain, besides the local ones, on which development keys are allowed; 0 for none.
    function developmentChainId() external view returns (uint256);
}
