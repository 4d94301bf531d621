// SPDX-License-Identifier: Apache-2.0
// Both forms are files to which each new function is appended.
#include "jit/engine/profile.h"

#include <fcntl.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Object/SymbolSize.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

namespace doppel::jit {

namespace {

/// A function's machine code, where it is executed.
struct Code {
  std::string name;
  const char* begin;
  std::uint64_t size;
};

/// Finds the functions of each object and has a form write them.
class Listener : public llvm::JITEventListener {
 public:
  explicit Listener(int file) : file_(file) {}
  ~Listener() override { ::close(file_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void notifyObjectLoaded(ObjectKey, const llvm::object::ObjectFile& object,
                          const llvm::RuntimeDyld::LoadedObjectInfo& loaded) override {
    const auto relocated = loaded.getObjectForDebug(object);
    if (relocated.getBinary() == nullptr) return;
    for (const auto& [symbol, size] : llvm::object::computeSymbolSizes(*relocated.getBinary())) {
      auto type = symbol.getType();
      auto name = symbol.getName();
      auto address = symbol.getAddress();
      if (type && name && address && *type == llvm::object::SymbolRef::ST_Function && size > 0)
        write({name->str(), reinterpret_cast<const char*>(*address), size});
      llvm::consumeError(type.takeError());
      llvm::consumeError(name.takeError());
      llvm::consumeError(address.takeError());
    }
  }

 protected:
  /// In one piece, so that nothing of another process's or thread's comes between. What does not
  /// fit on the disk is lost.
  void append(std::string_view bytes) const {
    [[maybe_unused]] const auto written = ::write(file_, bytes.data(), bytes.size());
  }
  [[nodiscard]] int file() const { return file_; }

 private:
  virtual void write(const Code& code) = 0;

  int file_;
};

class PerfMap : public Listener {
 public:
  using Listener::Listener;

 private:
  void write(const Code& code) override {
    char place[64];
    std::snprintf(place, sizeof place, "%llx %llx ",
                  reinterpret_cast<unsigned long long>(code.begin),
                  static_cast<unsigned long long>(code.size));
    append(place + code.name + '\n');
  }
};

/// Nanoseconds of the clock that `perf record -k 1` uses.
std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

class JitDump : public Listener {
 public:
  explicit JitDump(int file) : Listener(file) {
    struct {
      std::uint32_t magic = 0x4a69'5444;
      std::uint32_t version = 1;
      std::uint32_t size = 40;
#if defined(__aarch64__)
      std::uint32_t machine = llvm::ELF::EM_AARCH64;
#else
      std::uint32_t machine = llvm::ELF::EM_X86_64;
#endif
      std::uint32_t padding = 0;
      std::uint32_t process = static_cast<std::uint32_t>(::getpid());
      std::uint64_t time = now();
      std::uint64_t flags = 0;
    } header;
    static_assert(sizeof header == 40);
    append({reinterpret_cast<const char*>(&header), sizeof header});
    // perf learns of the file by its being mapped as code.
    marker_ = ::mmap(nullptr, kMarkerBytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  }
  ~JitDump() override {
    if (marker_ != MAP_FAILED) ::munmap(marker_, kMarkerBytes);
  }

 private:
  static constexpr std::size_t kMarkerBytes = 4096;

  void write(const Code& code) override {
    struct {
      std::uint32_t kind = 0;  // code is loaded
      std::uint32_t size = 0;
      std::uint64_t time = now();
      std::uint32_t process = static_cast<std::uint32_t>(::getpid());
      std::uint32_t thread = static_cast<std::uint32_t>(::gettid());
      std::uint64_t virtual_address = 0;
      std::uint64_t address = 0;
      std::uint64_t code_size = 0;
      std::uint64_t index = 0;
    } head;
    static_assert(sizeof head == 56);
    head.size = static_cast<std::uint32_t>(sizeof head + code.name.size() + 1 + code.size);
    head.virtual_address = head.address = reinterpret_cast<std::uint64_t>(code.begin);
    head.code_size = code.size;
    head.index = next_++;
    std::string record(reinterpret_cast<const char*>(&head), sizeof head);
    record.append(code.name).push_back('\0');
    record.append(code.begin, code.size);
    append(record);
  }

  void* marker_ = MAP_FAILED;
  std::uint64_t next_ = 0;
};

template <class Form>
Result<std::unique_ptr<llvm::JITEventListener>> make(const std::string& path) {
  const int file =
      ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    return fail(ErrorKind::kSystem,
                path + " cannot be written: " + std::generic_category().message(errno));
  }
  return std::make_unique<Form>(file);
}

}  // namespace

Result<std::unique_ptr<llvm::JITEventListener>> perf_map() {
  return make<PerfMap>("/tmp/perf-" + std::to_string(::getpid()) + ".map");
}

Result<std::unique_ptr<llvm::JITEventListener>> jit_dump() {
  return make<JitDump>("jit-" + std::to_string(::getpid()) + ".dump");
}

}  // namespace doppel::jit
