// The table of functions of one backend, for the field types that the including file names. This file is the only place
// where the core's templates meet the plain types of kernel.h.
#pragma once
#include "../groth16/proof.h"
#include "../groth16/verify.h"
#include "../msm/combinations.h"
#include "../msm/fixedBase.h"
#include "../msm/scaledRow.h"
#include "probe.h"

// Constructs at an address: the standard library's header is not there in WebAssembly.
struct KernelPlace {
  void* address;
};
inline void* operator new(size_t, KernelPlace place) noexcept { return place.address; }

namespace KERNEL_NAMESPACE {

template <class B>
struct Exports {
  using K = Key<B>;
  using P = Proof<B>;

  struct Space {
    kernel::Memory memory;
    Arena proof;
    Arena scratch;
    alignas(64) u8 proofRoom[sizeof(P)];

    explicit Space(const kernel::Memory& host) : memory(host), proof(host), scratch(host) {}
  };

  static kernel::Key* readKey(const u8* zkey, u64 size, const kernel::Memory& memory, int* status) {
    void* room = memory.take(sizeof(K));
    if (!room) {
      *status = kernelNoMemory;
      return nullptr;
    }
    K* key = new (KernelPlace{room}) K(memory);
    *status = key->read(zkey, size);
    if (*status == kernelOk) return reinterpret_cast<kernel::Key*>(key);
    key->~K();
    memory.give(room, sizeof(K));
    return nullptr;
  }

  static void freeKey(kernel::Key* opaque) {
    K* key = reinterpret_cast<K*>(opaque);
    const kernel::Memory memory = key->arena.host();
    key->~K();
    memory.give(key, sizeof(K));
  }

  static u64 keyBytes(const kernel::Key* key) { return reinterpret_cast<const K*>(key)->arena.bytes(); }
  static u32 keyWires(const kernel::Key* key) { return reinterpret_cast<const K*>(key)->wires; }

  static kernel::Workspace* createWorkspace(const kernel::Memory& memory) {
    void* room = memory.take(sizeof(Space));
    return room ? reinterpret_cast<kernel::Workspace*>(new (KernelPlace{room}) Space(memory)) : nullptr;
  }

  static void freeWorkspace(kernel::Workspace* opaque) {
    Space* space = reinterpret_cast<Space*>(opaque);
    const kernel::Memory memory = space->memory;
    space->~Space();
    memory.give(space, sizeof(Space));
  }

  static u64 workspaceBytes(const kernel::Workspace* opaque) {
    const Space* space = reinterpret_cast<const Space*>(opaque);
    return space->proof.bytes() + space->scratch.bytes();
  }

  static kernel::Proof* beginProof(kernel::Workspace* opaque, const kernel::Key* key, const u8* witness, u64 elements,
                                   const u8* r, const u8* s, int* status) {
    Space* space = reinterpret_cast<Space*>(opaque);
    space->proof.reset();
    P* proof = new (KernelPlace{space->proofRoom}) P(*reinterpret_cast<const K*>(key), space->proof);
    *status = proof->begin(witness, elements, r, s);
    return *status == kernelOk ? reinterpret_cast<kernel::Proof*>(proof) : nullptr;
  }

  static int runStage(kernel::Proof* proof, int stage, kernel::Workspace* workspace) {
    Arena& scratch = reinterpret_cast<Space*>(workspace)->scratch;
    scratch.reset();
    return reinterpret_cast<P*>(proof)->run(stage, scratch);
  }

  struct Multiples {
    Arena arena;
    int group;
    FixedBase<typename K::G1> g1;
    FixedBase<typename K::G2> g2;

    explicit Multiples(const kernel::Memory& host) : arena(host), group(0) {}
  };

  static kernel::Generator* createGenerator(const kernel::Memory& memory, int group, int bits) {
    if ((group != 1 && group != 2) || bits < 4 || bits > windowBitsMax) return nullptr;
    void* room = memory.take(sizeof(Multiples));
    if (!room) return nullptr;
    Multiples* multiples = new (KernelPlace{room}) Multiples(memory);
    multiples->group = group;
    const bool isReady = group == 1 ? multiples->g1.prepare(multiples->arena, generatorG1[0], bits)
                                    : multiples->g2.prepare(multiples->arena, generatorG2[0], bits);
    if (isReady) return reinterpret_cast<kernel::Generator*>(multiples);
    freeGenerator(reinterpret_cast<kernel::Generator*>(multiples));
    return nullptr;
  }

  static void freeGenerator(kernel::Generator* opaque) {
    Multiples* multiples = reinterpret_cast<Multiples*>(opaque);
    const kernel::Memory memory = multiples->arena.host();
    multiples->~Multiples();
    memory.give(multiples, sizeof(Multiples));
  }

