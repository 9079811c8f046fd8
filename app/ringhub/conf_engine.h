/* SPDX-License-Identifier: BSD-3-Clause */
/* -engine: how the polling lcores behave. */
#ifndef RINGHUB_CONF_ENGINE_H
#define RINGHUB_CONF_ENGINE_H

#include "conf.h"

/** Add one "-engine key=value[,...]"; what it does not say stays. @param why OPT_LEN bytes. @return 0; -EINVAL. */
int conf_engine_add(struct conf *c, const char *value, char *why);

#endif
