import { contextSignal, defineComputation, type Parameters } from '../../src/model/Computation.ts';
import { Obligation } from '../../src/model/Obligation.ts';
import { Positions } from '../../src/model/Positions.ts';
import { Tree } from '../../src/model/Tree.ts';
import { type NettingInput, Window } from '../../src/model/Window.ts';

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
  sample: drawChunk,
  looseWires: [
    {
      signal: 'main.reference',
      why: 'any element goes into the leaf as it is, and nothing else is computed with it',
    },
    {
      signal: 'main.NonZeroIf[*].inverse',
      why: 'in an empty slot nothing has to be invertible; the wire stands in this one constraint only',
    },
  ],
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

/** The second chunk of a random window: a tree that is not empty, some slots that are. */
function drawChunk(draw: () => bigint, parameters: Parameters) {
  const { N, P, depth } = parameters as { N: number; P: number; depth: number };
  const below = (limit: number) => Number(draw() % BigInt(limit));
  const [asset, dateFrom, dateTo] = [7, 20_000, 20_030];
  const obligations = Array.from({ length: N + 1 + below(N) }, () => {
    const debtor = below(P);
    const creditor = (debtor + 1 + below(P - 1)) % P;
    const valueDate = dateFrom + below(dateTo - dateFrom + 1);
    return { debtor, creditor, amount: 1n + (draw() % 2n ** 64n) / 2n, valueDate, asset, reference: draw() >> 8n };
  });
  const plan = Window.plan({ asset, dateFrom, dateTo, obligations }, { parameters: { N, P, depth }, draw });
  const { newRoot: _root, newPositions: _positions, ...given } = plan.chunks[1] as NettingInput;
  return { context: draw() >> 8n, ...given };
}
