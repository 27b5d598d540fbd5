// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ISettlement} from "../../../verifier-contracts/src/interfaces/ISettlement.sol";
import {SettlementStream} from "../support/SettlementStream.sol";
import {
    BlacklistToken,
    FalseToken,
    FeeOnSenderToken,
    FeeOnTransferToken,
    LyingToken,
    ReentrantToken,
    SilentToken,
    TestToken
} from "../support/Tokens.sol";

/// @notice Tokens that do not do what they are asked, each in a stream of its own beside the good one.
contract SettlementTokensTest is SettlementStream {
    uint32 private constant STREAM = 7;

    function test_C40_feeOnTransferIsRefused() public {
        FeeOnTransferToken bad = new FeeOnTransferToken();
        _begin(IERC20(address(bad)));
        // A hundredth of 7,000 base units stays behind.
        _expectPayInError(abi.encodeWithSelector(ISettlement.AmountChanged.selector, bad, 7_000, 6_930));
        assertEq(settlement.liabilitiesOf(bad), 0);
    }

    function test_C40_feeFromTheSenderIsRefused() public {
        FeeOnSenderToken bad = new FeeOnSenderToken();
        _begin(IERC20(address(bad)));
        _payAll();
        bad.charge();
        // There is money of others to take the fee from.
        bad.mint(address(settlement), 1_000);
        vm.prank(accountOf(2));
        expectError(abi.encodeWithSelector(ISettlement.AmountChanged.selector, bad, 1_000, 900));
        settlement.withdraw(bad, STRANGER);
        assertEq(settlement.creditOf(bad, accountOf(2)), 100 * UNIT);
    }

    function test_C40_falseIsRefused() public {
        FalseToken bad = new FalseToken();
        _begin(IERC20(address(bad)));
        _expectPayInError(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, bad));
    }

    function test_C40_aTrueWithoutMoneyIsRefused() public {
        LyingToken bad = new LyingToken();
        _begin(IERC20(address(bad)));
        _expectPayInError(abi.encodeWithSelector(ISettlement.AmountChanged.selector, bad, 7_000, 0));
    }

    function test_C40_noAnswerIsTakenByTheBalance() public {
        SilentToken silent = new SilentToken();
        createStream(STREAM, "netting");
        vm.startPrank(REGISTRAR);
        settlement.configure(STREAM, IERC20(address(silent)), UNIT, ACKNOWLEDGE, PAY);
        for (uint32 i = 0; i < 4; ++i) {
            participants.register(STREAM, i, accountOf(i), 0);
            silent.mint(accountOf(i), 10_000);
        }
        vm.stopPrank();
        begun(STREAM, 1, usualPositions());
        _payAll();
        vm.prank(accountOf(2));
        settlement.withdraw(IERC20(address(silent)), STRANGER);
        assertEq(silent.balanceOf(STRANGER), 100 * UNIT);
        assertEq(silent.balanceOf(address(settlement)), 0);
    }

    function test_C40_shrinkingBalancesAreSeenAndHalt() public {
        TestToken rebasing = new TestToken(2);
        _begin(rebasing);
        _payAll();
        rebasing.shrink(address(settlement), 1);
        assertEq(settlement.shortfallOf(rebasing), 1);
        assertEq(settlement.shortfallOf(token), 0);
        compareWindow(STREAM, 1);
        assertEq(cases.streamHaltsOf(STREAM), 1);
        assertEq(cases.streamHaltsOf(1), 0);
    }

    /// @dev A blacklisted payer cannot pay, a blacklisted payee takes its credit elsewhere, and nobody else waits.
    function test_C40_blacklistsStopNobodyElse() public {
        BlacklistToken listing = new BlacklistToken();
        _begin(listing);
        listing.list(accountOf(2));
        _payAll();
        vm.startPrank(accountOf(2));
        expectError(abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, accountOf(2)));
        settlement.withdraw(listing, accountOf(2));
        settlement.withdraw(listing, STRANGER);
        vm.stopPrank();
        assertEq(listing.balanceOf(STRANGER), 100 * UNIT);
    }

    function test_C40_aBlacklistedPayerCannotPay() public {
        BlacklistToken listing = new BlacklistToken();
        _begin(listing);
        listing.list(accountOf(0));
        _expectPayInError(abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, accountOf(0)));
    }

    function test_C21_tokenCannotPayInAgain() public {
        ReentrantToken bad = new ReentrantToken();
        _begin(bad);
        bad.arm(address(settlement), abi.encodeCall(settlement.payIn, (STREAM, 1, 1)));
        payIn(STREAM, 1, 0);
        _expectRefused(bad);
        assertEq(settlingOf(STREAM, 1).count, 1);
    }

    function test_C21_tokenCannotSealOrWithdraw() public {
        ReentrantToken bad = new ReentrantToken();
        _begin(bad);
        payIn(STREAM, 1, 0);
        bad.arm(address(settlement), abi.encodeCall(settlement.seal, (STREAM, 1)));
        payIn(STREAM, 1, 1);
        _expectRefused(bad);
        sealWindow(STREAM, 1);
        bad.arm(address(settlement), abi.encodeCall(settlement.withdraw, (IERC20(address(bad)), STRANGER)));
        vm.prank(accountOf(2));
        settlement.withdraw(bad, STRANGER);
        _expectRefused(bad);
        assertEq(bad.balanceOf(STRANGER), 100 * UNIT);
        assertEq(settlement.liabilitiesOf(bad), 0);
    }

    /// @dev 18 decimals: a unit of 10^12 base units, so that cents of stream units are whole.
    function test_decimals_areAMatterOfTheUnit() public {
        createStream(STREAM, "netting");
        TestToken fine = new TestToken(18);
        vm.startPrank(REGISTRAR);
        settlement.configure(STREAM, fine, 10 ** 12, ACKNOWLEDGE, PAY);
        for (uint32 i = 0; i < 4; ++i) {
            participants.register(STREAM, i, accountOf(i), 0);
        }
        vm.stopPrank();
        begun(STREAM, 1, usualPositions());
        fine.mint(accountOf(0), 70 * 10 ** 12);
        vm.prank(accountOf(0));
        fine.approve(address(settlement), 70 * 10 ** 12);
        payIn(STREAM, 1, 0);
        assertEq(fine.balanceOf(accountOf(0)), 0);
    }

    function _begin(IERC20 inToken) private {
        createStream(STREAM, "netting");
        prepareStream(STREAM, inToken);
        begun(STREAM, 1, usualPositions());
    }

    function _payAll() private {
        payIn(STREAM, 1, 0);
        payIn(STREAM, 1, 1);
        sealWindow(STREAM, 1);
    }

    function _expectPayInError(bytes memory reason) private {
        vm.prank(accountOf(0));
        expectError(reason);
        settlement.payIn(STREAM, 1, 0);
    }

    function _expectRefused(ReentrantToken bad) private view {
        assertTrue(bad.called() && !bad.succeeded(), "the call back is refused");
        assertEq(uint256(uint32(bad.reason())), uint256(uint32(ReentrancyGuard.ReentrancyGuardReentrantCall.selector)));
    }
}
