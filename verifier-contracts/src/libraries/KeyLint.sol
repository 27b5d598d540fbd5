// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "./Bn254.sol";
import {Groth16} from "./Groth16.sol";

/// @title What a Groth16 verifying key must be before anyone relies on it
/// @notice A key whose delta is gamma comes from a set-up without a second phase, and anyone can forge under it:
/// C then cancels the public signals. The same holds for delta = −gamma, and knowing a discrete logarithm between
/// the points is as bad, so beta, gamma and delta must differ pairwise up to sign, and alpha, beta and delta must not
/// be generators. (gamma is the generator in every key that snarkjs makes; that does no harm.)
library KeyLint {
    /// @notice Thrown when a key's length is not that of a key for this many public signals.
    error KeyLengthMismatch(uint256 expected, uint256 got);

    /// @notice Thrown when a point of the key has a coordinate outside the field, is off its curve or is infinity.
    /// Points are numbered alpha 0, beta 1, gamma 2, delta 3, IC_i 4 + i.
    error MalformedKeyPoint(uint256 point);

    /// @notice Thrown when beta, gamma or delta lies outside the subgroup G2.
    error KeyOutsideSubgroup();

    /// @notice Thrown when two of beta, gamma and delta are equal up to sign: such a key can be forged under.
    error KeyPointsCoincide();

    /// @notice Thrown when alpha, beta or delta is a generator up to sign, so that its secret is known to be ±1.
    error KeySecretKnown(uint256 point);

    /// @dev A pairing outside the subgroup burns what it is given. Three pairs cost 147,000 under EIP-1108; the rest
    /// is room for chains that price them otherwise.
    uint256 private constant _SUBGROUP_GAS = 1_000_000;

    uint256 private constant _BETA = 64;
    uint256 private constant _GAMMA = 192;
    uint256 private constant _DELTA = 320;

    /// @notice Reverts unless the bytes are a sound key for `signalCount` public signals.
    function requireSound(bytes calldata key, uint256 signalCount) internal view {
        uint256 expected = Groth16.KEY_HEAD + Groth16.POINT_LENGTH * (signalCount + 1);
        if (key.length != expected) revert KeyLengthMismatch(expected, key.length);
        _requirePoints(key, signalCount);
        _requireDistinct(key);
        _requireSubgroup(key);
    }

    function _requirePoints(bytes calldata key, uint256 signalCount) private pure {
        if (!_onCurveG1(key, 0)) revert MalformedKeyPoint(0);
        if (!_onCurveG2(key, _BETA)) revert MalformedKeyPoint(1);
        if (!_onCurveG2(key, _GAMMA)) revert MalformedKeyPoint(2);
        if (!_onCurveG2(key, _DELTA)) revert MalformedKeyPoint(3);
        for (uint256 i = 0; i <= signalCount; ++i) {
            if (!_onCurveG1(key, Groth16.KEY_HEAD + Groth16.POINT_LENGTH * i)) revert MalformedKeyPoint(4 + i);
        }
    }

    function _requireDistinct(bytes calldata key) private pure {
        // A point and its negative have the same x, and no other point has.
        if (_sameX(key, _BETA, _GAMMA) || _sameX(key, _GAMMA, _DELTA) || _sameX(key, _BETA, _DELTA)) {
            revert KeyPointsCoincide();
        }
        if (_word(key, 0) == Bn254.G1_X) revert KeySecretKnown(0);
        if (_isGeneratorG2(key, _BETA)) revert KeySecretKnown(1);
        if (_isGeneratorG2(key, _DELTA)) revert KeySecretKnown(3);
    }

    function _requireSubgroup(bytes calldata key) private view {
        // The pairing refuses a point outside the subgroup; what it answers otherwise is of no interest.
        bytes memory pairs = abi.encodePacked(
            Bn254.G1_X,
            Bn254.G1_Y,
            key[_BETA:_GAMMA],
            Bn254.G1_X,
            Bn254.G1_Y,
            key[_GAMMA:_DELTA],
            Bn254.G1_X,
            Bn254.G1_Y,
            key[_DELTA:Groth16.KEY_HEAD]
        );
        (bool accepted,) = address(8).staticcall{gas: _SUBGROUP_GAS}(pairs);
        if (!accepted) revert KeyOutsideSubgroup();
    }

    function _onCurveG1(bytes calldata key, uint256 offset) private pure returns (bool) {
        return Groth16.onCurveG1(_word(key, offset), _word(key, offset + 32));
    }

    function _onCurveG2(bytes calldata key, uint256 offset) private pure returns (bool) {
        return Groth16.onCurveG2(
            _word(key, offset), _word(key, offset + 32), _word(key, offset + 64), _word(key, offset + 96)
        );
    }

    function _sameX(bytes calldata key, uint256 a, uint256 b) private pure returns (bool) {
        return _word(key, a) == _word(key, b) && _word(key, a + 32) == _word(key, b + 32);
    }

    function _isGeneratorG2(bytes calldata key, uint256 offset) private pure returns (bool) {
        return _word(key, offset) == Bn254.G2_X_IM && _word(key, offset + 32) == Bn254.G2_X_RE;
    }

    function _word(bytes calldata key, uint256 offset) private pure returns (uint256) {
        return uint256(bytes32(key[offset:offset + 32]));
    }
}
