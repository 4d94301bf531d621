// SPDX-License-Identifier: Apache-2.0
// libslirp's functions, from the shared object, which is opened when a guest first wants a network:
// it brings GLib along, which every start of the command would have to load otherwise.
#pragma once

#include <slirp/libslirp.h>

#include "core/result.h"

namespace doppel::sysvm {

/// The functions in use, under their own names. Loaded once, never unloaded.
struct SlirpLibrary {
  decltype(&slirp_new) create;
  decltype(&slirp_cleanup) cleanup;
  decltype(&slirp_input) input;
  decltype(&slirp_pollfds_fill) pollfds_fill;
  decltype(&slirp_pollfds_poll) pollfds_poll;
  decltype(&slirp_add_hostfwd) add_hostfwd;

  /// kUnsupported where the library, or a function of it, is not there.
  static Result<const SlirpLibrary*> load();
};

}  // namespace doppel::sysvm
