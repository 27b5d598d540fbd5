// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISealVerifier} from "../interfaces/ISealVerifier.sol";
import {Bn254} from "./Bn254.sol";

/// @title Groth16 over BN254, with the verifying key as data
/// @notice Implements the verifier of Jens Groth, "On the Size of Pairing-Based Non-interactive Arguments" (2016):
/// e(A, B) = e(alpha, beta) · e(IC_0 + Σ signal_i · IC_(i+1), gamma) · e(C, delta), asked of the precompiles of
/// EIP-196 and EIP-197 as one product that must be 1.
///
/// Key: alpha (64 bytes) | beta (128) | gamma (128) | delta (128) | IC_0 … IC_n (64 each), behind one zero byte (STOP)
/// that keeps the blob from being callable. Proof: A (64) | B (128) | C (64). Coordinates are 32 bytes, big endian;
/// those of G2 come in the precompiles' order, imaginary part first.
///
/// Whatever can be wrong with a proof is found before a precompile is called, except that B may lie outside its
/// subgroup; then the pairing consumes what it was given, which `gasCap` bounds.
/// This is the only file with assembly: memory laid out for the precompiles, and the code of a blob.
library Groth16 {
    /// @notice Thrown when a point of the proof has a coordinate outside the base field, is off its curve or is infinity.
    error MalformedPoint(bytes1 point);

    /// @notice Thrown when the pairing refuses its input: B is outside its subgroup, or the chain's price of a pairing
    /// exceeds this verifier's gas cap.
    error PairingFailed(uint256 gasCap);

    /// @notice Thrown when the curve arithmetic over the key fails: the blob holds no verifying key, or gas ran out.
    error KeyArithmeticFailed();

    /// @notice Thrown when less gas is left than the pairing may take, before it could be mistaken for a bad proof.
    error NotEnoughGas(uint256 needed, uint256 left);

    /// @notice Thrown when the code that stores a key cannot be created.
    error KeyNotStored();

    /// @notice Bytes of a proof.
    uint256 internal constant PROOF_LENGTH = 256;

    /// @notice Bytes of a verifying key before its IC points, and of each IC point.
    uint256 internal constant KEY_HEAD = 448;
    uint256 internal constant POINT_LENGTH = 64;

    /// @notice Reverts unless the proof holds for the signals under the key.
    /// @param keyBlob Contract whose code is a zero byte and the key; its points must have been checked before.
    /// @param signals Public signals in the circuit's order.
    /// @param proof The 256 bytes A | B | C.
    /// @param gasCap Most gas that any one precompile call may consume.
    function verify(address keyBlob, uint256[] calldata signals, bytes calldata proof, uint256 gasCap) internal view {
        _requireSignals(keyBlob, signals);
        _requirePoints(proof);
        (bool combined, uint256 x, uint256 y) = _combine(keyBlob, signals, gasCap);
        if (!combined) revert KeyArithmeticFailed();

        // EIP-150 keeps back a sixty-fourth. Without this check a starved pairing would look like a bad proof.
        uint256 left = gasleft();
        if (left - left / 64 <= gasCap) revert NotEnoughGas(gasCap + gasCap / 63 + 1, left);
        (bool paired, bool holds) = _pair(keyBlob, proof, x, y, gasCap);
        if (!paired) revert PairingFailed(gasCap);
        if (!holds) revert ISealVerifier.ProofRejected();
    }

    /// @notice Stores a verifying key as the code of a new contract, behind a zero byte, and returns its address.
    function store(bytes memory key) internal returns (address blob) {
        // Ten bytes of initialisation code: PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN. They make all
        // that follows them the code of the contract: the zero byte and the key.
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(key.length + 1), hex"80600a5f395ff3", bytes1(0x00), key);
        // Plain meaning: create(no value, creation code in memory).
        assembly ("memory-safe") {
            blob := create(0, add(creation, 0x20), mload(creation))
        }
        if (blob == address(0)) revert KeyNotStored();
    }

    function _requireSignals(address keyBlob, uint256[] calldata signals) private view {
        uint256 size = keyBlob.code.length;
        uint256 expected = size < KEY_HEAD + POINT_LENGTH + 1 ? 0 : (size - 1 - KEY_HEAD - POINT_LENGTH) / POINT_LENGTH;
        if (signals.length != expected || size != 1 + KEY_HEAD + POINT_LENGTH * (expected + 1)) {
            revert ISealVerifier.SignalCountMismatch(expected, signals.length);
        }
        for (uint256 i = 0; i < signals.length; ++i) {
            if (signals[i] >= Bn254.R) revert ISealVerifier.SignalOutOfField(i, signals[i]);
        }
    }

    function _requirePoints(bytes calldata proof) private pure {
        if (!Bn254.onCurveG1(_word(proof, 0), _word(proof, 1))) revert MalformedPoint("A");
        if (!Bn254.onCurveG2(_word(proof, 2), _word(proof, 3), _word(proof, 4), _word(proof, 5))) {
            revert MalformedPoint("B");
        }
        if (!Bn254.onCurveG1(_word(proof, 6), _word(proof, 7))) revert MalformedPoint("C");
    }

    function _word(bytes calldata data, uint256 index) private pure returns (uint256) {
        return uint256(bytes32(data[index * 32:index * 32 + 32]));
    }

    /// @dev IC_0 + Σ signal_i · IC_(i+1), or not `done` when a precompile refuses the key's points.
    function _combine(address keyBlob, uint256[] calldata signals, uint256 gasCap)
        private
        view
        returns (bool done, uint256 x, uint256 y)
    {
        // Plain meaning: memory holds sum (64 bytes) | product (64) | IC_0 … IC_n. The sum begins as IC_0. From the
        // last point down, the scalar is written right behind its point, over the first word of the point used
        // just before, so that (point, scalar) is the multiplication's input; the addition's is (sum, product).
        assembly ("memory-safe") {
            let sum := mload(0x40)
            let product := add(sum, 64)
            let points := add(sum, 128)
            extcodecopy(keyBlob, points, add(KEY_HEAD, 1), mul(POINT_LENGTH, add(signals.length, 1)))
            mcopy(sum, points, 64)
            done := 1
            for { let i := signals.length } i { i := sub(i, 1) } {
                let point := add(points, mul(POINT_LENGTH, i))
                mstore(add(point, 64), calldataload(add(signals.offset, mul(32, sub(i, 1)))))
                done := staticcall(gasCap, 7, point, 96, product, 64)
                if done { done := staticcall(gasCap, 6, sum, 128, sum, 64) }
                if iszero(done) { break }
            }
            x := mload(sum)
            y := mload(add(sum, 32))
        }
    }

    /// @dev Asks whether e(−A, B) · e(alpha, beta) · e(combination, gamma) · e(C, delta) is 1.
    function _pair(address keyBlob, bytes calldata proof, uint256 x, uint256 y, uint256 gasCap)
        private
        view
        returns (bool paired, bool holds)
    {
        uint256 modulus = Bn254.Q;
        // Plain meaning: four pairs of a G1 point (64 bytes) and a G2 point (128) are laid out in a row. A | B and
        // alpha | beta already stand side by side where they come from; A's y is then replaced by its negative,
        // which is canonical because no point of the curve has y = 0. The pairing answers into scratch space.
        assembly ("memory-safe") {
            let pairs := mload(0x40)
            calldatacopy(pairs, proof.offset, 192)
            mstore(add(pairs, 32), sub(modulus, calldataload(add(proof.offset, 32))))
            extcodecopy(keyBlob, add(pairs, 192), 1, 192)
            mstore(add(pairs, 384), x)
            mstore(add(pairs, 416), y)
            extcodecopy(keyBlob, add(pairs, 448), 193, 128)
            calldatacopy(add(pairs, 576), add(proof.offset, 192), 64)
            extcodecopy(keyBlob, add(pairs, 640), 321, 128)
            paired := staticcall(gasCap, 8, pairs, 768, 0, 32)
            holds := and(paired, eq(mload(0), 1))
        }
    }
}
