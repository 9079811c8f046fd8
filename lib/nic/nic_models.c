/* SPDX-License-Identifier: BSD-3-Clause */
/* The one list of NIC models. */
#include <string.h>

#include <rte_common.h>

#include "e1000/e1000.h"
#include "nic.h"
#include "rtl8139/rtl8139.h"
#include "virtio/virtio_net.h"

static const struct nic_model *const nic_models[] = {
	&e1000_model,
	&rtl8139_model,
	&virtio_net_model,
};

const struct nic_model *
nic_model_at(unsigned int i)
{
	return i < RTE_DIM(nic_models) ? nic_models[i] : NULL;
}

const struct nic_model *
nic_model_find(const char *name)
{
	const struct nic_model *m;
	unsigned int i;

	for (i = 0; (m = nic_model_at(i)) != NULL; i++) {
		if (strcmp(m->name, name) == 0)
			return m;
		if (m->alias != NULL && strcmp(m->alias, name) == 0)
			return m;
	}
	return NULL;
}
