// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Groth16Verifier} from "../../../verifier-contracts/src/Groth16Verifier.sol";
import {Context} from "../../../verifier-contracts/src/libraries/Context.sol";
import {Positions} from "../../../verifier-contracts/src/libraries/Positions.sol";
import {Statements} from "../../../verifier-contracts/src/libraries/Statements.sol";
import {PoseidonConstants} from "../../../verifier-contracts/src/libraries/generated/PoseidonConstants.sol";
import {ProgramId, StatementId} from "../../../verifier-contracts/src/types/Ids.sol";
import {TestBase} from "../support/TestBase.sol";

/// @notice A contract whose context can be asked for, wherever its code lies.
contract ContextProbe {
    function compute(ProgramId programId, uint32 stream, uint32 window, address beneficiary)
        external
        view
        returns (uint256)
    {
        return Context.compute(programId, stream, window, beneficiary);
    }
}

/// @notice Holds Solidity against the vectors that TypeScript and the circuits are held against too.
contract CodecTest is TestBase {
    string private _json;

    function setUp() public {
        _json = vm.readFile("test/vectors/codec.json");
    }

    function test_contexts() public {
        bytes memory code = address(new ContextProbe()).code;
        uint256 count = _count(".contexts");
        for (uint256 i = 0; i < count; ++i) {
            string memory path = _at(".contexts", i);
            address target = vm.parseJsonAddress(_json, string.concat(path, ".contract"));
            vm.chainId(_uint(path, ".chainId"));
            vm.etch(target, code);
            uint256 context = ContextProbe(target)
                .compute(
                    ProgramId.wrap(_bytes32(path, ".programId")),
                    uint32(_uint(path, ".stream")),
                    uint32(_uint(path, ".window")),
                    vm.parseJsonAddress(_json, string.concat(path, ".beneficiary"))
                );
            assertEq(context, _uint(path, ".context"));
        }
    }

    function test_statementIds() public view {
        uint256 count = _count(".statementIds");
        for (uint256 i = 0; i < count; ++i) {
            string memory path = _at(".statementIds", i);
            uint256[] memory signals = vm.parseJsonUintArray(_json, string.concat(path, ".signals"));
            StatementId id = Statements.idOfMemory(ProgramId.wrap(_bytes32(path, ".programId")), signals);
            assertEq(StatementId.unwrap(id), _bytes32(path, ".statementId"));
        }
    }

    function test_keyIds() public view {
        uint256 count = _count(".keyIds");
        for (uint256 i = 0; i < count; ++i) {
            string memory path = _at(".keyIds", i);
            string memory key = string.concat(path, ".key");
            bytes memory packed =
                bytes.concat(_g1(key, ".alpha"), _g2(key, ".beta"), _g2(key, ".gamma"), _g2(key, ".delta"));
            uint256 points = _count(string.concat(key, ".ic"));
            for (uint256 j = 0; j < points; ++j) {
                packed = bytes.concat(packed, _g1(_at(string.concat(key, ".ic"), j), ""));
            }
            assertEq(packed, vm.parseJsonBytes(_json, string.concat(path, ".bytes")));
            assertEq(keccak256(packed), _bytes32(path, ".keyId"));
        }
    }

    function test_seals() public {
        bytes4 selector = new Groth16Verifier(0).SELECTOR();
        uint256 count = _count(".seals");
        for (uint256 i = 0; i < count; ++i) {
            string memory path = _at(".seals", i);
            string memory proof = string.concat(path, ".proof");
            bytes memory seal = bytes.concat(selector, _g1(proof, ".a"), _g2(proof, ".b"), _g1(proof, ".c"));
            assertEq(seal, vm.parseJsonBytes(_json, string.concat(path, ".seal")));
        }
    }

    function test_signedPositions() public {
        uint256 count = _count(".signedPositions");
        uint256 refused = 0;
        for (uint256 i = 0; i < count; ++i) {
            string memory path = _at(".signedPositions", i);
            uint256 signal = _uint(path, ".signal");
            if (vm.keyExistsJson(_json, string.concat(path, ".wantError"))) {
                ++refused;
                expectError(abi.encodeWithSelector(Positions.PositionOutOfRange.selector, i));
                this.fromField(signal, i);
                continue;
            }
            int256 position = vm.parseJsonInt(_json, string.concat(path, ".position"));
            assertEq(Positions.fromField(signal, i), position);
            assertEq(Positions.toField(position, i), signal);
        }
        assertTrue(refused != 0 && refused < count, "both kinds of vectors were seen");
    }

    function test_emptyRoots() public view {
        uint256[] memory roots = vm.parseJsonUintArray(_json, ".emptyRoots");
        assertEq(PoseidonConstants.EMPTY_ROOTS, abi.encodePacked(roots));
    }

    function test_commitmentsToZeroPositions() public view {
        uint256[30] memory table = abi.decode(PoseidonConstants.ZERO_POSITIONS, (uint256[30]));
        uint256 count = _count(".commitments");
        uint256 seen = 0;
        for (uint256 i = 0; i < count; ++i) {
            string memory path = _at(".commitments", i);
            uint256 participants = _count(string.concat(path, ".positions"));
            bool zero = _uint(path, ".salt") == 0;
            for (uint256 j = 0; j < participants; ++j) {
                zero = zero && vm.parseJsonInt(_json, _at(string.concat(path, ".positions"), j)) == 0;
            }
            if (!zero) continue;
            ++seen;
            assertEq(table[participants - 2], _uint(path, ".commitment"));
        }
        assertTrue(seen != 0, "a vector of zero positions was seen");
    }

    function fromField(uint256 value, uint256 index) external pure returns (int256) {
        return Positions.fromField(value, index);
    }

    function _g1(string memory path, string memory name) private view returns (bytes memory) {
        string memory point = string.concat(path, name);
        return abi.encode(_uint(point, ".x"), _uint(point, ".y"));
    }

    /// @dev The vectors write real parts first, the precompiles want imaginary parts first.
    function _g2(string memory path, string memory name) private view returns (bytes memory) {
        string memory point = string.concat(path, name);
        return abi.encode(_uint(point, ".x[1]"), _uint(point, ".x[0]"), _uint(point, ".y[1]"), _uint(point, ".y[0]"));
    }

    function _count(string memory array) private view returns (uint256 count) {
        while (vm.keyExistsJson(_json, _at(array, count))) ++count;
        assertTrue(count != 0, array);
    }

    function _at(string memory array, uint256 index) private pure returns (string memory) {
        return string.concat(array, "[", vm.toString(index), "]");
    }

    function _uint(string memory path, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(_json, string.concat(path, field));
    }

    function _bytes32(string memory path, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, string.concat(path, field));
    }
}
