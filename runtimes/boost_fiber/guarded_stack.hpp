// A stack with a guard page, or no stack: `guarded_stack` is Boost's protected_fixedsize_stack with its check kept.
//
// Boost only asserts that the guard page could be protected. In a release build that assertion is gone, and when the
// process has used up vm.max_map_count, chance decides what happens: an odd number of mappings is left, and the next
// stack is refused; or an even one, and the next stack silently has no guard, nor has any after it, because unguarded
// neighbours merge into one mapping. So this one header is compiled with the assertion on, and its failure refuses the
// stack like any other shortage. The mapping at hand is not given back: the process is at its limit.
#pragma once

#ifdef BOOST_CONTEXT_PROTECTED_FIXEDSIZE_H
#error "include guarded_stack.hpp before anything that includes boost/context/protected_fixedsize_stack.hpp"
#endif

#include <new>

namespace boost {
inline void assertion_failed(const char*, const char*, const char*, long) {
  throw std::bad_alloc();
}
}  // namespace boost

// assert.hpp may be included again, and then follows the macros as they are at that time.
#define BOOST_ENABLE_ASSERT_HANDLER
#include <boost/context/protected_fixedsize_stack.hpp>
#undef BOOST_ENABLE_ASSERT_HANDLER
#include <boost/assert.hpp>

namespace threadmark::boost_fibers {
using guarded_stack = boost::context::protected_fixedsize_stack;
}  // namespace threadmark::boost_fibers
