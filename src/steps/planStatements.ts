import type { Deployment } from '../chain/deployment.ts';
import { ComputationError, type ErrorFacts, InputRangeError, TallyError } from '../errors.ts';
import { Computation, type Parameters, type Values } from '../model/Computation.ts';
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
  const toJob = ({ id, input }: RawInput): PurposedJob => {
    const isComplete = Json.isObject(input) && Object.hasOwn(input, 'context');
    const { raw, used } = isComplete ? { raw: input, used: undefined } : addContext(input, purpose, circuit.programId);
    const given = Input.parse(circuit.signals, raw);
    const completed = complete(computation, circuit.parameters, given);
    // The results come from the computation's own code, so they are held to the schema like everything else.
    return { id, circuit, keys, purpose: used, input: Input.parse(circuit.signals, completed) };
  };
  return inputs.map((each) => (inputs.length > 1 ? naming(each.id, () => toJob(each)) : toJob(each)));
}

/** The reference function is its author's code: what it throws may quote private values. */
function complete(computation: Computation, parameters: Parameters, given: Values): Values {
  try {
    return Computation.complete(computation, parameters, given);
  } catch (cause) {
    if (cause instanceof TallyError) throw cause;
    throw new ComputationError(`the reference function of ${computation.name} failed on this input`, {
      at: `circuits/${computation.name}/computation.ts`,
      details: [cause instanceof Error ? cause.name : typeof cause],
      remedy: 'run it on this input in a test of its own; what it throws is not shown, because the input is private',
    });
  }
}

/** Says in an error which of several inputs it is about. */
function naming<T>(id: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    const { shortMessage, at, details, remedy } = error;
    const Same = error.constructor as new (message: string, facts: ErrorFacts) => TallyError;
    throw new Same(shortMessage, { at: at === undefined ? id : `${id}: ${at}`, details, remedy, cause: error });
  }
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
