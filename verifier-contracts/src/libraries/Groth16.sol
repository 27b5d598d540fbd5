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

    /// @dev How the evaluation of a proof ends.
    uint256 private constant _HOLDS = 0;
    uint256 private constant _REJECTED = 1;
    uint256 private constant _STARVED = 2;
    uint256 private constant _PAIRING_FAILED = 3;
    uint256 private constant _ARITHMETIC_FAILED = 4;

    /// @notice Reverts unless the proof holds for the signals under the key.
    /// @param keyBlob Contract whose code is a zero byte and the key; its points must have been checked before.
    /// @param signals Public signals in the circuit's order.
    /// @param seal Four bytes of selector, then A | B | C; the caller has made sure that it has 260 bytes.
    /// @param gasCap Most gas that any one precompile call may consume.
    function verify(address keyBlob, uint256[] calldata signals, bytes calldata seal, uint256 gasCap) internal view {
        _requireSignals(keyBlob, signals);
        uint256[8] calldata proof = _proofOf(seal);
        _requirePoints(proof);
        uint256 outcome = _evaluate(keyBlob, signals, proof, gasCap);
        if (outcome == _HOLDS) return;
        if (outcome == _REJECTED) revert ISealVerifier.ProofRejected();
        if (outcome == _STARVED) revert NotEnoughGas(gasCap + gasCap / 63 + 1, gasleft());
        if (outcome == _PAIRING_FAILED) revert PairingFailed(gasCap);
        revert KeyArithmeticFailed();
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

    /// @notice Whether (x, y) is a canonical point of y² = x³ + 3. G1 is the whole curve, so it is in the group too.
    /// Infinity, written (0, 0), is none.
    function onCurveG1(uint256 x, uint256 y) internal pure returns (bool accepted) {
        uint256 q = Bn254.Q;
        // Plain meaning: x < q and y < q and y·y = x·x·x + 3, without branches.
        assembly ("memory-safe") {
            let curve := eq(mulmod(y, y, q), addmod(mulmod(mulmod(x, x, q), x, q), 3, q))
            accepted := and(and(lt(x, q), lt(y, q)), curve)
        }
    }

    /// @notice Whether the point is a canonical one of the twisted curve, infinity excepted. The curve is larger than
    /// G2: whether the point is in the subgroup is for the pairing precompile to say.
    function onCurveG2(uint256 xIm, uint256 xRe, uint256 yIm, uint256 yRe) internal pure returns (bool accepted) {
        uint256 q = Bn254.Q;
        uint256 bRe = Bn254.TWIST_B_RE;
        uint256 bIm = Bn254.TWIST_B_IM;
        // Plain meaning: all four coordinates are below q, and y² = x³ + b, where (re + im·u)² is
        // (re + im)(re − im) + 2·re·im·u because u² = −1. Sums of two numbers below q do not wrap around; where a
        // coordinate is not below q the numbers mean nothing, and the answer is no all the same.
        assembly ("memory-safe") {
            let squareRe := mulmod(add(xRe, xIm), add(xRe, sub(q, xIm)), q)
            let squareIm := mulmod(add(xRe, xRe), xIm, q)
            let cubeRe := addmod(mulmod(squareRe, xRe, q), mulmod(squareIm, sub(q, xIm), q), q)
            let cubeIm := addmod(mulmod(squareRe, xIm, q), mulmod(squareIm, xRe, q), q)
            let real := eq(mulmod(add(yRe, yIm), add(yRe, sub(q, yIm)), q), addmod(cubeRe, bRe, q))
            let imaginary := eq(mulmod(add(yRe, yRe), yIm, q), addmod(cubeIm, bIm, q))
            let canonical := and(and(lt(xIm, q), lt(xRe, q)), and(lt(yIm, q), lt(yRe, q)))
            accepted := and(canonical, and(real, imaginary))
        }
    }

    function _requireSignals(address keyBlob, uint256[] calldata signals) private view {
        uint256 count = signals.length;
        uint256 size = keyBlob.code.length;
        // Neither sum nor product can wrap around: calldata and code are far smaller than that.
        unchecked {
            if (size != 1 + KEY_HEAD + POINT_LENGTH * (count + 1)) {
                uint256 empty = 1 + KEY_HEAD + POINT_LENGTH;
                uint256 expected = size < empty ? 0 : (size - empty) / POINT_LENGTH;
                revert ISealVerifier.SignalCountMismatch(expected, count);
            }
            for (uint256 i = 0; i < count; ++i) {
                uint256 signal = signals[i];
                if (signal >= Bn254.R) revert ISealVerifier.SignalOutOfField(i, signal);
            }
        }
    }

    function _proofOf(bytes calldata seal) private pure returns (uint256[8] calldata proof) {
        // Plain meaning: the 256 bytes behind the selector, read as eight words where they are.
        assembly ("memory-safe") {
            proof := add(seal.offset, 4)
        }
    }

    function _requirePoints(uint256[8] calldata proof) private pure {
        if (!onCurveG1(proof[0], proof[1])) revert MalformedPoint("A");
        if (!onCurveG2(proof[2], proof[3], proof[4], proof[5])) revert MalformedPoint("B");
        if (!onCurveG1(proof[6], proof[7])) revert MalformedPoint("C");
    }

    /// @dev Whether e(−A, B) · e(alpha, beta) · e(IC_0 + Σ signal_i · IC_(i+1), gamma) · e(C, delta) is 1.
    function _evaluate(address keyBlob, uint256[] calldata signals, uint256[8] calldata proof, uint256 gasCap)
        private
        view
        returns (uint256 outcome)
    {
        uint256 modulus = Bn254.Q;
        // Plain meaning, first part: the pairing's input, four pairs of a G1 point (64 bytes) and a G2 point (128), begins
        // at `pairs`. The key is copied to where its alpha | beta is the second pair; behind the key come sum (64) and
        // product (64). The sum begins as IC_0. From the last point down, the scalar is written right behind its
        // point, over the first word of what was used just before, so that (point, scalar) is the multiplication's
        // input; the addition's is (sum, product).
        // Second part: now that IC is used up, delta and gamma move to where they are paired with C and the sum, and
        // A | B is put first. A's y is replaced by its negative, which is canonical because no point of the curve has
        // y = 0. EIP-150 keeps back a sixty-fourth of the gas, so what is left is compared first: a starved pairing
        // would look like a bad proof.
        assembly ("memory-safe") {
            let pairs := mload(0x40)
            let key := add(pairs, 192)
            let points := add(key, KEY_HEAD)
            let length := add(KEY_HEAD, mul(POINT_LENGTH, add(signals.length, 1)))
            // Room for the scalar behind the last point, and for the pairs of a key without signals.
            let sum := add(add(key, length), 64)
            let product := add(sum, 64)
            extcodecopy(keyBlob, key, 1, length)
            mcopy(sum, points, 64)
            for { let i := signals.length } i { i := sub(i, 1) } {
                let point := add(points, mul(POINT_LENGTH, i))
                mstore(add(point, 64), calldataload(add(signals.offset, mul(32, sub(i, 1)))))
                // Arguments are evaluated from the right: the product first, then the sum that takes it.
                if iszero(
                    and(staticcall(gasCap, 6, sum, 128, sum, 64), staticcall(gasCap, 7, point, 96, product, 64))
                ) {
                    outcome := _ARITHMETIC_FAILED
                    break
                }
            }
            if iszero(outcome) {
                calldatacopy(pairs, proof, 192)
                mstore(add(pairs, 32), sub(modulus, mload(add(pairs, 32))))
                mcopy(add(pairs, 640), add(key, 320), 128)
                mcopy(add(pairs, 448), add(key, 192), 128)
                mcopy(add(pairs, 384), sum, 64)
                calldatacopy(add(pairs, 576), add(proof, 192), 64)
                switch gt(sub(gas(), div(gas(), 64)), gasCap)
                case 0 { outcome := _STARVED }
                default {
                    switch staticcall(gasCap, 8, pairs, 768, 0, 32)
                    case 0 { outcome := _PAIRING_FAILED }
                    default { if iszero(eq(mload(0), 1)) { outcome := _REJECTED } }
                }
            }
        }
    }
}
