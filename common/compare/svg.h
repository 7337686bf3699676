// The timeline as a picture.
#pragma once

#include <string>

#include "common/compare/comparison.h"

namespace common {

/// The crawlers of `crawl` one below the other, a lane for each page, on one time axis: an SVG file
/// that is legible on light and on dark ground.
std::string timeline_svg(const Crawl& crawl);

}  // namespace common
