// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A verifier of one proof system
/// @notice The one question that all proof systems answer. A verifier holds no keys and no state: the key is data
/// that a registry has checked, so a call with an unchecked key proves nothing.
interface ISealVerifier {
    /// @notice Thrown when the seal does not begin with the selector of this verifier's proof system.
    error WrongSelector(bytes4 expected, bytes4 got);

    /// @notice Thrown when the seal is not as long as this proof system's seals are.
    error SealLengthMismatch(uint256 expected, uint256 got);

    /// @notice Thrown when the number of public signals is not the one that the verifying key is made for.
    error SignalCountMismatch(uint256 expected, uint256 got);

    /// @notice Thrown when a public signal is not below the order of the scalar field, where it would alias another.
    error SignalOutOfField(uint256 index, uint256 value);

    /// @notice Thrown when the proof is well formed and does not prove these public signals.
    error ProofRejected();

    /// @notice Reverts unless the seal proves the public signals under the key. It returns nothing: a result that
    /// can be ignored would be ignored, and a false one would mislead gas estimation.
    /// @param keyBlob The contract whose code is a zero byte followed by the canonical verifying key.
    /// @param signals The public signals in the order in which the circuit declares them.
    /// @param seal The selector of the proof system and the proof's bytes.
    function verify(address keyBlob, uint256[] calldata signals, bytes calldata seal) external view;
}
