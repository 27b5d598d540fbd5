// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICaseBook} from "./interfaces/ICaseBook.sol";
import {INettingLedger} from "./interfaces/INettingLedger.sol";
import {IParticipantRegistry} from "./interfaces/IParticipantRegistry.sol";
import {ISettlement} from "./interfaces/ISettlement.sol";
import {Movements} from "./libraries/Movements.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {CaseReason, HaltScope} from "./types/Cases.sol";
import {Parties} from "./types/Parties.sol";
import {WindowState} from "./types/WindowState.sol";

/// @title Settlement of net positions
/// @notice See ISettlement.
///
/// Invariants
/// 1. Liabilities are the sum of all credits and of the pay-ins of windows that are not sealed.
/// 2. As long as the token keeps its promises, the balance covers the liabilities.
/// 3. A window goes None, PayIn, then PaidOut or Refunded, and is paid out only if every debtor has paid in.
/// 4. A sealed window gave exactly what it took: to those who are owed, or back to those who had paid.
/// 5. The settlement hash and count are those of the window's movements in order, and are fixed once it is sealed.
/// 6. Terms never change.
contract Settlement is AccessManaged, EIP712, ReentrancyGuard, ISettlement {
    using SafeERC20 for IERC20;

    bytes32 private constant _ACKNOWLEDGEMENT = keccak256(
        "Acknowledgement(uint32 stream,uint32 window,uint32 participant,uint256 root,int96 position,bytes32 checkpoint)"
    );

    /// @inheritdoc ISettlement
    INettingLedger public immutable ledger;

    /// @inheritdoc ISettlement
    IParticipantRegistry public immutable participants;

    /// @inheritdoc ISettlement
    ICaseBook public immutable cases;

    mapping(uint32 stream => Terms) private _terms;
    mapping(uint32 stream => mapping(uint32 window => Settling)) private _settling;
    mapping(IERC20 token => mapping(address account => uint256)) private _credits;
    mapping(IERC20 token => uint256) private _liabilities;

    /// @param authority The AccessManager that gives the roles.
    constructor(address authority, IParticipantRegistry participants_, ICaseBook cases_)
        AccessManaged(authority)
        EIP712("Tallystick settlement", "1")
    {
        ledger = participants_.ledger();
        participants = participants_;
        cases = cases_;
    }

    /// @inheritdoc ISettlement
    function configure(uint32 stream, IERC20 token, uint128 unit, uint32 acknowledgeSeconds, uint32 paySeconds)
        external
        restricted
    {
        if (address(_terms[stream].token) != address(0)) revert TermsAlreadySet(stream);
        bool known = ledger.streamOf(stream).participants != 0 && address(token).code.length != 0;
        if (!known || unit == 0 || acknowledgeSeconds == 0 || paySeconds == 0) revert BadTerms(stream);

        _terms[stream] = Terms(token, unit, acknowledgeSeconds, paySeconds);
        emit StreamConfigured(stream, token, unit, acknowledgeSeconds, paySeconds);
    }

    /// @inheritdoc ISettlement
    function begin(uint32 stream, uint32 window) external {
        Settling storage s = _settling[stream][window];
        if (s.phase != Phase.None) revert AlreadyBegun(stream, window);
        (uint64 acknowledgeDeadline,) = deadlinesOf(stream, window);
        _requireUntil(acknowledgeDeadline);
        cases.requireRunning(stream);
        uint32 debtors = _requireSettleable(stream, window);

        (s.phase, s.beganAt, s.debtors) = (Phase.PayIn, uint64(block.timestamp), debtors);
        s.settlementHash = Movements.genesis(address(this), stream, window);
        emit SettlementBegun(stream, window, debtors, s.settlementHash);
    }

    /// @inheritdoc ISettlement
    function acknowledge(uint32 stream, uint32 window, uint32 participant, bytes32 checkpoint, bytes calldata signature)
        external
    {
        Settling storage s = _requireDebtorInTime(stream, window, participant);
        if (_has(s.acknowledged, participant)) revert AlreadyAcknowledged(stream, window, participant);
        address account = participants.requireAccount(stream, window, participant);
        bytes32 digest = acknowledgementDigest(stream, window, participant, checkpoint);
        if (!Signatures.isValid(account, digest, signature)) revert AcknowledgementRejected(account);

        s.acknowledged |= _bit(participant);
        int96 position = ledger.positionOf(stream, window, participant);
        emit PositionAcknowledged(stream, window, participant, account, position, checkpoint);
    }

    /// @inheritdoc ISettlement
    function payIn(uint32 stream, uint32 window, uint32 participant) external nonReentrant {
        Settling storage s = _requireDebtorInTime(stream, window, participant);
        if (_has(s.paid, participant)) revert AlreadyPaid(stream, window, participant);
        cases.requireRunning(stream);
        address account = participants.requireAccount(stream, window, participant);
        if (msg.sender != account) revert NotTheAccount(account, msg.sender);

        Terms storage terms = _terms[stream];
        uint64 units = uint64(uint96(-ledger.positionOf(stream, window, participant)));
        uint256 amount = units * uint256(terms.unit);
        s.paid |= _bit(participant);
        _liabilities[terms.token] += amount;
        (uint32 asset, uint32 valueDate) = _kind(stream, window);
        uint256 word = Movements.word(units, valueDate, asset, participant, Parties.HOUSE);
        _append(s, word);
        _take(terms.token, account, amount);
        emit PaidIn(stream, window, participant, account, amount, word, s.settlementHash);
    }

    /// @inheritdoc ISettlement
    function seal(uint32 stream, uint32 window) external nonReentrant {
        Settling storage s = _requireSettling(stream, window);
        uint32 unpaid = s.debtors & ~s.paid;
        bool excused = false;
        if (unpaid == 0) {
            s.phase = Phase.PaidOut;
        } else {
            (, uint64 payDeadline) = deadlinesOf(stream, window);
            _requireAfter(payDeadline);
            s.phase = Phase.Refunded;
            excused = cases.wasHaltedSince(stream, s.beganAt);
        }

        _credit(stream, window, s);
        emit SettlementSealed(stream, window, s.phase, s.settlementHash, s.count, unpaid, excused);
        if (!excused) _reportUnpaid(stream, window, unpaid, s.settlementHash);
    }

    /// @inheritdoc ISettlement
    function reportUnacknowledged(uint32 stream, uint32 window, uint32 participant) external {
        Settling storage s = _requireSettling(stream, window);
        if (!_has(s.debtors, participant)) revert NotADebtor(stream, window, participant);
        (uint64 acknowledgeDeadline,) = deadlinesOf(stream, window);
        _requireAfter(acknowledgeDeadline);
        if (_has(s.acknowledged | s.paid | s.reported, participant)) revert NotMissing(stream, window, participant);

        s.reported |= _bit(participant);
        cases.open(stream, window, participant, CaseReason.AcknowledgementMissing, HaltScope.None, s.settlementHash);
    }

    /// @inheritdoc ISettlement
    function withdraw(IERC20 token, address to) external nonReentrant {
        uint256 amount = _credits[token][msg.sender];
        if (amount == 0) revert NothingToWithdraw(token, msg.sender);
        if (to == address(0) || to == address(this)) revert BadRecipient(to);

        _credits[token][msg.sender] = 0;
        _liabilities[token] -= amount;
        _give(token, to, amount);
        emit Withdrawn(token, msg.sender, to, amount);
    }

    /// @inheritdoc ISettlement
    function acknowledgementDigest(uint32 stream, uint32 window, uint32 participant, bytes32 checkpoint)
        public
        view
        returns (bytes32)
    {
        int96 position = ledger.positionOf(stream, window, participant);
        uint256 root = ledger.windowOf(stream, window).root;
        return _hashTypedDataV4(
            keccak256(abi.encode(_ACKNOWLEDGEMENT, stream, window, participant, root, position, checkpoint))
        );
    }

    /// @inheritdoc ISettlement
    function termsOf(uint32 stream) external view returns (Terms memory) {
        return _terms[stream];
    }

    /// @inheritdoc ISettlement
    function deadlinesOf(uint32 stream, uint32 window)
        public
        view
        returns (uint64 acknowledgeDeadline, uint64 payDeadline)
    {
        Terms storage terms = _terms[stream];
        if (address(terms.token) == address(0)) revert TermsMissing(stream);
        acknowledgeDeadline = ledger.windowOf(stream, window).commitDeadline + terms.acknowledgeSeconds;
        payDeadline = acknowledgeDeadline + terms.paySeconds;
    }

    /// @inheritdoc ISettlement
    function settlingOf(uint32 stream, uint32 window) external view returns (Settling memory) {
        return _settling[stream][window];
    }

    /// @inheritdoc ISettlement
    function creditOf(IERC20 token, address account) external view returns (uint256) {
        return _credits[token][account];
    }

    /// @inheritdoc ISettlement
    function liabilitiesOf(IERC20 token) external view returns (uint256) {
        return _liabilities[token];
    }

    /// @inheritdoc ISettlement
    function shortfallOf(IERC20 token) external view returns (uint256) {
        (uint256 owed, uint256 held) = (_liabilities[token], token.balanceOf(address(this)));
        return owed > held ? owed - held : 0;
    }

    /// @dev Credits creditors when the window is paid out, and debtors who have paid when it is refunded.
    function _credit(uint32 stream, uint32 window, Settling storage s) internal {
        Terms storage terms = _terms[stream];
        bool paidOut = s.phase == Phase.PaidOut;
        int96[] memory positions = ledger.positionsOf(stream, window);
        (uint32 asset, uint32 valueDate) = _kind(stream, window);
        for (uint32 i = 0; i < positions.length; ++i) {
            bool due = paidOut ? positions[i] > 0 : _has(s.paid, i);
            if (!due) continue;
            uint64 units = uint64(uint96(paidOut ? positions[i] : -positions[i]));
            uint256 amount = units * uint256(terms.unit);
            address account = participants.requireAccount(stream, window, i);
            _credits[terms.token][account] += amount;
            uint256 word = Movements.word(units, valueDate, asset, Parties.HOUSE, i);
            _append(s, word);
            if (paidOut) emit PaidOut(stream, window, i, account, amount, word, s.settlementHash);
            else emit Refunded(stream, window, i, account, amount, word, s.settlementHash);
        }
    }

    function _append(Settling storage s, uint256 word) internal {
        s.settlementHash = Movements.append(s.settlementHash, word, block.timestamp);
        s.count += 1;
    }

    function _take(IERC20 token, address from, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 held = token.balanceOf(address(this));
        if (held != before + amount) revert AmountChanged(token, before + amount, held);
    }

    /// @dev Here too: a token that takes its fee from the sender would take it from the others' money.
    function _give(IERC20 token, address to, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransfer(to, amount);
        uint256 held = token.balanceOf(address(this));
        if (held + amount != before) revert AmountChanged(token, before - amount, held);
    }

    function _reportUnpaid(uint32 stream, uint32 window, uint32 unpaid, bytes32 evidence) internal {
        for (uint32 i = 0; i < Parties.MAX; ++i) {
            if (!_has(unpaid, i)) continue;
            cases.open(stream, window, i, CaseReason.PositionUnpaid, HaltScope.Participant, evidence);
        }
    }

    function _requireSettleable(uint32 stream, uint32 window) internal view returns (uint32 debtors) {
        if (ledger.windowOf(stream, window).state != WindowState.Disclosed) {
            revert PositionsNotDisclosed(stream, window);
        }
        int96[] memory positions = ledger.positionsOf(stream, window);
        for (uint32 i = 0; i < positions.length; ++i) {
            int96 position = positions[i];
            if (position == 0) continue;
            participants.requireAccount(stream, window, i);
            bool fits = position <= int96(uint96(type(uint64).max)) && position >= -int96(uint96(type(uint64).max));
            if (!fits) revert PositionTooLarge(i, position);
            if (position > 0) continue;
            cases.requireParticipantRunning(stream, i);
            debtors |= _bit(i);
        }
    }

    /// @dev What all movements of a window have in common.
    function _kind(uint32 stream, uint32 window) internal view returns (uint32 asset, uint32 valueDate) {
        return (ledger.streamOf(stream).asset, ledger.windowOf(stream, window).dateTo);
    }

    function _requireDebtorInTime(uint32 stream, uint32 window, uint32 participant)
        internal
        view
        returns (Settling storage s)
    {
        s = _requireSettling(stream, window);
        if (!_has(s.debtors, participant)) revert NotADebtor(stream, window, participant);
        (, uint64 payDeadline) = deadlinesOf(stream, window);
        _requireUntil(payDeadline);
    }

    function _requireSettling(uint32 stream, uint32 window) internal view returns (Settling storage s) {
        s = _settling[stream][window];
        if (s.phase != Phase.PayIn) revert NotSettling(stream, window, s.phase);
    }

    function _requireUntil(uint64 deadline) internal view {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
    }

    function _requireAfter(uint64 deadline) internal view {
        if (block.timestamp <= deadline) revert DeadlineNotPassed(deadline, block.timestamp);
    }

    function _bit(uint32 participant) internal pure returns (uint32) {
        return uint32(1) << participant;
    }

    function _has(uint32 set, uint32 participant) internal pure returns (bool) {
        return participant < Parties.MAX && set & _bit(participant) != 0;
    }
}
