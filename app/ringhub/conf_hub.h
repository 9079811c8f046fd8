/* SPDX-License-Identifier: BSD-3-Clause */
/* -hub id=N,...: how a numbered hub forwards. */
#ifndef RINGHUB_CONF_HUB_H
#define RINGHUB_CONF_HUB_H

#include "conf.h"

/** Parse "id=N[,key=value...]" or, with *id >= 0, only the keys, on top of what is in *hub.
 * @param why  OPT_LEN bytes. @return 0 or -EINVAL. */
int conf_hub_parse(const char *value, int32_t *id, struct hub_conf *hub, char *why);

/** Add one -hub; as conf_add(). */
int conf_hub_add(struct conf *c, const char *value, char *why);

/** Take the keys of a hubport that are about the hub's port out of item->opt. @return 0 or -EINVAL. */
int conf_hub_port(struct conf_item *item, char *why);

/** Read text as a hub's number. @return -1 when it is none. */
int32_t conf_hub_id(const char *text);

#endif
