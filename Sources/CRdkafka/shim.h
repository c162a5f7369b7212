#pragma once
// Without this, names of <sys/socket.h> belong to this module instead of Swift's Glibc, and Swift files that import only
// Foundation or Glibc lose them, depending on the order of files.
#if defined(__gnu_linux__) && __has_feature(modules)
#pragma clang module import SwiftGlibc
#endif
#include <librdkafka/rdkafka.h>
// The mock cluster, for tests.
#include <librdkafka/rdkafka_mock.h>
