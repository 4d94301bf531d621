// SPDX-License-Identifier: Apache-2.0
// Opens the shared object and asks it for its compiler; it is never closed, as code may run on.
#include "tools/run/compiler.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace doppel::tools {

namespace {

using bytecode::interp::CompilerHost;
using bytecode::interp::CompilerSettings;
using bytecode::interp::FunctionCompiler;

std::string path_of_object() {
  std::error_code error;
  const auto command = std::filesystem::read_symlink("/proc/self/exe", error);
  return command.parent_path().parent_path() / "lib" / "libdoppel_jit.so";
}

}  // namespace

Result<FunctionCompiler*> open_compiler(const CompilerSettings& settings) {
  const std::string path = path_of_object();
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr)
    return fail(ErrorKind::kUnsupported,
                "the compiled tier cannot be opened: " + std::string(dlerror()));
  const auto make = reinterpret_cast<bytecode::interp::MakeCompiler>(
      dlsym(object, bytecode::interp::kMakeCompiler));
  CompilerHost host = CompilerHost::get();
  host.settings = settings;
  std::string failure = "found no compiler in " + path;
  FunctionCompiler* compiler = make == nullptr ? nullptr : make(host, failure);
  if (compiler == nullptr) return fail(ErrorKind::kUnsupported, failure);
  return compiler;
}

bool has_compiler() {
  std::error_code error;
  return std::filesystem::exists(path_of_object(), error);
}

}  // namespace doppel::tools
