// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The curve BN254, as far as points must be screened before a precompile sees them
/// @notice A precompile that meets a malformed point consumes all the gas it was given. These checks find such
/// points for a few hundred gas. They accept no point at infinity: (0, 0) satisfies neither curve equation.
library Bn254 {
    /// @notice Order of the groups, modulus of the scalar field.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice Modulus of the base field.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @notice The generator of G1.
    uint256 internal constant G1_X = 1;
    uint256 internal constant G1_Y = 2;

    /// @notice The x coordinate of the generator of G2; both it and its negative have it.
    uint256 internal constant G2_X_IM = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 internal constant G2_X_RE = 10857046999023057135944570762232829481370756359578518086990519993285655852781;

    /// @dev The constant of the twisted curve, 3 / (9 + u).
    uint256 private constant _TWIST_B_RE =
        19485874751759354771024239261021720505790618469301721065564631296452457478373;
    uint256 private constant _TWIST_B_IM = 266929791119991161246907387137283842545076965332900288569378510910307636690;

    /// @notice Whether (x, y) is a canonical point of y² = x³ + 3. G1 is the whole curve, so it is in the group too.
    function onCurveG1(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= Q || y >= Q) return false;
        return mulmod(y, y, Q) == addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q);
    }

    /// @notice Whether the point is a canonical one of y² = x³ + 3/(9 + u) over Fq². The curve is larger than G2:
    /// whether the point is in the subgroup is for the pairing precompile to say.
    function onCurveG2(uint256 xIm, uint256 xRe, uint256 yIm, uint256 yRe) internal pure returns (bool) {
        if (xIm >= Q || xRe >= Q || yIm >= Q || yRe >= Q) return false;
        (uint256 lhsIm, uint256 lhsRe) = _square(yIm, yRe);
        (uint256 rhsIm, uint256 rhsRe) = _square(xIm, xRe);
        (rhsIm, rhsRe) = _multiply(rhsIm, rhsRe, xIm, xRe);
        return lhsIm == addmod(rhsIm, _TWIST_B_IM, Q) && lhsRe == addmod(rhsRe, _TWIST_B_RE, Q);
    }

    function _square(uint256 im, uint256 re) private pure returns (uint256, uint256) {
        // (re + im·u)² = (re + im)(re − im) + 2·re·im·u, because u² = −1. The caller's coordinates are below Q.
        return (mulmod(addmod(re, re, Q), im, Q), mulmod(addmod(re, im, Q), addmod(re, Q - im, Q), Q));
    }

    function _multiply(uint256 aIm, uint256 aRe, uint256 bIm, uint256 bRe) private pure returns (uint256, uint256) {
        return
            (
                addmod(mulmod(aRe, bIm, Q), mulmod(aIm, bRe, Q), Q),
                addmod(mulmod(aRe, bRe, Q), mulmod(Q - aIm, bIm, Q), Q)
            );
    }
}
