// The Node-API face of the kernel. Thin on purpose: it unpacks arguments, calls a backend, and answers with numbers and
// bytes; prover/engines/native.ts turns statuses into errors. Loaded once per thread that asks for it; what threads
// share is the store of keys. This file registers the functions; the others hold them by subject.
#include "curveCalls.h"
#include "proofCalls.h"
#include "verifyCalls.h"

namespace kernel {

static void define(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

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
  define(env, exports, "scalePoints", scalePoints);
  define(env, exports, "sumPoints", sumPoints);
  define(env, exports, "combinePoints", combinePoints);
  define(env, exports, "verify", verify);
  define(env, exports, "probe", probe);
  return exports;
}
