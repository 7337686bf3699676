#include "common/trace/place.h"

#include <string_view>

namespace common::trace {
namespace {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string_view short_name(std::string_view function) {
  constexpr std::string_view anonymous =
      "(anonymous namespace)::";  // the one other bracket: Clang's
  if (const auto found = function.find(anonymous); found != function.npos)
    function.remove_prefix(found + anonymous.size());
  function = function.substr(0, function.find('('));
  return function.substr(function.find_last_of(": ") + 1);
}

std::ostream& operator<<(std::ostream& out, const Place& place) {
  return out << short_name(place.location.function_name()) << " at "
             << file_name(place.location.file_name()) << ':' << place.location.line();
}

}  // namespace common::trace
