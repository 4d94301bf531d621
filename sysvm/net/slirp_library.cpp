// SPDX-License-Identifier: Apache-2.0
// Opening libslirp.
#include "sysvm/net/slirp_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace doppel::sysvm {

namespace {

constexpr const char* kFile = "libslirp.so.0";

template <class Function>
Result<Function> find(void* library, const char* name) {
  void* const symbol = ::dlsym(library, name);
  if (symbol == nullptr)
    return fail(ErrorKind::kUnsupported,
                fmt::format("{} without {}, expected 4.1 or later", kFile, name));
  return reinterpret_cast<Function>(symbol);
}

Result<SlirpLibrary> open() {
  void* const library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(
        ErrorKind::kUnsupported,
        fmt::format("no user network without {}, expected Debian's package libslirp0", kFile));
  }
  SlirpLibrary functions = {};
  functions.create = DOPPEL_TRY(find<decltype(functions.create)>(library, "slirp_new"));
  functions.cleanup = DOPPEL_TRY(find<decltype(functions.cleanup)>(library, "slirp_cleanup"));
  functions.input = DOPPEL_TRY(find<decltype(functions.input)>(library, "slirp_input"));
  functions.pollfds_fill =
      DOPPEL_TRY(find<decltype(functions.pollfds_fill)>(library, "slirp_pollfds_fill"));
  functions.pollfds_poll =
      DOPPEL_TRY(find<decltype(functions.pollfds_poll)>(library, "slirp_pollfds_poll"));
  functions.add_hostfwd =
      DOPPEL_TRY(find<decltype(functions.add_hostfwd)>(library, "slirp_add_hostfwd"));
  return functions;
}

}  // namespace

Result<const SlirpLibrary*> SlirpLibrary::load() {
  static const Result<SlirpLibrary> library = open();
  if (!library) return tl::unexpected(library.error());
  return &*library;
}

}  // namespace doppel::sysvm
