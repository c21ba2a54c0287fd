// What mn::context refers to: a tree of nodes, each of which holds its parent. A node carries a value, or can be
// cancelled (src/cancel_node.hpp). No node at all is the background.
//
// Invariants
//   * A node lives as long as somebody refers to it; its children do. So parents outlive children, and what a node says
//     of its parent needs no lock.
//   * Nothing here recurses along the tree: a chain of any length is taken down by a loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace mn::detail {

class cancel_node;

class context_node {
 public:
  context_node(const context_node&) = delete;
  context_node& operator=(const context_node&) = delete;

  // Relaxed: a new reference is made from one that the caller holds.
  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  /// False where the last reference is gone already; the caller keeps the node from being freed by a lock.
  bool add_reference_if_alive() noexcept {
    auto seen = references_.load(std::memory_order_relaxed);
    while (seen != 0) {
      if (references_.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  /// Null is allowed. Frees the node, and those above it, as far as this was the last reference.
  static void drop_reference(context_node* n) noexcept {
    // Acquire and release: the last one sees what all others did.
    while (n && n->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      context_node* parent = n->parent_;
      delete n;
      n = parent;
    }
  }

  /// The nearest that can be cancelled: this node, or one above it; or null.
  [[nodiscard]] cancel_node* nearest() const noexcept { return nearest_; }

  /// The value for the key, of this node or the nearest above it; or null.
  [[nodiscard]] static const void* find(const context_node* n, const void* key) noexcept {
    while (n && n->key_ != key) n = n->parent_;
    return n ? n->value_ : nullptr;
  }

 protected:
  /// `parent` may be null. `self`: the node itself, where it can be cancelled; else it is as its parent.
  context_node(context_node* parent, cancel_node* self) noexcept
      : parent_(parent), nearest_(self || !parent ? self : parent->nearest_) {
    if (parent) parent->add_reference();
  }
  virtual ~context_node() = default;

  const void* key_ = nullptr;  ///< null: no value
  const void* value_ = nullptr;

 private:
  context_node* const parent_;  ///< holds a reference, which drop_reference() hands on
  cancel_node* const nearest_;
  std::atomic<std::uint32_t> references_{1};
};

template <class T>
class value_node final : public context_node {
 public:
  value_node(context_node* parent, const void* key, T&& value)
      : context_node(parent, nullptr), held_(std::move(value)) {
    key_ = key;
    value_ = &held_;
  }

 private:
  const T held_;
};

}  // namespace mn::detail
