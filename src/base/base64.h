/* Base64, as texts carry bytes. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* Decodes base64 (RFC 4648: padded, without line breaks) into room bytes. Returns how many they are, or -1 when it is
 * anything else or too long. */
ssize_t base64_decode(const char *s, unsigned char *bytes, size_t room);
