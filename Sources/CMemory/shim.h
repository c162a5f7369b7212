// What Swell asks of the C library and the kernel to stay small. Elsewhere than on Linux with glibc these do nothing.
#ifndef SWELL_CMEMORY_SHIM_H
#define SWELL_CMEMORY_SHIM_H

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

// Drops the code pages of the program and its libraries. Only files mapped `r-xp`: nobody has ever written to those.
static inline void swell_memory_drop_code_pages(void) {
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == NULL) return;
  char line[8192];
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long start = 0, end = 0;
    char access[5] = "", path[2] = "";
    if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %1s", &start, &end, access, path) == 4 && path[0] == '/' &&
        strcmp(access, "r-xp") == 0) {
      madvise((void *)start, end - start, MADV_DONTNEED);
    }
  }
  fclose(maps);
}
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

/// Gives back what a start or a reload needed and the time after it does not: free memory, and pages of the program and its libraries.
/// Those that are needed after all come back from the page cache, without reading.
static inline void swell_memory_give_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
  swell_memory_drop_code_pages();
#endif
}

#endif
