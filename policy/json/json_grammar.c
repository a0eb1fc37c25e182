/*
 * The grammar of JSON as a state machine.
 *
 * It follows the scanner that CPython compiles in (Modules/_json.c) rather than its twin in Python,
 * whose regular expressions also take the digits of other scripts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/json/json_grammar.h"

enum state {
    /* between two tokens, where white space may stand */
    BEFORE_VALUE,
    BEFORE_FIRST_ELEMENT,
    BEFORE_FIRST_KEY,
    BEFORE_KEY,
    AFTER_KEY,
    AFTER_VALUE,
    /* inside a token */
    IN_STRING,
    IN_ESCAPE,
    IN_HEX_ESCAPE,
    IN_WORD,
    AFTER_MINUS,
    AFTER_ZERO,
    IN_INTEGER,
    AFTER_POINT,
    IN_FRACTION,
    AFTER_E,
    AFTER_E_SIGN,
    IN_EXPONENT,
    /* refused: no code point is read any more */
    BROKEN,
    TOO_DEEP,
};

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex_digit(uint32_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool in_object(const struct json_grammar *grammar)
{
    unsigned level = grammar->depth - 1U;
    return (grammar->is_object[level / 8] >> (level % 8)) & 1;
}

static enum state open_array_or_object(struct json_grammar *grammar, bool object)
{
    if (grammar->depth == JSON_DEPTH_MAX)
        return TOO_DEEP;
    unsigned level = grammar->depth++;
    uint8_t *byte = &grammar->is_object[level / 8];
    uint8_t bit = (uint8_t)(1U << (level % 8));
    *byte = (uint8_t)(object ? *byte | bit : *byte & ~bit);
    return object ? BEFORE_FIRST_KEY : BEFORE_FIRST_ELEMENT;
}

static enum state close_array_or_object(struct json_grammar *grammar)
{
    grammar->depth--;
    return AFTER_VALUE;
}

static enum state begin_string(struct json_grammar *grammar, enum state after_string)
{
    grammar->after_string = (uint8_t)after_string;
    return IN_STRING;
}

static enum state begin_word(struct json_grammar *grammar, const char *rest)
{
    grammar->word = rest;
    return IN_WORD;
}

static enum state begin_integer(uint32_t c)
{
    if (c == '0')
        return AFTER_ZERO;
    return is_digit(c) ? IN_INTEGER : BROKEN;
}

static enum state begin_value(struct json_grammar *grammar, uint32_t c)
{
    switch (c) {
    case '{':
        return open_array_or_object(grammar, true);
    case '[':
        return open_array_or_object(grammar, false);
    case '"':
        return begin_string(grammar, AFTER_VALUE);
    case '-':
        return AFTER_MINUS;
    case 't':
        return begin_word(grammar, "rue");
    case 'f':
        return begin_word(grammar, "alse");
    case 'n':
        return begin_word(grammar, "ull");
    case 'N':
        return begin_word(grammar, "aN");
    case 'I':
        return begin_word(grammar, "nfinity");
    default:
        return begin_integer(c);
    }
}

static enum state begin_key(struct json_grammar *grammar, uint32_t c)
{
    return c == '"' ? begin_string(grammar, AFTER_KEY) : BROKEN;
}

static enum state after_value(struct json_grammar *grammar, uint32_t c)
{
    if (grammar->depth == 0)
        return BROKEN;
    bool object = in_object(grammar);
    if (c == ',')
        return object ? BEFORE_KEY : BEFORE_VALUE;
    return c == (object ? '}' : ']') ? close_array_or_object(grammar) : BROKEN;
}

static enum state between_tokens(struct json_grammar *grammar, enum state state, uint32_t c)
{
    if (is_space(c))
        return state;
    switch (state) {
    case BEFORE_FIRST_ELEMENT:
        return c == ']' ? close_array_or_object(grammar) : begin_value(grammar, c);
    case BEFORE_FIRST_KEY:
        return c == '}' ? close_array_or_object(grammar) : begin_key(grammar, c);
    case BEFORE_KEY:
        return begin_key(grammar, c);
    case AFTER_KEY:
        return c == ':' ? BEFORE_VALUE : BROKEN;
    case AFTER_VALUE:
        return after_value(grammar, c);
    default:
        return begin_value(grammar, c);
    }
}

static enum state in_string(const struct json_grammar *grammar, uint32_t c)
{
    if (c == '"')
        return grammar->after_string;
    if (c == '\\')
        return IN_ESCAPE;
    return c < ' ' ? BROKEN : IN_STRING;
}

static enum state in_escape(struct json_grammar *grammar, uint32_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return IN_STRING;
    case 'u':
        grammar->hex_left = 4;
        return IN_HEX_ESCAPE;
    default:
        return BROKEN;
    }
}

