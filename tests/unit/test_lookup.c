/*
 * One binary for every glibc: where there is no dlsym(3), functions are found as it would find
 * them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hooks/lookup.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const hooked[] = {
#define HOOK(result, name, parameters) #name,
#include "hooks/hooks.def"
#undef HOOK
};

static void test_every_hook_as_dlsym_does(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < sizeof hooked / sizeof hooked[0]; i++) {
        void *expected = dlsym(RTLD_NEXT, hooked[i]);
        void *function = lookup_by_hand(hooked[i]);
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
    assert_ptr_equal(lookup_by_hand("__tls_get_addr"), dlsym(RTLD_NEXT, "__tls_get_addr"));
    assert_ptr_equal(lookup_by_hand("_cmocka_run_group_tests"),
                     dlsym(RTLD_NEXT, "_cmocka_run_group_tests"));
    assert_non_null(lookup_by_hand("_cmocka_run_group_tests"));
    assert_null(lookup_by_hand("openat3"));
    assert_null(lookup_by_hand(""));
}

/* Versions that are not the default one are passed over: realpath of GLIBC_2.2.5 is another one. */
static void test_default_versions(void **state)
{
    (void)state;
    assert_ptr_equal(lookup_by_hand("realpath"), dlsym(RTLD_NEXT, "realpath"));
    assert_ptr_equal(lookup_by_hand("posix_spawn"), dlsym(RTLD_NEXT, "posix_spawn"));
    assert_ptr_equal(lookup_by_hand("pthread_cond_wait"), dlsym(RTLD_NEXT, "pthread_cond_wait"));
}

/* dlsym(3) is called where there is one: it knows what no table tells. */
static void test_through_dlsym(void **state)
{
    (void)state;
    assert_ptr_equal(lookup_next("open"), dlsym(RTLD_NEXT, "open"));
    assert_null(lookup_next("openat3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_hook_as_dlsym_does),
        cmocka_unit_test(test_other_objects),
        cmocka_unit_test(test_default_versions),
        cmocka_unit_test(test_through_dlsym),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
