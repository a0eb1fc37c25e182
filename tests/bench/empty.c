/*
 * A shared object with nothing in it: what preloading costs that does nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
typedef int nothing;
