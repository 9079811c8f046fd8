/* SPDX-License-Identifier: BSD-3-Clause */
/* The one list of transports. */
#include "transport.h"

#include <string.h>

#include <rte_common.h>

#include "loop/loop_transport.h"
#include "vfio_user/vfu_transport.h"
#include "vhost_user/vhu_transport.h"

static const struct transport_ops *const transports[] = {
	&vhu_transport_ops,
	&vfu_transport_ops,
	&loop_transport_ops,
};

const struct transport_ops *
transport_find(const char *name)
{
	size_t i;

	for (i = 0; i < RTE_DIM(transports); i++)
		if (strcmp(transports[i]->name, name) == 0)
			return transports[i];
	return NULL;
}
