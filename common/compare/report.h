// All figures as a page with pictures.
#pragma once

#include <string>

namespace common {

/// A page that needs nothing from elsewhere: the template report.html with `figures` (JSON, as
/// `to_json` writes it) in it, and `benchmarks`, which is what Google Benchmark wrote, or empty.
/// Throws `std::runtime_error` with a sentence if `benchmarks` is something else.
std::string report_page(const std::string& figures, const std::string& benchmarks);

}  // namespace common
