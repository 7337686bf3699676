// What a program of the tutorial prints.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "common/site/child_process.h"

/// Runs the program `name` ("stage2_callbacks/callback_hell") to its end, which must be a good one.
/// Gives back its standard output and its standard error, in the order in which they were written.
inline std::string printed_by(const std::string& name) {
  const auto program = common::find_program(name).string();
  common::ChildProcess child("/bin/sh", {"-c", "exec '" + program + "' 2>&1"});
  std::string printed;
  char chunk[4096];
  for (ssize_t size; (size = ::read(child.output(), chunk, sizeof chunk)) > 0;)
    printed.append(chunk, size);
  EXPECT_EQ(child.wait().status, 0);
  return printed;
}
