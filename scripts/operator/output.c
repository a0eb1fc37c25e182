/*
 * Names of files in messages: whoever made the file chose its bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "scripts/operator/operator.h"
#include "shim/base/error_name.h"

#include <string.h>

/* Length of the well-formed UTF-8 sequence that the bytes begin with; 0: there is none. */
static size_t utf8_length(const unsigned char *bytes, size_t left)
{
    static const struct {
        unsigned char low, high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    size_t i = 0;
    while (i < sizeof forms / sizeof forms[0] && bytes[0] > forms[i].high)
        i++;
    if (i == sizeof forms / sizeof forms[0] || bytes[0] < forms[i].low || forms[i].length > left)
        return 0;
    for (size_t n = 1; n < forms[i].length; n++) {
        unsigned char low = n == 1 ? forms[i].second_low : 0x80;
        unsigned char high = n == 1 ? forms[i].second_high : 0xBF;
        if (bytes[n] < low || bytes[n] > high)
            return 0;
    }
    return forms[i].length;
}

/* Control characters, also those of two bytes: U+0080 to U+009F. */
static bool is_control(const unsigned char *bytes, size_t length)
{
    return (length == 1 && (bytes[0] < ' ' || bytes[0] == 0x7F)) ||
           (length == 2 && bytes[0] == 0xC2 && bytes[1] < 0xA0);
}

void print_safely(FILE *stream, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    while (length > 0) {
        size_t run = utf8_length(bytes, length);
        if (run == 0 || is_control(bytes, run)) {
            fprintf(stream, "\\x%02x", bytes[0]);
            run = 1;
        } else {
            fwrite(bytes, 1, run, stream);
        }
        bytes += run;
        length -= run;
    }
}

void print_json_string(FILE *stream, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    fputc('"', stream);
    while (length > 0) {
        size_t run = utf8_length(bytes, length);
        if (run == 0) {
            fprintf(stream, "\\udc%02x", bytes[0]);
            run = 1;
        } else if (run == 1 && (is_control(bytes, 1) || bytes[0] == '"' || bytes[0] == '\\')) {
            fprintf(stream, "\\u%04x", bytes[0]);
        } else {
            fwrite(bytes, 1, run, stream);
        }
        bytes += run;
        length -= run;
    }
    fputc('"', stream);
}

void print_error(FILE *stream, int error)
{
    char buffer[32];
    struct text text = text_begin(buffer, sizeof buffer);
    error_name_add(&text, error);
    fprintf(stream, "%s, %s", buffer, strerror(error));
}

void print_place(const struct policy_rule *rule)
{
    if (rule->file) {
        print_safely(stdout, rule->file, strlen(rule->file));
        printf(":%u", rule->line);
    } else {
        /* The built-in rule, as it is or as it was read behind globs, has no file either. */
        bool is_builtin = strcmp(rule->name, policy_builtin.rules->name) == 0;
        fputs(is_builtin ? "built in" : "OWNERONLY_MATCH", stdout);
    }
}

static void put_byte(char byte, bool visibly)
{
    if (visibly && ((unsigned char)byte < ' ' || byte == 0x7F))
        printf("\\x%02x", (unsigned char)byte);
    else
        putchar(byte);
}

void print_glob(const struct policy_glob *glob, bool visibly)
{
    struct policy_glob_text text = policy_glob_text(glob);
    for (size_t i = 0; i < text.length; i++) {
        /* In OWNERONLY_MATCH these are not special. */
        if (slice_is_blank(text.bytes[i]) || (i == 0 && text.bytes[i] == '#'))
            putchar('\\');
        size_t run = text.bytes[i] == '\\' && i + 1 < text.length ? 2 : 1;
        for (size_t byte = i; byte < i + run; byte++)
            put_byte(text.bytes[byte], visibly);
        i += run - 1;
    }
    /* At the end of a line it would be a part of that. */
    if (!visibly && text.bytes[text.length - 1] == '\r')
        putchar(' ');
}
