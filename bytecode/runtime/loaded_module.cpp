// SPDX-License-Identifier: Apache-2.0
// Loading: bytes to a validated module.
#include "bytecode/runtime/loaded_module.h"

#include "bytecode/binary/decoder.h"
#include "bytecode/validate/validator.h"

namespace doppel::bytecode {

Result<std::shared_ptr<LoadedModule>> LoadedModule::load(std::vector<std::byte> bytes,
                                                         const LoadOptions& options) {
  Module module = DOPPEL_TRY(decode(std::move(bytes), options.features));
  auto kept = options.keep ? options.keep(module.bytes) : nullptr;  // it may read them meanwhile
  DOPPEL_TRY(validate(module, options.features));
  return std::shared_ptr<LoadedModule>(
      new LoadedModule(std::move(module), std::move(kept), options));
}

std::string LoadedModule::function_name(FuncIndex function) const {
  std::call_once(names_read_, [&] { names_ = Names(module_); });
  if (const auto name = names_.find(NameKind::kFunction, function.value()))
    return std::string(*name);
  for (const Export& item : module_.exports) {
    if (item.kind == ExternKind::kFunc && item.index == function.value()) return item.name;
  }
  for (const Import& item : module_.imports) {
    if (item.kind == ExternKind::kFunc && item.index == function.value())
      return item.module + "." + item.name;
  }
  return "func[" + std::to_string(function.value()) + "]";
}

}  // namespace doppel::bytecode
