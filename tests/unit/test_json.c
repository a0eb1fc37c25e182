/*
 * Contract 310: one whole JSON value is told from all else, however the text is cut into pieces.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_cases.h"
#include "policy/json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* It lies on signal stacks, beside the handler's own frame and the reader's buffer (207). */
_Static_assert(sizeof(struct json_check) <= 2176, "a check is about 2.1 KB");

static void begin_in_dirty_memory(struct json_check *check)
{
    memset(check, 0xA5, sizeof *check);
    json_check_begin(check);
}

static enum json_result answer(const char *text, size_t length)
{
    struct json_check check;
    begin_in_dirty_memory(&check);
    json_check_feed(&check, text, length);
    return json_check_end(&check);
}

static enum json_result answer_by_bytes(const char *text, size_t length)
{
    struct json_check check;
    begin_in_dirty_memory(&check);
    for (size_t i = 0; i < length; i++)
        json_check_feed(&check, text + i, 1);
    return json_check_end(&check);
}

static enum json_result answer_in_two(const char *text, size_t length, size_t first)
{
    struct json_check check;
    begin_in_dirty_memory(&check);
    json_check_feed(&check, text, first);
    json_check_feed(&check, text + first, length - first);
    return json_check_end(&check);
}

static void expect(const struct json_case *cases, enum json_result expected)
{
    for (const struct json_case *c = cases; c->name; c++) {
        if (answer(c->text, c->length) != expected)
            fail_msg("%s: not the expected answer", c->name);
        if (answer_by_bytes(c->text, c->length) != expected)
            fail_msg("%s: another answer byte by byte", c->name);
        for (size_t first = 0; first <= c->length; first++)
            if (answer_in_two(c->text, c->length, first) != expected)
                fail_msg("%s: another answer when cut at %zu", c->name, first);
    }
}

static void test_310_takes_one_whole_value(void **state)
{
    (void)state;
    expect(json_whole, JSON_WHOLE);
}

static void test_310_refuses_all_else(void **state)
{
    (void)state;
    expect(json_broken, JSON_BROKEN);
}

static void test_310_takes_every_encoding_that_python_detects(void **state)
{
    (void)state;
    expect(json_decodable, JSON_WHOLE);
}

static void test_310_refuses_what_python_cannot_decode(void **state)
{
    (void)state;
    expect(json_undecodable, JSON_BROKEN);
}

static void test_310_refuses_every_beginning_of_a_document(void **state)
{
    (void)state;
    static const char text[] = "{\"AUTH_TOKEN\": \"a\\u0062\\n\", \"list\": [1.5e-3, true, {}]}";
    const size_t length = sizeof text - 1;

    assert_int_equal(answer(text, length), JSON_WHOLE);
    for (size_t cut = 1; cut < length; cut++)
        assert_int_equal(answer(text, cut), JSON_BROKEN);
}

static void test_310_tells_an_empty_text(void **state)
{
    (void)state;
    struct json_check check;

    begin_in_dirty_memory(&check);
    assert_int_equal(json_check_end(&check), JSON_EMPTY);
    assert_int_equal(answer("", 0), JSON_EMPTY);
    assert_int_equal(answer(NULL, 0), JSON_EMPTY);
}

static void test_310_takes_more_digits_than_python_converts(void **state)
{
    (void)state;
    char digits[10000];

    memset(digits, '9', sizeof digits);
    assert_int_equal(answer(digits, sizeof digits), JSON_WHOLE);
}

/* Opens an object where the repeated pattern has an 'o', else an array.  The caller frees it. */
static char *nested(size_t levels, const char *pattern, size_t *length)
{
    size_t period = strlen(pattern);
    char *text = malloc(levels * 5 + 1);
    assert_non_null(text);
    char *end = text;

    for (size_t level = 0; level < levels; level++)
        end = stpcpy(end, pattern[level % period] == 'o' ? "{\"\":" : "[");
    *end++ = '0';
    for (size_t level = levels; level-- > 0;)
        *end++ = pattern[level % period] == 'o' ? '}' : ']';
    *length = (size_t)(end - text);
    return text;
}

static const char *const patterns[] = {"a", "o", "ao", "aaaaaaao", "ooooooooa", "aoaao"};
#define PATTERN_COUNT (sizeof patterns / sizeof patterns[0])

static void test_310_nests_to_the_stated_depth_and_no_deeper(void **state)
{
    (void)state;
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        size_t length;
        char *text = nested(JSON_DEPTH_MAX, patterns[i], &length);
        assert_int_equal(answer(text, length), JSON_WHOLE);
        assert_int_equal(answer_by_bytes(text, length), JSON_WHOLE);
        free(text);

        text = nested(JSON_DEPTH_MAX + 1, patterns[i], &length);
        assert_int_equal(answer(text, length), JSON_TOO_DEEP);
        assert_int_equal(answer_by_bytes(text, length), JSON_TOO_DEEP);
        free(text);
    }
}

static void test_310_closes_each_level_as_it_was_opened(void **state)
{
    (void)state;
    enum { LEVELS = 40 };
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        size_t length;
        char *text = nested(LEVELS, patterns[i], &length);
        assert_int_equal(answer(text, length), JSON_WHOLE);
        for (size_t at = length - LEVELS; at < length; at++) {
            char right = text[at];
            text[at] = right == ']' ? '}' : ']';
            assert_int_equal(answer(text, length), JSON_BROKEN);
            text[at] = right;
        }
        free(text);
    }
}

static void test_310_counts_depth_not_breadth(void **state)
{
    (void)state;
    struct json_check check;

    begin_in_dirty_memory(&check);
    json_check_feed(&check, "[[]", 3);
    for (int i = 0; i < 2 * JSON_DEPTH_MAX; i++)
        json_check_feed(&check, ",[{}]", 5);
    json_check_feed(&check, "]", 1);
    assert_int_equal(json_check_end(&check), JSON_WHOLE);
}

static void test_310_answers_by_what_comes_first(void **state)
{
    (void)state;
    size_t length;
    char *text = nested(JSON_DEPTH_MAX + 1, "a", &length);

    text[length - 1] = '}';
    assert_int_equal(answer(text, length), JSON_TOO_DEEP);
    text[0] = ']';
    assert_int_equal(answer(text, length), JSON_BROKEN);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_310_takes_one_whole_value),
        cmocka_unit_test(test_310_refuses_all_else),
        cmocka_unit_test(test_310_takes_every_encoding_that_python_detects),
        cmocka_unit_test(test_310_refuses_what_python_cannot_decode),
        cmocka_unit_test(test_310_refuses_every_beginning_of_a_document),
        cmocka_unit_test(test_310_tells_an_empty_text),
        cmocka_unit_test(test_310_takes_more_digits_than_python_converts),
        cmocka_unit_test(test_310_nests_to_the_stated_depth_and_no_deeper),
        cmocka_unit_test(test_310_closes_each_level_as_it_was_opened),
        cmocka_unit_test(test_310_counts_depth_not_breadth),
        cmocka_unit_test(test_310_answers_by_what_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
