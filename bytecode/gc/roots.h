// SPDX-License-Identifier: Apache-2.0
// Where references to objects stand outside of the heap. A source registers with the heap for as
// long as it lives and shows its slots at each collection, which may change them.
#pragma once

#include <cstdint>

namespace doppel::bytecode::gc {

class Heap;

/// What is done to each slot that holds a reference: given by the heap to the sources.
class RootVisitor {
 public:
  /// Only young objects are collected: slots in which none can be need not be shown.
  [[nodiscard]] bool is_minor() const { return is_minor_; }
  virtual void visit(std::uint64_t& slot) = 0;

 protected:
  explicit RootVisitor(bool is_minor) : is_minor_(is_minor) {}
  ~RootVisitor() = default;

 private:
  bool is_minor_;
};

/// See the file comment. Registered or not, it may outlive the heap.
class RootSource {
 public:
  RootSource() = default;
  explicit RootSource(Heap& heap) { register_at(heap); }
  RootSource(const RootSource&) = delete;
  RootSource& operator=(const RootSource&) = delete;

  virtual void visit_roots(RootVisitor& visitor) = 0;

 protected:
  virtual ~RootSource();
  /// Registers with `heap`, and no other any more.
  void register_at(Heap& heap);
  [[nodiscard]] Heap* heap() const { return heap_; }

 private:
  friend class Heap;
  Heap* heap_ = nullptr;
  RootSource* previous_ = nullptr;
  RootSource* next_ = nullptr;
};

/// A reference in the hands of a C++ host, which stays valid when the object moves.
class Root final : public RootSource {
 public:
  explicit Root(Heap& heap, std::uint64_t reference = 0)
      : RootSource(heap), reference_(reference) {}
  [[nodiscard]] std::uint64_t get() const { return reference_; }
  void set(std::uint64_t reference) { reference_ = reference; }
  void visit_roots(RootVisitor& visitor) override { visitor.visit(reference_); }

 private:
  std::uint64_t reference_;
};

}  // namespace doppel::bytecode::gc
