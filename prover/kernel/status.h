// What a call of the kernel answers with. The same numbers stand in prover/engines/kernelStatus.ts.
#pragma once

enum KernelStatus : int {
  kernelOk = 0,
  // The host has no memory left.
  kernelNoMemory = 1,
  // The bytes are not a Groth16 key over BN254 whose sections have the lengths that its header promises.
  kernelBadKey = 2,
  // A point of the key has a coordinate that is not below q, or is not on its curve.
  kernelBadPoint = 3,
  // A coefficient names a constraint or a wire that does not exist, or is not below r.
  kernelBadCoefficient = 4,
  // The witness has the wrong length, an element that is not below r, or does not begin with 1.
  kernelBadWitness = 5,
  // A batch of additions met a denominator of zero that its filter had not seen: a defect of the kernel.
  kernelZeroDenominator = 6,
  // An argument is out of range: a defect of the caller.
  kernelBadArgument = 7,
  // A proof or its signals are not of canonical form, a point is outside its group, or the equation does not hold.
  kernelBadProof = 8,
};
