// Finds the links of a page. gumbo inside.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/http/url.h"

namespace common {

/// Holds what `find_links` found.
struct Links {
  std::vector<Url> urls;  ///< Each once, in the order of the page, without fragments.
  std::size_t skipped =
      0;  ///< References that no HTTP crawler can follow: `mailto:`, `javascript:`, malformed ones.
  bool given_up = false;  ///< The page would have taken too much time or memory.
};

/// Returns the targets of `<a href>` and `<area href>` in `html`, resolved against the page's URL
/// or its first `<base href>`. As in the HTML standard, links of SVG count, and what is inside a
/// `<template>` does not. A page that is built to take far more time or memory than its size
/// warrants gets no links, and `given_up` says so.
Links find_links(std::string_view html, const Url& page);

}  // namespace common
