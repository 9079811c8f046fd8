/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON objects as options: '{"type":"user","id":"n0","hostfwd":[{"str":"tcp::5555-:22"}]}'. */
#ifndef RINGHUB_JSON_OPT_H
#define RINGHUB_JSON_OPT_H

#include <jansson.h>

#include "opt.h"

/* Objects and arrays inside each other; QEMU's own options use three levels. */
#define JSON_OPT_DEPTH 8

/**
 * Parse text that must be one JSON object and nothing else.
 * @param why  OPT_LEN bytes for the error. @return NULL on error; else json_decref() it. Thread: any.
 */
json_t *json_opt_load(const char *text, size_t len, char *why);

/**
 * Flatten an object: nested objects to dotted keys ("addr":{"type":"inet"} is addr.type=inet), a list to
 * its key once for each element ({"str":"x"} and "x" are the same element, as QAPI's String wraps it),
 * true and false to on and off, integers to decimal. The string at word_key becomes o->word; it may
 * be absent.
 * @param word_key  "type" of a netdev, "driver" of a device
 * @return 0; -EINVAL with the reason in why (OPT_LEN bytes). Thread: any.
 */
int json_opt_fill(json_t *object, const char *word_key, struct opt *o, char *why);

/** Both: text to options. */
int json_opt_parse(const char *text, const char *word_key, struct opt *o, char *why);

#endif
