// Which sources a program was made from, so that a record can be told to be older than they are.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace common::trace {

/// The sources of `common/` and of `folder`, or of all stages if there is no such folder, each with
/// a hash (64-bit FNV-1a, in hexadecimal digits) of its text: "common/trace/sources.h" →
/// "85944171f73967e8". As they are on disk now; empty if they aren't where the compiler found them.
std::map<std::string, std::string> hashes_of_sources(std::string_view folder);

}  // namespace common::trace
