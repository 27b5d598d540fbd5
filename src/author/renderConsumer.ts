import type { Circuit } from '../model/Circuit.ts';
import type { Signal } from '../model/Computation.ts';
import { r } from '../model/Field.ts';

/** As the interfaces that the contract stands on. */
const pragma = '0.8.37';
const sources = 'tallystick/verifier-contracts/src';

/**
 * A Solidity contract that relies on recorded statements of a program: it asks the ledger and takes the public signals
 * apart. A start for an author's own contract; it keeps what it has taken in, so that nothing counts twice.
 */
export function renderConsumer({ name, size, template, programId, signals }: Circuit): string {
  const fields = publicFields(signals);
  const hasSigned = fields.some(({ signal }) => signal.type === 'int');
  const contract = `${template}Consumer`;
  return `// SPDX-License-Identifier: MIT
pragma solidity ${pragma};

import {IComputeLedger} from "${sources}/interfaces/IComputeLedger.sol";
import {ProgramId, StatementId} from "${sources}/types/Ids.sol";

/// @title What a contract does with proven statements of ${name} (${size})
/// @notice Made by \`tally consumer ${name}\`; a start, yours to change. The ledger verifies and records; this contract
/// asks it whether a statement is recorded and final, and takes each statement in once.
contract ${contract} {
    /// @notice The public signals of ${name}, context aside.
    struct Results {
${fields.map(({ signal, type }) => `        ${type} ${identifier(signal.name)};${comment(signal)}`).join('\n')}
    }

    /// @notice What is proven. Another circuit, another size or another schema is another program.
    ProgramId public constant PROGRAM = ProgramId.wrap(${programId});
    uint256 private constant SIGNAL_COUNT = ${1 + fields.reduce((sum, { length }) => sum + length, 0)};
${hasSigned ? `    /// @dev The field's order: a negative number -k is the signal r - k.\n    uint256 private constant R = ${r};\n` : ''}
    IComputeLedger public immutable LEDGER;
    /// @notice Blocks that must follow the one that recorded a statement before it is relied upon.
    uint64 public immutable CONFIRMATIONS;

    mapping(StatementId statementId => bool) public isTaken;

    /// @notice Emitted when a statement has been taken in.
    event Taken(StatementId indexed statementId, Results results);

    /// @notice Thrown when a statement was taken in before.
    error AlreadyTaken(StatementId statementId);
    /// @notice Thrown when the number of signals is not that of the program.
    error SignalCountMismatch(uint256 expected, uint256 got);

    constructor(IComputeLedger ledger, uint64 confirmations) {
        LEDGER = ledger;
        CONFIRMATIONS = confirmations;
    }

    /// @notice Takes a recorded statement in. Anyone may call it; the context in signals[0] says whom it is for.
    function take(uint256[] calldata signals) external returns (Results memory results) {
        StatementId statementId = LEDGER.requireRecorded(PROGRAM, signals, CONFIRMATIONS);
        if (isTaken[statementId]) revert AlreadyTaken(statementId);
        isTaken[statementId] = true;
        results = _decode(signals);
        emit Taken(statementId, results);
    }

    /// @notice The results of a recorded statement. Reverts with the reason: not recorded, frozen, or not final.
    function read(uint256[] calldata signals) external view returns (Results memory) {
        LEDGER.requireRecorded(PROGRAM, signals, CONFIRMATIONS);
        return _decode(signals);
    }

    function _decode(uint256[] calldata signals) private pure returns (Results memory results) {
        if (signals.length != SIGNAL_COUNT) revert SignalCountMismatch(SIGNAL_COUNT, signals.length);
${fields.map(decodeText).join('\n')}
    }
${hasSigned ? signedText : ''}}
`;
}

type Field = { readonly signal: Signal; readonly type: string; readonly first: number; readonly length: number };

/** Public signals but the context, each with its first number; arrays of more than one dimension lie flat. */
function publicFields(signals: readonly Signal[]): readonly Field[] {
  let first = 1;
  return signals
    .filter((signal) => signal.public && signal.name !== 'context')
    .map((signal) => {
      const length = signal.dimensions.reduce((product, size) => product * size, 1);
      const scalar = signal.type === 'int' ? 'int256' : 'uint256';
      const type = signal.dimensions.length === 0 ? scalar : `${scalar}[${length}]`;
      const field = { signal, type, first, length };
      first += length;
      return field;
    })
    .filter(({ length }) => length > 0);
}

function decodeText({ signal, first, length }: Field): string {
  const element = (index: string) => (signal.type === 'int' ? `_signed(signals[${index}])` : `signals[${index}]`);
  const name = identifier(signal.name);
  if (signal.dimensions.length === 0) return `        results.${name} = ${element(String(first))};`;
  return [
    `        for (uint256 i = 0; i < ${length}; ++i) {`,
    `            results.${name}[i] = ${element(`${first} + i`)};`,
    '        }',
  ].join('\n');
}

const signedText = `
    /// @dev The ledger admits signals below R only.
    function _signed(uint256 signal) private pure returns (int256) {
        return signal > R / 2 ? -int256(R - signal) : int256(signal);
    }
`;

function comment({ unit, dimensions, min, max }: Signal): string {
  const shape = dimensions.length > 1 ? `[${dimensions.join('][')}] row by row, ` : '';
  return ` // ${shape}${min} to ${max === r - 1n ? 'r - 1' : max}${unit ? ` ${unit}` : ''}`;
}

/** A field may not be called as the language calls something else. */
function identifier(name: string): string {
  return reserved.has(name) ? `${name}_` : name;
}

const reserved = new Set(
  (
    'abstract address after alias anonymous apply as assembly auto bool break bytes calldata case catch constant ' +
    'constructor continue contract copyof default define delete do else emit enum error event external fallback false ' +
    'final fixed for from function hex if immutable implements import in indexed inline int interface internal is let ' +
    'library macro mapping match memory modifier mutable new null of override partial payable pragma private promise ' +
    'public pure receive reference relocatable return returns revert sealed sizeof static storage string struct super ' +
    'supports switch this throw transient true try type typedef typeof ufixed uint unchecked unicode using var view ' +
    'virtual while ether gwei wei seconds minutes hours days weeks years'
  ).split(' '),
);
