import type { Deployment } from '../chain/deployment.ts';
import { InputRangeError } from '../errors.ts';
import { Computation, type Values } from '../model/Computation.ts';
import type { Hex } from '../model/Hex.ts';
import { Input } from '../model/Input.ts';
import { Json, type JsonValue } from '../model/Json.ts';
import type { Purpose } from '../model/ProofFile.ts';
import { Statement } from '../model/Statement.ts';
import type { Prepared } from './prepare.ts';
import type { PurposedJob } from './prove.ts';

/** An input as its caller wrote it, and what to call it. */
export type RawInput = { readonly id: string; readonly input: JsonValue };

/** For whom the statements are: the ledger's statements of a stream and window, for a beneficiary. */
export type StatementPlace = {
  readonly deployment: Pick<Deployment, 'chainId' | 'contracts'>;
  readonly stream: number;
  readonly window: number;
  readonly beneficiary: Hex;
};

/**
 * Makes jobs of raw inputs: validates them against the computation's schema, fills in the context for the ledger where
 * the caller gave none, and adds the results that the reference function works out.
 * @throws the input errors, and InputRangeError where neither a context nor a ledger is known
 */
export function planStatements(
  { computation, circuit, keys }: Prepared,
  { inputs, place }: { readonly inputs: readonly RawInput[]; readonly place: StatementPlace | undefined },
): readonly PurposedJob[] {
  const purpose = place && purposeOf(place);
  return inputs.map(({ id, input }) => {
    const isComplete = Json.isObject(input) && Object.hasOwn(input, 'context');
    const { raw, used } = isComplete ? { raw: input, used: undefined } : addContext(input, purpose, circuit.programId);
    const given = Input.parse(circuit.signals, raw);
    const completed: Values = Computation.complete(computation, circuit.parameters, given);
    // The results come from the computation's own code, so they are held to the schema like everything else.
    return { id, circuit, keys, purpose: used, input: Input.parse(circuit.signals, completed) };
  });
}

/** What a context for the ledger of computations is made of, the program aside. */
export function purposeOf({ deployment, stream, window, beneficiary }: StatementPlace): Purpose {
  const { chainId, contracts } = deployment;
  return { chainId, contract: contracts.computeLedger.address, stream, window, beneficiary };
}

function addContext(input: JsonValue, purpose: Purpose | undefined, programId: Hex) {
  if (!purpose) {
    throw new InputRangeError('the input has no context, and no ledger is deployed to make one for', {
      at: 'context',
      remedy: 'run `tally deploy`, or give a context in the input',
    });
  }
  // Whatever is not an object is refused by the schema.
  const raw = Json.isObject(input)
    ? Object.assign(Object.create(null), input, { context: Statement.context({ ...purpose, programId }) })
    : input;
  return { raw, used: purpose };
}
