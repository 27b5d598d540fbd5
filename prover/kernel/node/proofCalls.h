// Proofs: a workspace holds one at a time, runs its stages, and opens it for helpers.
#pragma once
#include "keyCalls.h"
#include "split.h"

namespace kernel {

inline OpenProofs& openProofs() {
  static OpenProofs* const proofs = new OpenProofs();
  return *proofs;
}

// A proof's memory, the key that it works with, and its number while it is open for helpers.
struct Bench {
  const Backend* backend;
  Workspace* workspace;
  SharedKey* key;
  Proof* proof;
  OpenProof* open;
  uint32_t number;
};

inline void closeOpen(Bench* bench) {
  if (!bench->open) return;
  openProofs().close(bench->number);
  delete bench->open;
  bench->open = nullptr;
}

inline void letGo(Bench* bench) {
  closeOpen(bench);
  bench->proof = nullptr;
  if (bench->key) keyStore().release(bench->key);
  bench->key = nullptr;
}

inline void dropBench(napi_env, void* data, void*) {
  Bench* bench = static_cast<Bench*>(data);
  letGo(bench);
  if (bench->workspace) bench->backend->freeWorkspace(bench->workspace);
  delete bench;
}

// (backend) -> workspace
inline napi_value createWorkspace(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  const Backend* backend = arguments.valid ? backendNamed(arguments.text(0)) : nullptr;
  if (!arguments.valid || !backend) return fail(env, "createWorkspace takes a backend");
  Workspace* workspace = backend->createWorkspace(hostMemory);
  if (!workspace) return fail(env, "no memory for a workspace");
  Bench* bench = new Bench{backend, workspace, nullptr, nullptr, nullptr, 0};
  napi_value out;
  if (napi_create_external(env, bench, dropBench, nullptr, &out) == napi_ok) return out;
  dropBench(env, bench, nullptr);
  return fail(env, "the workspace could not be handed over");
}

// (workspace) -> void
inline napi_value freeWorkspace(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid) return fail(env, "freeWorkspace takes a workspace");
  letGo(bench);
  if (bench->workspace) bench->backend->freeWorkspace(bench->workspace);
  bench->workspace = nullptr;
  return nullptr;
}

// (workspace) -> bytes that it holds
inline napi_value workspaceBytes(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->workspace) return fail(env, "workspaceBytes takes a workspace");
  return numberOf(env, (double)bench->backend->workspaceBytes(bench->workspace));
}

// (workspace, key, witness, r, s) -> status
inline napi_value beginProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  if (!arguments.valid) return fail(env, "beginProof takes a workspace, a key, a witness, r and s");
  Bench* bench = arguments.external<Bench>(0);
  Handle* handle = arguments.external<Handle>(1);
  size_t size = 0, rSize = 0, sSize = 0;
  const uint8_t* witness = arguments.bytes(2, &size);
  const uint8_t* r = arguments.bytes(3, &rSize);
  const uint8_t* s = arguments.bytes(4, &sSize);
  const bool fits = arguments.valid && bench->workspace && handle->key && rSize == 32 && sSize == 32;
  if (!fits || handle->key->backend != bench->backend) {
    return fail(env, "beginProof takes a workspace, a key, a witness, r and s");
  }
  letGo(bench);
  if (size % 32) return numberOf(env, kernelBadWitness);
  int status = kernelOk;
  bench->key = keyStore().share(handle->key);
  bench->proof = bench->backend->beginProof(bench->workspace, bench->key->key, witness, size / 32, r, s, &status);
  return numberOf(env, status);
}

// (workspace, stage) -> status
inline napi_value runStage(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  if (!arguments.valid) return fail(env, "runStage takes a workspace and a stage");
  Bench* bench = arguments.external<Bench>(0);
  const uint32_t stage = arguments.number(1);
  if (!arguments.valid || !bench->proof) return fail(env, "runStage takes a workspace with a proof, and a stage");
  return numberOf(env, bench->backend->runStage(bench->proof, (int)stage, bench->workspace));
}

// (workspace) -> the number by which helpers join the proof
inline napi_value openProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->proof || bench->open) return fail(env, "openProof takes a workspace with a proof");
  bench->open = new OpenProof(bench->backend, bench->proof);
  bench->number = openProofs().open(bench->open);
  return numberOf(env, bench->number);
}

// (workspace) -> the first stage of the next task of an open proof, for the owner to run, or -1 when none is left
inline napi_value claimTask(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->open) return fail(env, "claimTask takes a workspace with an open proof");
  return numberOf(env, bench->open->claim());
}

// (workspace) -> the status of what helpers ran, once none is left
inline napi_value closeProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->open) return fail(env, "closeProof takes a workspace with an open proof");
  openProofs().close(bench->number);
  const int status = bench->open->status();
  closeOpen(bench);
  return numberOf(env, status);
}

// (workspace, board) -> how many tasks of the open proof with the number board[0] were run; see split.h
inline napi_value helpProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  if (!arguments.valid) return fail(env, "helpProof takes a workspace and a board");
  Bench* bench = arguments.external<Bench>(0);
  napi_typedarray_type type;
  size_t length = 0, offset;
  void* data = nullptr;
  napi_value buffer;
  const bool isArray =
      napi_get_typedarray_info(env, arguments.values[1], &type, &length, &data, &buffer, &offset) == napi_ok;
  if (!arguments.valid || !bench->workspace || bench->proof || !isArray || type != napi_int32_array || length != 2) {
    return fail(env, "helpProof takes a workspace without a proof, and a board");
  }
  const int32_t* board = static_cast<const int32_t*>(data);
  const uint32_t number = (uint32_t)__atomic_load_n(board, __ATOMIC_SEQ_CST);
  return numberOf(env, openProofs().help(number, bench->backend, bench->workspace, board));
}

// (workspace) -> ArrayBuffer of 256 bytes; ends the proof
inline napi_value finishProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->proof) return fail(env, "finishProof takes a workspace with a proof");
  void* data = nullptr;
  napi_value out;
  if (napi_create_arraybuffer(env, 256, &data, &out) != napi_ok) return fail(env, "no memory for the proof");
  bench->backend->finishProof(bench->proof, static_cast<uint8_t*>(data));
  letGo(bench);
  return out;
}

// (workspace) -> void: gives up the proof that was begun
inline napi_value abandonProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid) return fail(env, "abandonProof takes a workspace");
  letGo(bench);
  return nullptr;
}

}  // namespace kernel
