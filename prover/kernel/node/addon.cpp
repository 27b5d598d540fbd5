// The Node-API face of the kernel. Thin on purpose: it unpacks arguments, calls a backend, and answers with numbers and
// bytes; prover/engines/native.ts turns statuses into errors. Loaded once per thread that asks for it; what threads
// share is the store of keys.
#include "arguments.h"
#include "cpu.h"
#include "keys.h"
#include "split.h"

namespace kernel {

extern const Backend genericBackend;
#if defined(KERNEL_HAS_ADX)
extern const Backend adxBackend;
#endif
#if defined(KERNEL_HAS_IFMA)
extern const Backend ifmaBackend;
#endif

namespace {

// Never destroyed: threads may still let go of keys while the process ends.
KeyStore& keyStore() {
  static KeyStore* const store = new KeyStore();
  return *store;
}

OpenProofs& openProofs() {
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

struct Handle {
  SharedKey* key;
};

napi_value fail(napi_env env, const char* message) {
  napi_throw_type_error(env, "KERNEL_ARGUMENT", message);
  return nullptr;
}

napi_value numberOf(napi_env env, double value) {
  napi_value out;
  napi_create_double(env, value, &out);
  return out;
}

int supported(const Backend** out) {
  const CpuFeatures cpu;
  int count = 0;
#if defined(KERNEL_HAS_IFMA)
  if (cpu.ifma) out[count++] = &ifmaBackend;
#endif
#if defined(KERNEL_HAS_ADX)
  if (cpu.adx) out[count++] = &adxBackend;
#endif
  (void)cpu;
  out[count++] = &genericBackend;
  return count;
}

const Backend* backendNamed(const std::string& name) {
  const Backend* all[8];
  const int count = supported(all);
  for (int i = 0; i < count; i++) {
    if (name == all[i]->name) return all[i];
  }
  return nullptr;
}

// () -> string[]: what this processor can run, the fastest first.
napi_value backends(napi_env env, napi_callback_info) {
  const Backend* all[8];
  const int count = supported(all);
  napi_value list, name;
  napi_create_array_with_length(env, (size_t)count, &list);
  for (int i = 0; i < count; i++) {
    napi_create_string_utf8(env, all[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, (uint32_t)i, name);
  }
  return list;
}

void dropHandle(napi_env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  if (handle->key) keyStore().release(handle->key);
  delete handle;
}

napi_value handleOf(napi_env env, SharedKey* key) {
  napi_value out;
  Handle* handle = new Handle{key};
  if (napi_create_external(env, handle, dropHandle, nullptr, &out) != napi_ok) {
    dropHandle(env, handle, nullptr);
    return fail(env, "the key could not be handed over");
  }
  return out;
}

// (backend, hash) -> key | undefined
napi_value findKey(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  if (!arguments.valid) return fail(env, "findKey takes a backend and a hash");
  const Backend* backend = backendNamed(arguments.text(0));
  const std::string hash = arguments.text(1);
  if (!arguments.valid || !backend) return fail(env, "findKey takes a backend and a hash");
  SharedKey* key = keyStore().find(backend, hash);
  return key ? handleOf(env, key) : nullptr;
}

// (backend, hash, zkey) -> key | status
napi_value readKey(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  if (!arguments.valid) return fail(env, "readKey takes a backend, a hash and bytes");
  const Backend* backend = backendNamed(arguments.text(0));
  const std::string hash = arguments.text(1);
  size_t size = 0;
  const uint8_t* bytes = arguments.bytes(2, &size);
  if (!arguments.valid || !backend) return fail(env, "readKey takes a backend, a hash and bytes");
  int status = kernelOk;
  SharedKey* key = keyStore().read(backend, hash, bytes, size, &status);
  return key ? handleOf(env, key) : numberOf(env, status);
}

// (key) -> void: what the garbage collector would do at some time, now.
napi_value releaseKey(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Handle* handle = arguments.valid ? arguments.external<Handle>(0) : nullptr;
  if (!arguments.valid) return fail(env, "releaseKey takes a key");
  if (handle->key) keyStore().release(handle->key);
  handle->key = nullptr;
  return nullptr;
}

// () -> number of keys that are loaded in this process
napi_value keyCount(napi_env env, napi_callback_info) { return numberOf(env, (double)keyStore().count()); }

void closeOpen(Bench* bench) {
  if (!bench->open) return;
  openProofs().close(bench->number);
  delete bench->open;
  bench->open = nullptr;
}

void letGo(Bench* bench) {
  closeOpen(bench);
  bench->proof = nullptr;
  if (bench->key) keyStore().release(bench->key);
  bench->key = nullptr;
}

void dropBench(napi_env, void* data, void*) {
  Bench* bench = static_cast<Bench*>(data);
  letGo(bench);
  if (bench->workspace) bench->backend->freeWorkspace(bench->workspace);
  delete bench;
}

// (backend) -> workspace
napi_value createWorkspace(napi_env env, napi_callback_info info) {
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
napi_value freeWorkspace(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid) return fail(env, "freeWorkspace takes a workspace");
  letGo(bench);
  if (bench->workspace) bench->backend->freeWorkspace(bench->workspace);
  bench->workspace = nullptr;
  return nullptr;
}

// (workspace) -> bytes that it holds
napi_value workspaceBytes(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->workspace) return fail(env, "workspaceBytes takes a workspace");
  return numberOf(env, (double)bench->backend->workspaceBytes(bench->workspace));
}

// (workspace, key, witness, r, s) -> status
napi_value beginProof(napi_env env, napi_callback_info info) {
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
napi_value runStage(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  if (!arguments.valid) return fail(env, "runStage takes a workspace and a stage");
  Bench* bench = arguments.external<Bench>(0);
  const uint32_t stage = arguments.number(1);
  if (!arguments.valid || !bench->proof) return fail(env, "runStage takes a workspace with a proof, and a stage");
  return numberOf(env, bench->backend->runStage(bench->proof, (int)stage, bench->workspace));
}

// (workspace) -> the number by which helpers join the proof
napi_value openProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->proof || bench->open) return fail(env, "openProof takes a workspace with a proof");
  bench->open = new OpenProof(bench->backend, bench->proof);
  bench->number = openProofs().open(bench->open);
  return numberOf(env, bench->number);
}

// (workspace) -> the first stage of the next task of an open proof, for the owner to run, or -1 when none is left
napi_value claimTask(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->open) return fail(env, "claimTask takes a workspace with an open proof");
  return numberOf(env, bench->open->claim());
}

// (workspace) -> the status of what helpers ran, once none is left
napi_value closeProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid || !bench->open) return fail(env, "closeProof takes a workspace with an open proof");
  openProofs().close(bench->number);
  const int status = bench->open->status();
  closeOpen(bench);
  return numberOf(env, status);
}

