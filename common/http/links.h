// The links of a page. gumbo inside.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/http/url.h"

namespace common {

/// What `find_links` found.
struct Links {
  std::vector<Url> urls;  ///< Each once, in the order of the page, fragments dropped.
  std::size_t skipped =
      0;  ///< References that no HTTP crawler can follow: `mailto:`, `javascript:`, malformed ones.
  bool given_up = false;  ///< The page would have taken too much time or memory, and has none.
};

/// The targets of `<a href>` and `<area href>` in `html`, resolved against the page's URL or its
/// first `<base href>`, as the HTML standard has it: links of SVG count, what is in a `<template>`
/// doesn't. A page that is made to take far more time or memory than an honest one of its
/// size has none.
Links find_links(std::string_view html, const Url& page);

}  // namespace common
