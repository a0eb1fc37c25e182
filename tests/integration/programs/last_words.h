/*
 * A library that writes when the process ends: by its destructor, and by a handler of atexit(3)
 * that it registered before anybody else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef OWNERONLY_TESTS_INTEGRATION_PROGRAMS_LAST_WORDS_H
#define OWNERONLY_TESTS_INTEGRATION_PROGRAMS_LAST_WORDS_H

#include <stdio.h>

/* What is written to which stream: nothing unless set. */
extern __attribute__((visibility("default"))) FILE *last_words_of_destructor;
extern __attribute__((visibility("default"))) FILE *last_words_of_handler;

#endif