  static int multiplyGenerator(kernel::Generator* opaque, u8* out, const u8* scalars, u64 count) {
    Multiples* multiples = reinterpret_cast<Multiples*>(opaque);
    for (u64 i = 0; i < count; i++) {
      u64 words[4];
      readWords(words, scalars + 32 * i, 4);
      if (!isBelow(words, ScalarField::modulus64)) return kernelBadArgument;
    }
    const bool isDone = multiples->group == 1 ? multiples->g1.multiply(out, scalars, count)
                                              : multiples->g2.multiply(out, scalars, count);
    return isDone ? kernelOk : kernelZeroDenominator;
  }

  static int scalePoints(const kernel::Memory& memory, u8* out, const u8* points, u64 count, const u8* scalar) {
    u64 words[4];
    readWords(words, scalar, 4);
    if (!isBelow(words, ScalarField::modulus64)) return kernelBadArgument;
    Arena arena(memory);
    return scaleRow<typename K::G1>(arena, out, points, count, words);
  }

  static int sumPoints(const kernel::Memory& memory, int group, u8* out, const u8* points, const u8* scalars,
                       u32 count) {
    if (group == 1) return sumPointsOf<typename K::G1>(memory, out, points, scalars, count);
    return group == 2 ? sumPointsOf<typename K::G2>(memory, out, points, scalars, count) : (int)kernelBadArgument;
  }

  template <class C>
  static int sumPointsOf(const kernel::Memory& memory, u8* out, const u8* points, const u8* scalars, u32 count) {
    Arena arena(memory);
    Projective<typename C::Scalar> sum;
    const int status = sumProducts<C>(arena, sum, points, scalars, count);
    if (status != kernelOk) return status;
    u64 row[C::words];
    toRow(row, sum);
    __builtin_memcpy(out, row, sizeof(row));
    return kernelOk;
  }

  static int combinePoints(const kernel::Memory& memory, int group, u8* out, const u8* points, u32 count,
                           const u8* starts, const u8* numbers, const u8* scalars, u32 sums) {
    const Terms terms = {starts, numbers, scalars, sums};
    if ((group != 1 && group != 2) || !terms.isSound(count)) return kernelBadArgument;
    Arena arena(memory);
    return group == 1 ? Combinations<typename K::G1>().run(arena, out, points, count, terms)
                      : Combinations<typename K::G2>().run(arena, out, points, count, terms);
  }

  static int verify(const kernel::Memory& memory, const u8* key, u32 signalCount, const u8* signals, const u8* proofs,
                    const u8* factors, u32 count) {
    using V = Verification<typename B::Fq::Scalar>;
    void* room = memory.take(sizeof(V));
    if (!room) return kernelNoMemory;
    V* verification = new (KernelPlace{room}) V();
    const int status = verification->verify(key, signalCount, signals, proofs, factors, count);
    memory.give(room, sizeof(V));
    return status;
  }

  static void finishProof(kernel::Proof* opaque, u8* out) {
    u64 words[P::proofWords];
    reinterpret_cast<P*>(opaque)->finish(words);
    __builtin_memcpy(out, words, sizeof(words));
  }
};

}  // namespace KERNEL_NAMESPACE

#define KERNEL_EXPORTS(backend, title)                            \
  {                                                               \
    title,                                                        \
    KERNEL_NAMESPACE::Exports<backend>::readKey,                  \
    KERNEL_NAMESPACE::Exports<backend>::freeKey,                  \
    KERNEL_NAMESPACE::Exports<backend>::keyBytes,                 \
    KERNEL_NAMESPACE::Exports<backend>::keyWires,                 \
    KERNEL_NAMESPACE::Exports<backend>::createWorkspace,          \
    KERNEL_NAMESPACE::Exports<backend>::freeWorkspace,            \
    KERNEL_NAMESPACE::Exports<backend>::workspaceBytes,           \
    KERNEL_NAMESPACE::Exports<backend>::beginProof,               \
    KERNEL_NAMESPACE::Exports<backend>::runStage,                 \
    KERNEL_NAMESPACE::Exports<backend>::finishProof,              \
    KERNEL_NAMESPACE::Exports<backend>::createGenerator,          \
    KERNEL_NAMESPACE::Exports<backend>::freeGenerator,            \
    KERNEL_NAMESPACE::Exports<backend>::multiplyGenerator,        \
    KERNEL_NAMESPACE::Exports<backend>::scalePoints,              \
    KERNEL_NAMESPACE::Exports<backend>::sumPoints,                \
    KERNEL_NAMESPACE::Exports<backend>::combinePoints,            \
    KERNEL_NAMESPACE::Exports<backend>::verify,                   \
    KERNEL_NAMESPACE::probeOperation<backend>                     \
  }
