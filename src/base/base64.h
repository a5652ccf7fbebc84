/* Base64: bytes written as text. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Decodes base64 (RFC 4648: padded, without line breaks) into bytes, which has room for room bytes. Returns the number
 * of bytes, or -1 when s is not base64 or does not fit. */
ssize_t base64_decode(const char *s, unsigned char *bytes, size_t room);
