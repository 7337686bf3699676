// How many sockets a program may have.
#pragma once

namespace common {

/// As many open files as the system lets this user have, for this program and for those that it
/// starts: most systems allow far fewer at first (`ulimit -Sn`).
void raise_descriptor_limit();

}  // namespace common
