// Whether this build is sanitized: then runtimes reserve terabytes of address space, hold
// descriptors for moments and make system calls of their own (listed in system_calls.cc).
// Constants.
#pragma once

namespace gatepost::attachments {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// UndefinedBehaviorSanitizer asks a pipe whether memory can be read.
inline constexpr int kSanitizerDescriptors = kSanitized ? 2 : 0;

}  // namespace gatepost::attachments
