/*
 * One binary for every libc: functions are found as dlsym(3) finds them, without it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/hooks/lookup.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const hooked[] = {
#define HOOK(result, name, parameters) #name,
#include "shim/hooks/hooks.def"
#undef HOOK
};

static void *lookup(const char *name)
{
    void *function;
    lookup_next(&name, &function, 1);
    return function;
}

/* musl since 1.2.4 has open64 for its loader only: that is open. */
static void *expected_function(const char *name)
{
    void *function = dlsym(RTLD_DEFAULT, name);
#ifndef __GLIBC__
    const char *suffix = strstr(name, "64");
    if (!function && suffix) {
        char plain[64];
        snprintf(plain, sizeof plain, "%.*s%s", (int)(suffix - name), name, suffix + 2);
        function = dlsym(RTLD_DEFAULT, plain);
    }
#endif
    return function;
}

static void test_every_hook(void **state)
{
    (void)state;
    enum { COUNT = sizeof hooked / sizeof hooked[0] };
    void *functions[COUNT];
    lookup_next(hooked, functions, COUNT);
    size_t found = 0;
    for (size_t i = 0; i < COUNT; i++) {
        void *expected = expected_function(hooked[i]);
        void *function = functions[i];
        assert_ptr_equal(lookup(hooked[i]), function);
        if (function != expected)
            print_error("%s: %p, not %p\n", hooked[i], function, expected);
        assert_ptr_equal(function, expected);
        found += function != NULL;
    }
    assert_true(found > 40);
}

/* In the last object of the list, and in none. */
static void test_other_objects(void **state)
{
    (void)state;
    assert_ptr_equal(lookup("__tls_get_addr"), dlsym(RTLD_DEFAULT, "__tls_get_addr"));
    assert_ptr_equal(lookup("_cmocka_run_group_tests"),
                     dlsym(RTLD_DEFAULT, "_cmocka_run_group_tests"));
    assert_non_null(lookup("_cmocka_run_group_tests"));
    assert_null(lookup("openat3"));
    assert_null(lookup(""));
}

/* Versions that are not the default one are passed over: realpath of GLIBC_2.2.5 is another one. */
static void test_default_versions(void **state)
{
    (void)state;
    assert_ptr_equal(lookup("realpath"), dlsym(RTLD_DEFAULT, "realpath"));
    assert_ptr_equal(lookup("posix_spawn"), dlsym(RTLD_DEFAULT, "posix_spawn"));
    assert_ptr_equal(lookup("pthread_cond_wait"), dlsym(RTLD_DEFAULT, "pthread_cond_wait"));
}

static void test_indirect_functions(void **state)
{
    (void)state;
    assert_ptr_equal(lookup("strlen"), dlsym(RTLD_DEFAULT, "strlen"));
    assert_ptr_equal(lookup("memcpy"), dlsym(RTLD_DEFAULT, "memcpy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_hook),
        cmocka_unit_test(test_other_objects),
        cmocka_unit_test(test_default_versions),
        cmocka_unit_test(test_indirect_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
