// Verification of proofs.
#pragma once
#include "backends.h"
#include "memory.h"

namespace kernel {

// (backend, key, signals, proofs, factors) -> status; one factor of 32 bytes and one proof of 256 bytes each
inline napi_value verify(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  if (!arguments.valid) return fail(env, "verify takes a backend, a key, signals, proofs and factors");
  const Backend* backend = backendNamed(arguments.text(0));
  size_t keySize = 0, signalsSize = 0, proofsSize = 0, factorsSize = 0;
  const uint8_t* key = arguments.bytes(1, &keySize);
  const uint8_t* signals = arguments.bytes(2, &signalsSize);
  const uint8_t* proofs = arguments.bytes(3, &proofsSize);
  const uint8_t* factors = arguments.bytes(4, &factorsSize);
  constexpr size_t header = 64 + 3 * 128, one = 64;
  const size_t count = proofsSize / 256;
  if (!arguments.valid || !backend || count == 0 || count > 64 || proofsSize % 256 || factorsSize != 32 * count ||
      keySize < header + one || (keySize - header) % one) {
    return fail(env, "verify takes a backend, a key, signals, proofs and factors");
  }
  const size_t signalCount = (keySize - header) / one - 1;
  if (signalsSize != 32 * signalCount * count) return fail(env, "verify takes all signals of all proofs");
  const int status =
      backend->verify(hostMemory, key, (uint32_t)signalCount, signals, proofs, factors, (uint32_t)count);
  return numberOf(env, status);
}

}  // namespace kernel
