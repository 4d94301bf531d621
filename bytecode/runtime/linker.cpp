// SPDX-License-Identifier: Apache-2.0
// Resolution of imports.
#include "bytecode/runtime/linker.h"

#include <fmt/format.h>

#include "bytecode/runtime/matching.h"

namespace doppel::bytecode {

void Linker::define(std::string module, std::string name, Extern value) {
  offers_.insert_or_assign({std::move(module), std::move(name)}, value);
}

void Linker::define_function(const std::string& module, const std::string& name, FuncType type,
                             HostFunction body) {
  Extern value;
  value.function = store_.add_host_function(std::move(type), std::move(body), module + "." + name);
  define(module, name, value);
}

void Linker::define_instance(const std::string& module, const Instance& instance) {
  for (const Export& item : instance.module->module().exports) {
    define(module, item.name, instance.at(item.kind, item.index));
  }
}

Result<Store::Instantiation> Linker::instantiate(const std::shared_ptr<LoadedModule>& loaded) {
  const Module& module = loaded->module();
  std::vector<Extern> imports;
  imports.reserve(module.imports.size());
  for (const Import& import : module.imports) {
    const auto offer = offers_.find({import.module, import.name});
    if (offer != offers_.end()) {
      imports.push_back(offer->second);
      continue;
    }
    if (!stub_ || import.kind != ExternKind::kFunc) {
      return fail(ErrorKind::kUnlinkable,
                  fmt::format("import \"{}\" \"{}\" is missing, expected a {}", import.module,
                              import.name, describe_import(module, import)));
    }
    const std::string name = import.module + "." + import.name;
    Extern stub;
    stub.function = store_.add_host_function(
        module.func_type(FuncIndex{import.index}),
        [name](HostCall&) { return HostOutcome{TrapKind::kStubCalled, name, 0}; }, name);
    imports.push_back(stub);
  }
  return store_.instantiate(loaded, imports);
}

}  // namespace doppel::bytecode
