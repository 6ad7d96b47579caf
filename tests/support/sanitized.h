// Whether a sanitizer is compiled in: then times and memory aren't the program's own.
#pragma once

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
#define RESLAB_SANITIZED 1
#else
#define RESLAB_SANITIZED 0
#endif
