// Shows: a traceback of coroutines (§4.6), each of which knows the one that awaits it.
#include "await_chain.h"

#include <sstream>

#include "common/trace/place.h"
#include "common/trace/trace.h"
#include "coroutine.h"

namespace stage5 {

using namespace common;

std::string await_chain(const PromiseBase& innermost) {
  std::ostringstream chain;
  if (innermost.parent != nullptr) chain << await_chain(*innermost.parent) << " ← ";
  chain << trace::Place(innermost.where);
  return chain.str();
}

std::exception_ptr tell_origin(const PromiseBase& innermost) noexcept {
  auto error = std::current_exception();
  if (trace::on()) trace::set_origin(error, await_chain(innermost));
  return error;
}

}  // namespace stage5
