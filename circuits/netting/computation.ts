import { contextSignal, defineComputation, type Parameters } from '../../src/model/Computation.ts';
import { Obligation } from '../../src/model/Obligation.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Tree } from '../../src/model/Tree.ts';

const uint32Max = 2n ** 32n - 1n;
const records = ['N'] as const;
const participants = ['P'] as const;
/** A number among at most 31 participants; the circuit asks for a number below P. */
const participant = { type: 'uint', shape: records, unit: 'participant', max: 30n } as const;
const day = { type: 'uint', unit: 'days since 1970-01-01', max: uint32Max } as const;

/** One batch of a window's obligations: into the window's tree, and onto the net positions of its participants. */
export default defineComputation({
  name: 'netting',
  version: 1,
  kind: 'netting',
  template: 'Netting',
  parameters: ['N', 'P', 'depth'],
  sizes: { real: { N: 64, P: 16, depth: 24 }, tiny: { N: 4, P: 4, depth: 6 } },
  signals: {
    context: contextSignal,
    asset: { type: 'uint', public: true, max: uint32Max },
    dateFrom: { ...day, public: true },
    dateTo: { ...day, public: true },
    oldRoot: { type: 'field', public: true },
    newRoot: { type: 'field', public: true, result: true },
    firstIndex: { type: 'uint', unit: 'slots', public: true, max: uint32Max },
    oldPositions: { type: 'field', public: true },
    newPositions: { type: 'field', public: true, result: true },
    used: { type: 'uint', shape: records, max: 1n },
    debtor: participant,
    creditor: participant,
    amount: { type: 'uint', shape: records, unit: 'units', max: 2n ** 64n - 1n },
    valueDate: { ...day, shape: records },
    reference: { type: 'uint', shape: records, max: 2n ** 248n - 1n },
    salt: { type: 'field', shape: records },
    siblings: { type: 'field', shape: [({ N, depth }: Parameters) => (depth as number) - Math.log2(N as number)] },
    positions: { type: 'int', shape: participants, unit: 'units', min: -(2n ** 95n), max: 2n ** 95n - 1n },
    oldSalt: { type: 'field' },
    newSalt: { type: 'field' },
  },
  reference: (given, parameters) => {
    const obligations = given.used.map((_, i) => ({
      debtor: Number(given.debtor[i]),
      creditor: Number(given.creditor[i]),
      amount: given.amount[i] as bigint,
      valueDate: Number(given.valueDate[i]),
      asset: Number(given.asset),
      reference: given.reference[i] as bigint,
    }));
    const isUsed = (_: unknown, i: number) => given.used[i] === 1n;
    const firstIndex = Number(given.firstIndex);
    const leaves = obligations.map((obligation, i) =>
      isUsed(obligation, i) ? Obligation.leaf(obligation, firstIndex + i, given.salt[i] as bigint) : 0n,
    );
    const after = Positions.apply(given.positions, obligations.filter(isUsed));
    return {
      newRoot: Tree.root(Tree.subtree(leaves), firstIndex / (parameters.N as number), given.siblings),
      newPositions: Positions.commitment(after, given.newSalt),
    };
  },
  // No day lies in a window that ends before it begins.
  impossible: {
    context: 0n,
    asset: 0n,
    dateFrom: 1n,
    dateTo: 0n,
    oldRoot: 0n,
    newRoot: 0n,
    firstIndex: 0n,
    oldPositions: 0n,
    newPositions: 0n,
  },
});
