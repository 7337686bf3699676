#include "quick_site.h"

#include <unistd.h>

#include <stdexcept>

#include "common/site/child_process.h"

QuickSite::QuickSite(std::size_t body)
    : process_(std::make_unique<common::ChildProcess>(
          common::find_program("tests/benchmarks/quick_site"),
          std::vector<std::string>{std::to_string(body)})) {
  char byte = 0;
  while (::read(process_->output(), &byte, 1) == 1 && byte != '\n') address_ += byte;
  if (byte != '\n') throw std::runtime_error("the quick site did not start");
}

QuickSite::~QuickSite() { process_->end(); }

std::string QuickSite::url(const std::string& path) const { return address_ + path; }
