/*
 * Contract 310: the answer does not depend on how the text is cut into pieces, nor on what lay in
 * the check's memory before, and is that of a simpler reader.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_reference.h"
#include "policy/json/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum json_result answer(const uint8_t *data, size_t size, size_t piece, int dirt)
{
    struct json_check check;

    memset(&check, dirt, sizeof check);
    json_check_begin(&check);
    while (size > piece) {
        json_check_feed(&check, data, piece);
        data += piece;
        size -= piece;
    }
    json_check_feed(&check, data, size);
    return json_check_end(&check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 2, 3, 5, 8, 64};
    enum json_result whole = answer(data, size, size, 0x00);

    if ((whole == JSON_EMPTY) != (size == 0))
        abort();
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        if (answer(data, size, pieces[i], 0xFF) != whole)
            abort();
    if (whole != JSON_TOO_DEEP && json_reference_knows(data, size) &&
        (whole == JSON_WHOLE) != json_reference(data, size))
        abort();
    return 0;
}
