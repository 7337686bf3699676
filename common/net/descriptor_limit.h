// Raises the number of sockets that a program may have.
#pragma once

namespace common {

/// Raises the limit on open files as far as the system lets this user, for this program and for
/// those that it starts. Most systems allow far fewer at first (`ulimit -Sn`). If the limit cannot
/// be raised, it stays as it is.
void raise_descriptor_limit();

}  // namespace common
