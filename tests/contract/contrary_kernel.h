// System calls, and a look-up of names, that do what they may but seldom do: the functions of the
// same names in this program come before libc's.
#pragma once

/// While one lives, the calls of this process (and the children that it forks) are contrary. One at
/// a time.
struct ContraryKernel {
  enum Whim {
    connects_at_once,    ///< A non-blocking connect succeeds at once.
    sends_byte_by_byte,  ///< `send` takes one byte at a time, and every other time none.
    small_buffers,       ///< A socket takes few bytes to send before its peer reads them.
    false_alarms,      ///< The first `recv`, the third … find nothing, though there was something.
    two_addresses,     ///< Any name stands for 127.0.0.2, and then for 127.0.0.1.
    slow_name_server,  ///< The first look-up has no answer in time.
    ctrl_c,            ///< Comes (SIGINT) while the first bytes of an answer are received.
    refuses_to_watch,  ///< epoll has no room to watch a socket's answer, the first time.
  };
  explicit ContraryKernel(Whim whim);
  ContraryKernel(const ContraryKernel&) = delete;
  ContraryKernel& operator=(const ContraryKernel&) = delete;
  ~ContraryKernel();

  /// How often the kernel had its whim, in this process.
  static int count();
};
