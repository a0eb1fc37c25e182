/*
 * The table of keys.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "policy/file/key_table.h"

const struct key key_table[KEY_COUNT] = {
#define WORD(field) VALUE_WORD, offsetof(struct policy_rule, field)
    [KEY_MATCH] = {"match", VALUE_GLOBS, 0, {""}},
    [KEY_EXCEPT] = {"except", VALUE_GLOBS, 0, {""}},
    [KEY_MODE] = {"mode", VALUE_MODE, 0, {""}},
    [KEY_GROUP] = {"group", VALUE_GROUP, 0, {""}},
    /* The words stand in the order of their enum. */
    [KEY_SYMLINK] = {"symlink", WORD(symlink), {"replace", "refuse", "follow"}},
    [KEY_CONTENT] = {"content", WORD(content), {"any", "json"}},
    [KEY_DURABILITY] = {"durability", WORD(durability), {"file", "none", "directory"}},
    [KEY_PUBLISH] = {"publish", WORD(publish), {"close", "open"}},
    [KEY_IN_PLACE] = {"in-place", WORD(in_place), {"refuse", "allow", "always"}},
    [KEY_APPEND] = {"append", WORD(append), {"in-place", "copy"}},
    [KEY_RENAME] = {"rename", WORD(rename), {"tighten", "pass"}},
    [KEY_CHMOD] = {"chmod", WORD(chmod), {"pass", "clamp"}},
#undef WORD
#define WORD(field) VALUE_WORD, offsetof(struct policy, field)
    [KEY_KEEP_LOADED] = {"keep-loaded", WORD(keep_loaded), {"no", "yes"}},
#undef WORD
};