// (workspace, board) -> how many tasks of the open proof with the number board[0] were run; see split.h
napi_value helpProof(napi_env env, napi_callback_info info) {
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
napi_value finishProof(napi_env env, napi_callback_info info) {
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
napi_value abandonProof(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  Bench* bench = arguments.valid ? arguments.external<Bench>(0) : nullptr;
  if (!arguments.valid) return fail(env, "abandonProof takes a workspace");
  letGo(bench);
  return nullptr;
}

struct Multiples {
  const Backend* backend;
  Generator* generator;
  size_t pointBytes;
};

void dropMultiples(napi_env, void* data, void*) {
  Multiples* multiples = static_cast<Multiples*>(data);
  multiples->backend->freeGenerator(multiples->generator);
  delete multiples;
}

// (backend, group, window bits) -> generator
napi_value createGenerator(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  const Backend* backend = arguments.valid ? backendNamed(arguments.text(0)) : nullptr;
  const uint32_t group = arguments.valid ? arguments.number(1) : 0, bits = arguments.valid ? arguments.number(2) : 0;
  if (!arguments.valid || !backend) return fail(env, "createGenerator takes a backend, a group and a window");
  Generator* generator = backend->createGenerator(hostMemory, (int)group, (int)bits);
  if (!generator) return fail(env, "the multiples of the generator could not be prepared");
  Multiples* multiples = new Multiples{backend, generator, group == 1 ? (size_t)64 : (size_t)128};
  napi_value out;
  if (napi_create_external(env, multiples, dropMultiples, nullptr, &out) == napi_ok) return out;
  dropMultiples(env, multiples, nullptr);
  return fail(env, "the generator could not be handed over");
}

// (generator, scalars, output) -> status
napi_value multiplyGenerator(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  if (!arguments.valid) return fail(env, "multiplyGenerator takes a generator, scalars and room for points");
  Multiples* multiples = arguments.external<Multiples>(0);
  size_t scalarBytes = 0, outBytes = 0;
  const uint8_t* scalars = arguments.bytes(1, &scalarBytes);
  uint8_t* out = const_cast<uint8_t*>(arguments.bytes(2, &outBytes));
  if (!arguments.valid || scalarBytes % 32 || outBytes != scalarBytes / 32 * multiples->pointBytes) {
    return fail(env, "multiplyGenerator takes a generator, scalars and room for points");
  }
  const int status = multiples->backend->multiplyGenerator(multiples->generator, out, scalars, scalarBytes / 32);
  return numberOf(env, status);
}

// (backend, key, signals, proofs, factors) -> status; one factor of 32 bytes and one proof of 256 bytes each
napi_value verify(napi_env env, napi_callback_info info) {
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

// (backend, operation, count, input, bytes of output) -> ArrayBuffer | status; see backends/probe.h
napi_value probe(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  if (!arguments.valid) return fail(env, "probe takes a backend, an operation, a count, bytes and a number of bytes");
  const Backend* backend = backendNamed(arguments.text(0));
  const uint32_t operation = arguments.number(1), count = arguments.number(2), outBytes = arguments.number(4);
  size_t size = 0;
  const uint8_t* in = arguments.bytes(3, &size);
  void* out = nullptr;
  napi_value buffer;
  if (!arguments.valid || !backend) return fail(env, "probe was called with a wrong argument");
  if (napi_create_arraybuffer(env, outBytes, &out, &buffer) != napi_ok) return fail(env, "no memory for the result");
  const int status = backend->probe(hostMemory, (int)operation, static_cast<uint8_t*>(out), in, count);
  return status == kernelOk ? buffer : numberOf(env, status);
}

void define(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace
}  // namespace kernel

NAPI_MODULE_INIT() {
  using namespace kernel;
  define(env, exports, "backends", backends);
  define(env, exports, "findKey", findKey);
  define(env, exports, "readKey", readKey);
  define(env, exports, "releaseKey", releaseKey);
  define(env, exports, "keyCount", keyCount);
  define(env, exports, "createWorkspace", createWorkspace);
  define(env, exports, "freeWorkspace", freeWorkspace);
  define(env, exports, "workspaceBytes", workspaceBytes);
  define(env, exports, "beginProof", beginProof);
  define(env, exports, "runStage", runStage);
  define(env, exports, "openProof", openProof);
  define(env, exports, "claimTask", claimTask);
  define(env, exports, "closeProof", closeProof);
  define(env, exports, "helpProof", helpProof);
  define(env, exports, "finishProof", finishProof);
  define(env, exports, "abandonProof", abandonProof);
  define(env, exports, "createGenerator", createGenerator);
  define(env, exports, "multiplyGenerator", multiplyGenerator);
  define(env, exports, "verify", verify);
  define(env, exports, "probe", probe);
  return exports;
}
