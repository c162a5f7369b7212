// What Swell asks of the C library and the kernel to stay small. Elsewhere than on Linux with glibc these do nothing.
#ifndef SWELL_CMEMORY_SHIM_H
#define SWELL_CMEMORY_SHIM_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// Set by the linker: where the program's headers, constants and code begin and end. What it writes to is elsewhere.
extern const char __executable_start[];
extern const char etext[];
#endif

/// Two arenas are enough for the few threads that allocate; glibc makes up to eight for each core. Large buffers come from
/// the system and go back to it at once, however many there have been before.
static inline void swell_memory_keep_small(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 256 * 1024);
#endif
}

/// Gives back what a start or a reload needed and the time after it does not: free memory, and pages of the program file.
/// Those that are needed after all come back from the page cache, without reading.
static inline void swell_memory_give_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t start = ((uintptr_t)__executable_start + page - 1) / page * page;
  const uintptr_t end = (uintptr_t)etext / page * page;
  if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
#endif
}

#endif
