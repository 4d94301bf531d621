// SPDX-License-Identifier: Apache-2.0
// The system-call side of the error type.
#include "core/result.h"

#include <system_error>

namespace doppel {

tl::unexpected<Error> fail_errno(std::string_view what, int error_number) {
  return fail(ErrorKind::kSystem,
              std::string(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace doppel
