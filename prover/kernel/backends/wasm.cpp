// The backend for WebAssembly with 128-bit SIMD: two lanes of 29-bit limbs. Its functions are exported one by one; every
// pointer is an address in the module's own memory.
#define KERNEL_NAMESPACE kernel_wasm
#include "../wasm/runtime.h"
#include "../field/arithGeneric.h"
#include "../field/memory29.h"
#include "exports.h"

#define KERNEL_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace kernel_wasm {
struct Wasm {
  using Fq = Field29<BaseField, ArithGeneric>;
  using Fr = Field29<ScalarField, ArithGeneric>;
};
using E = Exports<Wasm>;
static int lastStatus = kernelOk;
}  // namespace kernel_wasm

using namespace kernel_wasm;

KERNEL_EXPORT(take) void* take(u32 bytes) { return takeBlock(bytes); }
KERNEL_EXPORT(give) void give(void* block, u32 bytes) { giveBlock(block, bytes); }

// What the last function that returned null had to say.
KERNEL_EXPORT(status) int status() { return lastStatus; }

KERNEL_EXPORT(readKey) kernel::Key* readKey(const u8* zkey, u32 size) {
  return E::readKey(zkey, size, hostMemory, &lastStatus);
}
KERNEL_EXPORT(createWorkspace) kernel::Workspace* createWorkspace() { return E::createWorkspace(hostMemory); }
KERNEL_EXPORT(beginProof)
kernel::Proof* beginProof(kernel::Workspace* workspace, const kernel::Key* key, const u8* witness, u32 elements,
                          const u8* r, const u8* s) {
  return E::beginProof(workspace, key, witness, elements, r, s, &lastStatus);
}
KERNEL_EXPORT(runStage) int runStage(kernel::Proof* proof, int stage, kernel::Workspace* workspace) {
  return E::runStage(proof, stage, workspace);
}
KERNEL_EXPORT(finishProof) void finishProof(kernel::Proof* proof, u8* out) { E::finishProof(proof, out); }

// See kernel.h.
KERNEL_EXPORT(scalePoints) int scalePoints(u8* out, const u8* points, u32 count, const u8* scalar) {
  return E::scalePoints(hostMemory, out, points, count, scalar);
}
KERNEL_EXPORT(sumPoints) int sumPoints(int group, u8* out, const u8* points, const u8* scalars, u32 count) {
  return E::sumPoints(hostMemory, group, out, points, scalars, count);
}
KERNEL_EXPORT(combinePoints)
int combinePoints(int group, u8* out, const u8* points, u32 count, const u8* starts, const u8* numbers,
                  const u8* scalars, u32 sums) {
  return E::combinePoints(hostMemory, group, out, points, count, starts, numbers, scalars, sums);
}

// For tests; see probe.h.
KERNEL_EXPORT(probe) int probe(int operation, u8* out, const u8* in, u32 count) {
  return probeOperation<Wasm>(hostMemory, operation, out, in, count);
}
