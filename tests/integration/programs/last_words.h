/*
 * A library that writes when the process ends: by its destructor, and by a handler of atexit(3)
 * that it registered before anybody else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LAST_WORDS_H
#define LAST_WORDS_H

#include <stdio.h>

/* What is written to which stream: nothing unless set. */
extern __attribute__((visibility("default"))) FILE *last_words_of_destructor;
extern __attribute__((visibility("default"))) FILE *last_words_of_handler;

#endif
