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
using bytecode::interp::FunctionCompiler;

std::string path_of_object() {
  std::error_code error;
  const auto command = std::filesystem::read_symlink("/proc/self/exe", error);
  return command.parent_path().parent_path() / "lib" / "libdoppel_jit.so";
}

Result<FunctionCompiler*> open_compiler() {
  const std::string path = path_of_object();
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr)
    return fail(ErrorKind::kUnsupported,
                "the compiled tier cannot be opened: " + std::string(dlerror()));
  const auto make = reinterpret_cast<bytecode::interp::MakeCompiler>(
      dlsym(object, bytecode::interp::kMakeCompiler));
  FunctionCompiler* compiler = make == nullptr ? nullptr : make(CompilerHost::get());
  if (compiler == nullptr)
    return fail(ErrorKind::kUnsupported, path + " cannot compile for this processor");
  return compiler;
}

}  // namespace

bool has_compiler() {
  std::error_code error;
  return std::filesystem::exists(path_of_object(), error);
}

Result<FunctionCompiler*> compiler_for_host() {
  static const Result<FunctionCompiler*> compiler = open_compiler();
  return compiler;
}

}  // namespace doppel::tools
