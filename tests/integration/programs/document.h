/*
 * A document that holds a secret and tells its own length and filling, so that one that is torn,
 * mixed or leaked is recognized.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_INTEGRATION_PROGRAMS_DOCUMENT_H
#define OWNERONLY_TESTS_INTEGRATION_PROGRAMS_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DOCUMENT_MAX 8192
#define DOCUMENT_SECRET "S3CRET"

/* Returns its length; text has room for DOCUMENT_MAX bytes. */
static inline size_t document_make(char *text, unsigned seed)
{
    unsigned pad = seed % 4096;
    char fill = (char)('a' + seed % 26);
    int head = sprintf(text, "{\"secret\":\"%s\",\"fill\":\"%c\",\"length\":%u,\"pad\":\"",
                       DOCUMENT_SECRET, fill, pad);
    size_t length = (size_t)head;
    memset(text + length, fill, pad);
    memcpy(text + length + pad, "\"}\n", 4);
    return length + pad + 3;
}

/* text is NUL-terminated. */
static inline bool document_is_whole(const char *text, size_t length)
{
    char fill;
    unsigned pad;
    int head = 0;
    if (sscanf(text,
               "{\"secret\":\"" DOCUMENT_SECRET "\",\"fill\":\"%c\",\"length\":%u,\"pad\":\"%n",
               &fill, &pad, &head) != 2 ||
        head == 0)
        return false;
    if (length != (size_t)head + pad + 3 || strcmp(text + head + pad, "\"}\n") != 0)
        return false;
    for (unsigned i = 0; i < pad; i++)
        if (text[(unsigned)head + i] != fill)
            return false;
    return true;
}

/* Any beginning of the secret's text counts. */
static inline bool document_is_seen(const char *text, size_t length)
{
    return memmem(text, length, DOCUMENT_SECRET, sizeof DOCUMENT_SECRET - 1) != NULL;
}

#endif
