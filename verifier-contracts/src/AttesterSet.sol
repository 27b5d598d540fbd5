// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAttesterSet} from "./interfaces/IAttesterSet.sol";
import {ICaseBook} from "./interfaces/ICaseBook.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {CaseReason, HaltScope} from "./types/Cases.sol";
import {Attestation, Numbers} from "./types/Numbers.sol";
import {Parties} from "./types/Parties.sol";

/// @title Set of attesters
/// @notice See IAttesterSet.
///
/// Invariants
/// 1. Epochs are numbered 1, 2, 3, …; only the last one is current, and what an epoch was never changes.
/// 2. More than half of an epoch's members make a quorum, so two quorums of an epoch share a member.
/// 3. Members are different, not zero, and not barred when their epoch begins.
/// 4. A barred attester stays barred, and no quorum counts it.
contract AttesterSet is AccessManaged, EIP712, IAttesterSet {
    /// @notice Most members of an epoch: they are given with each call.
    uint256 public constant MEMBERS_MAX = 64;

    /// @notice How long after the end of an epoch evidence about it is heard.
    uint64 public constant DISPUTE_SECONDS = 30 days;

    bytes32 private constant _NUMBERS = keccak256(
        "Numbers(uint32 matchedCount,uint96 matchedSum,uint32 missingCount,uint96 missingSum,uint32 unexpectedCount,uint96 unexpectedSum)"
    );
    bytes32 private constant _ATTESTATION = keccak256(
        "Attestation(uint32 stream,uint32 window,uint256 root,bytes32 settlementHash,Numbers numbers,bytes32 reportHash,bytes32 checkpoint,uint32 epoch)Numbers(uint32 matchedCount,uint96 matchedSum,uint32 missingCount,uint96 missingSum,uint32 unexpectedCount,uint96 unexpectedSum)"
    );

    /// @inheritdoc IAttesterSet
    ICaseBook public immutable cases;

    /// @inheritdoc IAttesterSet
    uint32 public currentEpoch;

    /// @dev In the slot of the current epoch: as long as nobody is barred, nobody has to be looked up.
    uint32 private _barredCount;

    mapping(uint32 epoch => Epoch) private _epochs;
    mapping(address attester => bool) private _barred;

    /// @param authority The AccessManager that gives the roles.
    constructor(address authority, ICaseBook cases_) AccessManaged(authority) EIP712("Tallystick attesters", "1") {
        cases = cases_;
    }

    /// @inheritdoc IAttesterSet
    function rotate(address[] calldata members, uint8 threshold) external restricted returns (uint32 epoch) {
        if (members.length == 0 || members.length > MEMBERS_MAX) revert BadMemberCount(members.length, MEMBERS_MAX);
        bool majority = threshold <= members.length && 2 * uint256(threshold) > members.length;
        if (!majority) revert BadThreshold(threshold, members.length);
        _requireMembers(members);

        epoch = currentEpoch + 1;
        currentEpoch = epoch;
        if (epoch > 1) _epochs[epoch - 1].endedAt = uint64(block.timestamp);
        _epochs[epoch] = Epoch(keccak256(abi.encode(members)), threshold, uint64(block.timestamp), 0);
        emit AttestersRotated(epoch, members, threshold);
    }

    /// @inheritdoc IAttesterSet
    function requireQuorum(
        Attestation calldata attestation,
        address[] calldata members,
        uint8[] calldata signers,
        bytes[] calldata signatures
    ) external view {
        uint32 epoch = currentEpoch;
        if (attestation.epoch != epoch || epoch == 0) revert EpochNotCurrent(epoch, attestation.epoch);
        _requireEpochMembers(epoch, members);
        uint256 threshold = _epochs[epoch].threshold;
        bool enough = signatures.length >= threshold && signatures.length == signers.length;
        if (!enough) revert QuorumMissing(threshold, signatures.length);

        bytes32 digest = digestOf(attestation);
        bool lookUp = _barredCount != 0;
        for (uint256 i = 0; i < signers.length; ++i) {
            bool ascending = signers[i] < members.length && (i == 0 || signers[i] > signers[i - 1]);
            if (!ascending) revert SignersNotAscending(i);
            address attester = members[signers[i]];
            if (lookUp && _barred[attester]) revert AttesterIsBarred(attester);
            _requireSignature(attester, digest, signatures[i]);
        }
    }

    /// @inheritdoc IAttesterSet
    function proveEquivocation(
        Attestation calldata first,
        Attestation calldata second,
        address[] calldata members,
        uint8 signer,
        bytes calldata firstSignature,
        bytes calldata secondSignature
    ) external {
        if (!_contradict(first, second)) revert NoContradiction();
        _requireDisputable(first.epoch);
        _requireEpochMembers(first.epoch, members);
        if (signer >= members.length) revert SignersNotAscending(0);
        address attester = members[signer];
        if (_barred[attester]) revert AttesterIsBarred(attester);
        bytes32 evidence = keccak256(abi.encode(digestOf(first), digestOf(second)));
        _requireSignature(attester, digestOf(first), firstSignature);
        _requireSignature(attester, digestOf(second), secondSignature);

        _barred[attester] = true;
        _barredCount += 1;
        emit AttesterBarred(attester, first.stream, first.window, first.epoch, evidence);
        cases.open(first.stream, first.window, Parties.NOBODY, CaseReason.Equivocation, HaltScope.Stream, evidence);
    }

    /// @inheritdoc IAttesterSet
    function digestOf(Attestation calldata a) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    _ATTESTATION,
                    a.stream,
                    a.window,
                    a.root,
                    a.settlementHash,
                    keccak256(abi.encode(_NUMBERS, a.numbers)),
                    a.reportHash,
                    a.checkpoint,
                    a.epoch
                )
            )
        );
    }

    /// @inheritdoc IAttesterSet
    function epochOf(uint32 epoch) external view returns (Epoch memory) {
        return _epochs[epoch];
    }

    /// @inheritdoc IAttesterSet
    function isBarred(address attester) external view returns (bool) {
        return _barred[attester];
    }

    function _requireMembers(address[] calldata members) internal view {
        address last = address(0);
        for (uint256 i = 0; i < members.length; ++i) {
            if (members[i] <= last) revert MembersNotAscending(i);
            if (_barred[members[i]]) revert AttesterIsBarred(members[i]);
            last = members[i];
        }
    }

    function _requireEpochMembers(uint32 epoch, address[] calldata members) internal view {
        if (keccak256(abi.encode(members)) != _epochs[epoch].membersHash) revert MembersMismatch(epoch);
    }

    function _requireDisputable(uint32 epoch) internal view {
        uint64 endedAt = _epochs[epoch].endedAt;
        if (endedAt != 0 && block.timestamp > endedAt + DISPUTE_SECONDS) revert EvidenceTooOld(epoch, endedAt);
    }

    function _requireSignature(address attester, bytes32 digest, bytes calldata signature) internal view {
        if (!Signatures.isValid(attester, digest, signature)) revert SignatureRejected(attester);
    }

    /// @dev A report may be written anew and a checkpoint may be a later one; what was promised and paid in a window
    /// has one truth.
    function _contradict(Attestation calldata a, Attestation calldata b) internal pure returns (bool) {
        if (a.stream != b.stream || a.window != b.window || a.epoch != b.epoch) return false;
        bytes32 saysA = keccak256(abi.encode(a.root, a.settlementHash, a.numbers));
        return saysA != keccak256(abi.encode(b.root, b.settlementHash, b.numbers));
    }
}
