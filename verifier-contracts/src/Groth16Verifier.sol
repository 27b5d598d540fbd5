// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISealVerifier} from "./interfaces/ISealVerifier.sol";
import {Groth16} from "./libraries/Groth16.sol";

/// @title Verifier of Groth16 seals over BN254
/// @notice One contract for all circuits. A seal is 260 bytes: SELECTOR | A (64) | B (128) | C (64).
///
/// Invariants
/// 1. It has no storage, no owner and no money: the answer depends on its arguments and immutables alone.
/// 2. It accepts a seal only if the pairing equation holds for exactly these signals, each below the field's order.
/// 3. Refusing a seal costs at most the gas cap and the work before the pairing, whatever its bytes are.
contract Groth16Verifier is ISealVerifier {
    /// @notice The selector of this proof system, the first four bytes of keccak256("tallystick/groth16/bn254/v1").
    bytes4 public constant SELECTOR = bytes4(keccak256("tallystick/groth16/bn254/v1"));

    /// @notice Bytes of a seal.
    uint256 public constant SEAL_LENGTH = 4 + Groth16.PROOF_LENGTH;

    /// @notice Most gas that one precompile call may consume. The pairing of one proof costs 181,000 where EIP-1108
    /// holds; a deployment adds the margin that its chain calls for.
    uint256 public immutable gasCap;

    constructor(uint256 gasCap_) {
        gasCap = gasCap_;
    }

    /// @inheritdoc ISealVerifier
    function verify(address keyBlob, uint256[] calldata signals, bytes calldata seal) external view {
        if (seal.length != SEAL_LENGTH) revert SealLengthMismatch(SEAL_LENGTH, seal.length);
        if (bytes4(seal) != SELECTOR) revert WrongSelector(SELECTOR, bytes4(seal));
        Groth16.verify(keyBlob, signals, seal, gasCap);
    }
}
