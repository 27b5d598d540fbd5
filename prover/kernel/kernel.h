// What a backend offers its host: the Node-API addon or, in WebAssembly, the functions that the module exports. Plain C
// types only, since each backend is compiled by itself with its own instruction set.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "status.h"

namespace kernel {

// Where memory comes from: blocks aligned to 64 bytes, or null.
struct Memory {
  void* (*take)(size_t bytes);
  void (*give)(void* block, size_t bytes);
};

struct Key;
struct Workspace;
struct Proof;
struct Generator;

// The stages of a proof; see groth16/proof.h for their order.
enum Stage : int { quotient = 0, h = 1, a = 2, b1 = 3, b2 = 4, c = 5, stageCount = 6 };

struct Backend {
  const char* name;

  // A key from the bytes of a `.zkey`; null and a status when it is refused. The bytes are not needed afterwards.
  Key* (*readKey)(const uint8_t* zkey, uint64_t size, const Memory& memory, int* status);
  void (*freeKey)(Key* key);
  uint64_t (*keyBytes)(const Key* key);
  uint32_t (*keyWires)(const Key* key);

  // Memory for one proof at a time, kept from proof to proof.
  Workspace* (*createWorkspace)(const Memory& memory);
  void (*freeWorkspace)(Workspace* workspace);
  uint64_t (*workspaceBytes)(const Workspace* workspace);

  // A proof in the making; null and a status when the witness is refused. It lives in the workspace until that begins
  // another one, and keeps its own copy of the witness.
  Proof* (*beginProof)(Workspace* workspace, const Key* key, const uint8_t* witness, uint64_t elements,
                       const uint8_t* r, const uint8_t* s, int* status);
  // Runs one stage in the memory of a workspace: the proof's own, or that of another thread which helps. Different stages
  // may run at once in different workspaces.
  int (*runStage)(Proof* proof, int stage, Workspace* workspace);
  // 256 bytes: A.x A.y B.x0 B.x1 B.y0 B.y1 C.x C.y, canonical, least significant byte first.
  void (*finishProof)(Proof* proof, uint8_t* out);

  // Multiples of the generator of G1 (group 1) or G2 (group 2) by windows of `bits` bits; null when memory ran out.
  Generator* (*createGenerator)(const Memory& memory, int group, int bits);
  void (*freeGenerator)(Generator* generator);
  // `count` scalars of 32 bytes to as many points of 64 or 128 bytes, as `.zkey` files hold them.
  int (*multiplyGenerator)(Generator* generator, uint8_t* out, const uint8_t* scalars, uint64_t count);

  // For ceremonies; points and sums are as `.zkey` files hold them, scalars 32 bytes below r. Points of G1, each times
  // one scalar: msm/scaledRow.h.
  int (*scalePoints)(const Memory& memory, uint8_t* out, const uint8_t* points, uint64_t count, const uint8_t* scalar);
  // One sum of scalar·point in a group (1 or 2): msm/products.h.
  int (*sumPoints)(const Memory& memory, int group, uint8_t* out, const uint8_t* points, const uint8_t* scalars,
                   uint32_t count);
  // Many short sums over one row of `count` points: msm/combinations.h. `starts` and `numbers` are 32-bit integers.
  int (*combinePoints)(const Memory& memory, int group, uint8_t* out, const uint8_t* points, uint32_t count,
                       const uint8_t* starts, const uint8_t* numbers, const uint8_t* scalars, uint32_t sums);

  // Verifies proofs of one key by a random linear combination; see groth16/verify.h for the layout of the bytes.
  int (*verify)(const Memory& memory, const uint8_t* key, uint32_t signalCount, const uint8_t* signals,
                const uint8_t* proofs, const uint8_t* factors, uint32_t count);

  // For tests: one operation of backends/probe.h on `count` items.
  int (*probe)(const Memory& memory, int operation, uint8_t* out, const uint8_t* in, uint64_t count);
};

}  // namespace kernel
