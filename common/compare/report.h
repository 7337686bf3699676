// All figures as a page with pictures.
#pragma once

#include <string>

namespace common {

/// The costs by depth, as JSON, among `results`, which Google Benchmark wrote. Throws
/// `std::runtime_error` with a sentence if there are none.
std::string costs_by_depth(const std::string& results);

/// A page that needs nothing from elsewhere: the template report.html with `figures` in it (JSON,
/// as `to_json` writes it) and `costs`, as `costs_by_depth` does, or "[]".
std::string report_page(const std::string& figures, const std::string& costs);

}  // namespace common