static enum state in_hex_escape(struct json_grammar *grammar, uint32_t c)
{
    if (!is_hex_digit(c))
        return BROKEN;
    return --grammar->hex_left > 0 ? IN_HEX_ESCAPE : IN_STRING;
}

static enum state in_word(struct json_grammar *grammar, uint32_t c)
{
    if (c != (uint32_t)*grammar->word)
        return BROKEN;
    return *++grammar->word != '\0' ? IN_WORD : AFTER_VALUE;
}

/* Nothing closes a number: what can't continue it comes after it. */
static enum state after_number(struct json_grammar *grammar, uint32_t c)
{
    return between_tokens(grammar, AFTER_VALUE, c);
}

static enum state after_mantissa(struct json_grammar *grammar, uint32_t c)
{
    return c == 'e' || c == 'E' ? AFTER_E : after_number(grammar, c);
}

static enum state after_integer(struct json_grammar *grammar, uint32_t c)
{
    return c == '.' ? AFTER_POINT : after_mantissa(grammar, c);
}

static enum state in_number(struct json_grammar *grammar, enum state state, uint32_t c)
{
    switch (state) {
    case AFTER_MINUS:
        return c == 'I' ? begin_word(grammar, "nfinity") : begin_integer(c);
    case AFTER_ZERO:
        return after_integer(grammar, c);
    case IN_INTEGER:
        return is_digit(c) ? IN_INTEGER : after_integer(grammar, c);
    case AFTER_POINT:
        return is_digit(c) ? IN_FRACTION : BROKEN;
    case IN_FRACTION:
        return is_digit(c) ? IN_FRACTION : after_mantissa(grammar, c);
    case AFTER_E:
        if (c == '+' || c == '-')
            return AFTER_E_SIGN;
        return is_digit(c) ? IN_EXPONENT : BROKEN;
    case AFTER_E_SIGN:
        return is_digit(c) ? IN_EXPONENT : BROKEN;
    default:
        return is_digit(c) ? IN_EXPONENT : after_number(grammar, c);
    }
}

static enum state next_state(struct json_grammar *grammar, uint32_t c)
{
    enum state state = grammar->state;

    switch (state) {
    case IN_STRING:
        return in_string(grammar, c);
    case IN_ESCAPE:
        return in_escape(grammar, c);
    case IN_HEX_ESCAPE:
        return in_hex_escape(grammar, c);
    case IN_WORD:
        return in_word(grammar, c);
    case AFTER_MINUS ... IN_EXPONENT:
        return in_number(grammar, state, c);
    default:
        return between_tokens(grammar, state, c);
    }
}

void json_grammar_begin(struct json_grammar *grammar)
{
    /* The rest is written before it is read, a bit of is_object when its level is opened. */
    grammar->state = BEFORE_VALUE;
    grammar->depth = 0;
}

bool json_grammar_read(struct json_grammar *grammar, uint32_t c)
{
    grammar->state = (uint8_t)next_state(grammar, c);
    return grammar->state < BROKEN;
}

bool json_grammar_is_too_deep(const struct json_grammar *grammar)
{
    return grammar->state == TOO_DEEP;
}

bool json_grammar_end(struct json_grammar *grammar)
{
    /* White space ends a number, and changes nothing else. */
    return next_state(grammar, ' ') == AFTER_VALUE && grammar->depth == 0;
}
