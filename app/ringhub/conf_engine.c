/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of the engine. */
#include "conf_engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONF_WHY(why, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -EINVAL)

int
conf_engine_add(struct conf *c, const char *value, char *why)
{
	struct opt o;
	unsigned int i;
	int ret = opt_parse(value, &o, why);

	if (ret < 0)
		return ret;
	if (o.word[0] != '\0')
		return CONF_WHY(why, "'%s' has no value: write idle=poll or idle=adaptive", o.word);
	for (i = 0; i < o.n; i++) {
		const struct opt_pair *p = &o.pair[i];

		if (strcmp(p->key, "idle") != 0)
			return CONF_WHY(why, "unknown key '%s'; known is idle", p->key);
		if (strcmp(p->value, "poll") != 0 && strcmp(p->value, "adaptive") != 0)
			return CONF_WHY(why, "idle=%.64s: must be poll or adaptive", p->value);
		c->engine.poll = strcmp(p->value, "poll") == 0;
	}
	return 0;
}
