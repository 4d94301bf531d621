// SPDX-License-Identifier: Apache-2.0
// Opens the shared object and asks it for its compiler; it is never closed, as code may run on.
#include "bytecode/interp/open_compiler.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace doppel::bytecode::interp {

namespace {

constexpr const char* kObject = "libdoppel_jit.so";

/// Where it lies; its bare name where it is not found.
std::string find_object() {
  namespace fs = std::filesystem;
  std::error_code error;
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&has_compiler), &self) != 0) {
    // A program's is as it was called, so may be relative: nothing is taken from the working
    // folder.
    const fs::path beside = fs::path(self.dli_fname).parent_path() / kObject;
    if (beside.is_absolute() && fs::exists(beside, error)) return beside;
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (const char* folder : {"lib", DOPPEL_LIBDIR}) {  // of builds, and of installations
    const fs::path installed = program.parent_path().parent_path() / folder / kObject;
    if (fs::exists(installed, error)) return installed;
  }
  return kObject;
}

}  // namespace

const std::string& compiler_path() {
  static const std::string kPath = find_object();
  return kPath;
}

Result<FunctionCompiler*> open_compiler(const CompilerSettings& settings) {
  const std::string& path = compiler_path();
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr)
    return fail(ErrorKind::kUnsupported,
                "the compiled tier cannot be opened: " + std::string(dlerror()));
  const auto make = reinterpret_cast<MakeCompiler>(dlsym(object, kMakeCompiler));
  CompilerHost host = CompilerHost::get();
  host.settings = settings;
  std::string failure = "found no compiler in " + path;
  FunctionCompiler* compiler = make == nullptr ? nullptr : make(host, failure);
  if (compiler == nullptr) return fail(ErrorKind::kUnsupported, failure);
  return compiler;
}

bool has_compiler() { return compiler_path() != kObject; }

Result<FunctionCompiler*> CompilerOnDemand::open() {
  std::call_once(once_, [this] {
    result_ = open_compiler(settings_);
    if (result_) opened_ = *result_;
  });
  return result_;
}

Result<std::optional<CompiledFunction>> CompilerOnDemand::compile(
    const FunctionToCompile& function) {
  return DOPPEL_TRY(open())
  ->compile(function);
}

Result<Explanation> CompilerOnDemand::explain(const FunctionToCompile& function) {
  return DOPPEL_TRY(open())
  ->explain(function);
}

FaultPlace CompilerOnDemand::fault_at(std::uintptr_t pc) {
  FunctionCompiler* const opened = opened_;
  return opened == nullptr ? FaultPlace{} : opened->fault_at(pc);
}

FunctionCompiler::Counts CompilerOnDemand::counts() const {
  const FunctionCompiler* const opened = opened_;
  return opened == nullptr ? Counts{} : opened->counts();
}

}  // namespace doppel::bytecode::interp
