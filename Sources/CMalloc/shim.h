// What Swell asks of the C library's allocator. Only glibc needs asking; elsewhere these do nothing.
#ifndef SWELL_CMALLOC_SHIM_H
#define SWELL_CMALLOC_SHIM_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Two arenas are enough for the few threads that allocate; glibc makes up to eight for each core. Large buffers come from
/// the system and go back to it at once, however many there have been before.
static inline void swell_heap_keep_small(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
#endif
}

/// Gives free memory back to the system.
static inline void swell_heap_give_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

#endif
